package grant

import (
	"slices"
	"strings"
	"time"
)

// A Narrowing is the part of a request that an approver can narrow.
type Narrowing struct {
	Prefix string
	Level  Level
	Term   Term
}

// Narrowed returns g with an approver's change, or a refusal. Prefix, level and
// term each have to stay within the original request, and one of them has to
// differ from g.
func (g Grant) Narrowed(n Narrowing) (Grant, error) {
	asked := g.AskedFor()
	switch {
	case !within(n.Prefix, asked.Prefix):
		return g, About(FieldPrefix, Refuse("The request is for %s, and %s is not inside it.", folder(asked.Prefix),
			folder(n.Prefix)).
			WithHint("A change can only narrow a request."))
	case !covers(asked.Level, n.Level):
		return g, About(FieldLevel, Refuse("The level %s allows more than the requested %s.", n.Level.Name,
			asked.Level.Name).
			WithHint("A change can only narrow a request."))
	case n.Term <= 0 || n.Term > asked.Term:
		return g, About(FieldTerm, Refuse("The request is for %s, so the duration has to be between "+
			"1m and %s.", asked.Term,
			asked.Term))
	}
	next := g
	next.Prefix, next.Level, next.Term = n.Prefix, n.Level, n.Term
	if difference(next, g) == "" {
		return g, Refuse("You changed nothing.").
			WithHint("Approve the request as it is, or narrow the folder, the level or the duration.")
	}
	return next, nil
}

// AskedFor returns the original request, before any approver narrowed it.
func (g Grant) AskedFor() Narrowing {
	if g.Original != nil {
		return *g.Original
	}
	return Narrowing{Prefix: g.Prefix, Level: g.Level, Term: g.Term}
}

// difference describes in words how next differs from old: "builds/ → builds/nightly/, 8h → 4h".
func difference(next, old Grant) string {
	var changes []string
	for _, c := range []struct{ before, after string }{
		{folder(old.Prefix), folder(next.Prefix)},
		{old.Level.Name, next.Level.Name},
		{old.Term.String(), next.Term.String()},
	} {
		if c.before != c.after {
			changes = append(changes, c.before+" → "+c.after)
		}
	}
	return strings.Join(changes, ", ")
}

func folder(prefix string) string {
	if prefix == "" {
		return "the whole bucket"
	}
	return prefix + "/"
}

// within reports whether inner is outer, or a folder inside it.
func within(inner, outer string) bool {
	return outer == "" || inner == outer || strings.HasPrefix(inner, outer+"/")
}

// PrefixesOverlap reports whether one of the prefixes contains the other; "" is the
// whole bucket.
func PrefixesOverlap(a, b string) bool { return within(a, b) || within(b, a) }

// covers reports whether outer allows every action of inner.
func covers(outer, inner Level) bool {
	return subset(inner.Object, outer.Object) && subset(inner.Bucket, outer.Bucket)
}

func subset(inner, outer []string) bool {
	return !slices.ContainsFunc(inner, func(action string) bool {
		return !slices.ContainsFunc(outer,
			func(allowed string) bool { return glob(strings.ToLower(allowed), strings.ToLower(action)) })
	})
}

func (a Narrow) authorise(g Grant, now time.Time) error {
	if err := a.authoriseDecision(g, a.By, EventNarrow, a.Revision); err != nil {
		return err
	}
	if err := checkLapse(g, now); err != nil {
		return err
	}
	_, err := g.Narrowed(a.To)
	return err
}

// apply makes the request smaller. Earlier approvals were for another request, so
// they become void.
func (a Narrow) apply(g *Grant, ev *Event) {
	asked, old := g.AskedFor(), *g
	g.Prefix, g.Level, g.Term = a.To.Prefix, a.To.Level, a.To.Term
	ev.By, ev.Why = a.By.Person, difference(*g, old)
	g.Original = &asked
	g.Findings = a.Findings
	g.Rule = *a.Rule
	for _, d := range g.Decisions {
		ev.Void = append(ev.Void, d.By)
	}
	g.Decisions = nil
	g.Revision++
}
