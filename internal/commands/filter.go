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

// on formats the filter's criteria after a noun, as in "1 grant on s3://bucket/"; "" if it has none.
func (f filter) on() string {
	switch {
	case f.ID != "":
		return ", " + f.describe()
	case f.Bucket != "":
		return " on " + f.describe()
	}
	return f.of()
}

// orEverything formats the filter's criteria, or "everything" if it has none.
func (f filter) orEverything() string { return cmp.Or(f.describe(), "everything") }

// person returns the filter's person, who replaces PersonMark.
func (f filter) person() grant.Person { return grant.Person{User: f.Person} }

// isKnown refuses a filter whose bucket or principal is unknown: it is in no rule, and in none of
// all, the grants that the caller may see. An empty list would suggest that a misspelled bucket has
// no open access.
func (r *ruleBook) isKnown(f filter, all []grant.Grant) error {
	if f.Bucket != "" {
		_, _, covered := r.Match(f.Bucket)
		if !covered && !slices.ContainsFunc(all, func(g grant.Grant) bool { return g.Bucket.Name == f.Bucket }) {
			return grant.Refuse("No rule and no grant names a bucket %s.", clip(f.Bucket)).
				WithHint("Check the spelling; `/s3share buckets` lists the buckets that you can request.")
		}
	}
	if f.Principal != nil && r.PrincipalOwners[f.Principal.ARN] == nil &&
		!slices.ContainsFunc(all, func(g grant.Grant) bool {
			return filter{parse.Filter{Principal: f.Principal, TypedAs: f.TypedAs}}.scope().Covers(g, nil)
		}) {
		return grant.Refuse("No grant names the %s %s.", f.Principal.Kind, clip(f.TypedAs)).
			WithHint("Check the spelling; `/s3share list all` lists every grant that you can see.")
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
	return grant.Refuse("Slack does not know the person %s, and no grant names them.", clip(f.Person)).
		WithHint("Type @ and choose the person from Slack's list.")
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

// A Page tells where a page of an answer is, and which commands show its neighbours.
type Page struct {
	First, Last, Total int    // the numbers of the first and the last line, and of all lines
	Next, Previous     string // commands without /s3share; "": there is no such page
}

// paginate returns one page of a command's answer. It refuses a page after the last: an empty page
// would read as an empty list.
func paginate[T any](all []T, page int, command string) (shown []T, at Page, err error) {
	page = max(1, page)
	last := (len(all) + perPage - 1) / perPage
	if page > last {
		return nil, Page{}, grant.Refuse("There is no page %d; the last page is %d.", page, last).
			WithHint("`/s3share %s page %d` shows it.", command, last)
	}
	from, to := (page-1)*perPage, min(page*perPage, len(all))
	at = Page{First: from + 1, Last: to, Total: len(all)}
	if page < last {
		at.Next = fmt.Sprintf("%s page %d", command, page+1)
	}
	if page > 1 {
		at.Previous = fmt.Sprintf("%s page %d", command, page-1)
	}
	return all[from:to], at, nil
}
