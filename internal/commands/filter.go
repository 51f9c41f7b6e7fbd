package commands

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"s3share/internal/commands/parse"
	"s3share/internal/grant"
	"s3share/internal/store"
)

// perPage is the number of lines in one answer.
const perPage = 20

// A filter restricts a list to the typed criteria.
type filter struct{ parse.Filter }

// applyTo adds the criteria to the query that the store has an index for.
func (f filter) applyTo(q *store.Query) {
	if f.Bucket != "" {
		q.Bucket = f.Bucket
	}
	if f.byARN() {
		q.Principal = f.Principal.ARN
	}
}

func (f filter) byARN() bool { return f.Principal != nil && strings.HasPrefix(f.TypedAs, "arn:") }

// matching returns the grants that match the filter.
func (r *ruleBook) matching(f filter, gs []grant.Grant) (kept []grant.Grant) {
	for _, g := range gs {
		if f.scope().Covers(g, r.OwnersOf(g.Principal.ARN)) {
			kept = append(kept, g)
		}
	}
	return kept
}

// scope returns the filter's criteria. A principal that was typed by name matches by account, kind
// and name, because the name does not include the IAM path.
func (f filter) scope() grant.Scope {
	sc := grant.Scope{ID: f.ID, Bucket: f.Bucket, Prefix: f.Prefix, Person: f.Person}
	switch p := f.Principal; {
	case p == nil:
	case f.byARN():
		sc.ARN = p.ARN
	default:
		sc.AccountID, sc.Kind, sc.Name = p.AccountID, p.Kind, p.Name
	}
	return sc
}

// typed formats the filter as command text, after a space.
func (f filter) typed() string {
	if f.IsEmpty() {
		return ""
	}
	return " " + f.String()
}

// describe formats the filter's criteria for an answer. A person is drawn as a mention.
func (f filter) describe() string {
	var parts []string
	if f.ID != "" {
		parts = append(parts, "`"+string(f.ID)+"`")
	}
	if f.Bucket != "" {
		parts = append(parts, "s3://"+strings.TrimSuffix(f.Bucket+"/"+f.Prefix, "/")+"/")
	}
	if f.Principal != nil {
		parts = append(parts, fmt.Sprintf("the %s %s of %s", f.Principal.Kind, f.Principal.Name, f.Principal.Account))
	}
	if f.Person != "" {
		parts = append(parts, PersonMark)
	}
	return strings.Join(parts, ", ")
}

// of formats the filter's criteria after "of", or as nothing if it has none.
func (f filter) of() string {
	if f.IsEmpty() {
		return ""
	}
	return " of " + f.describe()
}

// orThat formats the filter's criteria, or "that" if it has none.
func (f filter) orThat() string { return cmp.Or(f.describe(), "that") }

// isKnown refuses a filter whose bucket or principal is unknown: it is in no rule, and in none of
// all, the grants that the caller may see. An empty list would suggest that a misspelled bucket has
// no open access.
func (r *ruleBook) isKnown(f filter, all []grant.Grant) error {
	if f.Bucket != "" {
		_, _, covered := r.Match(f.Bucket)
		if !covered && !slices.ContainsFunc(all, func(g grant.Grant) bool { return g.Bucket.Name == f.Bucket }) {
			return grant.Refuse("I know no bucket called %s: no rule covers it, and no grant names it.", clip(f.Bucket)).
				WithHint("`/s3share buckets` shows what can be shared.")
		}
	}
	if f.Principal != nil && r.PrincipalOwners[f.Principal.ARN] == nil &&
		!slices.ContainsFunc(all, func(g grant.Grant) bool {
			return filter{parse.Filter{Principal: f.Principal, TypedAs: f.TypedAs}}.scope().Covers(g, nil)
		}) {
		return grant.Refuse("I know no %s %s: no grant names it.", f.Principal.Kind, clip(f.TypedAs)).
			WithHint("Check how it is spelled; `/s3share list all` shows what there is.")
	}
	return nil
}

// isPerson refuses a filter whose person is named in none of all, the grants that the caller may
// see, and is unknown to Slack. A person who has left is known.
func (d *directory) isPerson(ctx context.Context, c Invocation, f filter, all []grant.Grant) error {
	if f.Person == "" || len(d.rules.matching(filter{parse.Filter{Person: f.Person}}, all)) > 0 {
		return nil
	}
	if d.actor(ctx, c, grant.Person{User: f.Person}, nil).Standing != grant.Stranger {
		return nil
	}
	return grant.Refuse("Slack knows nobody here who is %s, and no grant names them.", clip(f.Person)).
		WithHint("Type @ and choose the person from the list that Slack offers.")
}

// find returns the grants in some states that a filter may match, newest request first. No state
// means all.
func find(ctx context.Context, from reader, f filter, states ...grant.State) ([]grant.Grant, error) {
	query := store.Query{States: states}
	f.applyTo(&query)
	all, err := from.List(ctx, query)
	if err != nil {
		return nil, fmt.Errorf("listing grants: %w", err)
	}
	return all, nil
}

// paginate returns one page of a command's answer, the number of lines after it, and the command that
// shows them. It refuses a page after the last: an empty page would read as an empty list.
func paginate[T any](all []T, page int, command string) (shown []T, more int, next string, err error) {
	page = max(1, page)
	if last := (len(all) + perPage - 1) / perPage; page > last {
		return nil, 0, "", grant.Refuse("There is no page %d: the last is page %d.", page, last)
	}
	shown = all[(page-1)*perPage : min(page*perPage, len(all))]
	if more = len(all) - (page-1)*perPage - len(shown); more > 0 {
		next = fmt.Sprintf("/s3share %s page %d", command, page+1)
	}
	return shown, more, next, nil
}
