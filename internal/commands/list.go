package commands

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"s3share/internal/commands/parse"
	"s3share/internal/grant"
)

var openStates = []grant.State{grant.Checking, grant.Pending, grant.Approved, grant.Active, grant.Ending}

// A listing is one kind of list.
type listing struct {
	states []grant.State // empty: all
	title  string        // with the filter
	none   string        // the answer to an empty list
	about  string        // the answer if no grant matches the filter
}

var listings = map[string]listing{
	"mine": {openStates, "Your requests and access%s:",
		"You have no open requests and no active access. `/s3share` opens the request form.",
		"You have no open request or active access about %s."},
	"pending": {openStates, "Waiting for a decision%s:",
		"Nothing that you can see waits for a decision.", "Nothing about %s that you can see waits for a decision."},
	"active": {[]grant.State{grant.Approved, grant.Active, grant.Ending}, "Active access%s, also starting and ending:",
		"You can see no active access.", "You can see no active access about %s."},
	"all": {nil, "All requests and access%s, newest first:",
		"There is no request or access that you can see.", "There is no request or access about %s that you can see."},
}

// list returns the caller's own grants, or all that they may see.
func (q *Queries) list(ctx context.Context, c Invocation, t parse.List) (Answer, error) {
	which, f := cmp.Or(t.Which, "mine"), filter{t.Filter}
	l := listings[which]
	found, err := find(ctx, q.store, f, l.states...)
	if err != nil {
		return Answer{}, err
	}
	switch which {
	case "mine": // also those requested for them or for their principals
		found = slices.DeleteFunc(found,
			func(g grant.Grant) bool { return !g.ConcernsToday(c.By, q.rules.OwnersOf(g.Principal.ARN)) })
	case "pending":
		if found, err = q.pending(ctx, c, found); err != nil {
			return Answer{}, err
		}
	default:
		found = q.visible(ctx, c, found)
	}
	found = q.rules.matching(f, found)
	if len(found) == 0 {
		return q.listedNothing(ctx, c, t, l)
	}
	a := Answer{Text: fmt.Sprintf(l.title, f.on()), Person: f.person()}
	a.Grants, a.Page, err = paginate(found, f.Page, "list "+which+f.typed())
	return a, err
}

// listedNothing answers an empty list. It says whether the filter names a known bucket or
// principal.
func (q *Queries) listedNothing(ctx context.Context, c Invocation, t parse.List, l listing) (Answer, error) {
	f := filter{t.Filter}
	if f.IsEmpty() {
		return Answer{Text: l.none}, nil
	}
	all, err := find(ctx, q.store, f)
	if err != nil {
		return Answer{}, err
	}
	visible := q.visible(ctx, c, all)
	if err := q.rules.isKnown(f, visible); err != nil {
		if meant := nearest(f.Bucket, slices.Sorted(maps.Keys(listings))); meant != "" && t.Which == "" && f.Bucket != "" {
			return Answer{}, grant.Refuse("There is no list called %q.", clip(f.Bucket)).
				WithHint("Did you mean `/s3share list %s`?", meant)
		}
		return Answer{}, err
	}
	if err := q.directory.isPerson(ctx, c, f, visible); err != nil {
		return Answer{}, err
	}
	return Answer{Text: fmt.Sprintf(l.about, f.describe()), Person: grant.Person{User: f.Person}}, nil
}

// pending returns the requests and extensions that the caller may see, and the other grants that
// wait for the caller's answer.
func (q *Queries) pending(ctx context.Context, c Invocation, open []grant.Grant) ([]grant.Grant, error) {
	over, err := q.unreviewed(ctx)
	if err != nil {
		return nil, err
	}
	by := q.directory.actor(ctx, c, c.By, q.rules.groupsThatSee())
	return slices.DeleteFunc(q.rules.visibleTo(by, newestFirst(open, over)), func(g grant.Grant) bool {
		return !g.State.Open() && g.PendingExtension == nil && len(q.rules.openQuestions(g, by)) == 0
	}), nil
}

// visible returns the grants that the caller may see. It asks Slack once, about all groups that any
// rule names.
func (q *Queries) visible(ctx context.Context, c Invocation, all []grant.Grant) []grant.Grant {
	return q.rules.visibleTo(q.directory.actor(ctx, c, c.By, q.rules.groupsThatSee()), all)
}
