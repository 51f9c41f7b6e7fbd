package commands

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"s3share/internal/grant"
)

// An Asked is what somebody saw of one request, or extension, among several.
type Asked struct {
	ID       grant.ID
	Revision int
}

// A Not is one of several of which nothing came, and why.
type Not struct {
	ID  grant.ID
	Why *grant.Refusal
}

// An Outcome is what came of one of several.
type Outcome struct {
	ID      grant.ID
	Counted bool           // a yes that counts, and more are needed
	Not     *grant.Refusal // nil: it was approved, or counted
	Late    bool           // it was not begun in time
	Fault   error          // why it broke, if it did; Not says so to the person
}

// ApproveOne counts the caller's yes to one of several that they ticked, as they
// saw it. Each is decided by itself, by its own record: that one is refused says
// nothing of the others.
func (s *Service) ApproveOne(ctx context.Context, c Call, one Asked) Outcome {
	out := Outcome{ID: one.ID}
	_, err := s.Approve(ctx, c.of(one.ID), one.ID, one.Revision)
	switch {
	case errors.As(err, &out.Not):
	case err != nil:
		s.Log.ErrorContext(ctx, "a fault while approving one of several", "grant", one.ID, "person", c.By.User, "err", err)
		out.Fault, out.Not = err, grant.Refuse("Something broke on my side, so it may wait still.").WithHint("`/s3share show %s` says how it stands.", one.ID)
	default:
		out.Counted = s.stillWaits(ctx, one.ID)
	}
	return out
}

// Severally answers for several at once: it names what came of each.
func Severally(all []Outcome) Answer {
	var done, counted []string
	var a Answer
	for _, one := range all {
		switch id := "`" + string(one.ID) + "`"; {
		case one.Not != nil:
			a.Not = append(a.Not, Not{one.ID, one.Not})
		case one.Counted:
			counted = append(counted, id)
		default:
			done = append(done, id)
		}
	}
	a.Text = severally(len(all), done, counted)
	return a
}

// of is a call about one of the things that the envelope asks for: each is
// committed by itself, and each once.
func (c Call) of(id grant.ID) Call {
	causes := make([]string, len(c.Causes))
	for i, cause := range c.Causes {
		causes[i] = cause + "#" + string(id)
	}
	c.Causes = causes
	return c
}

// stillWaits reports whether more people have to say yes.
func (s *Service) stillWaits(ctx context.Context, id grant.ID) bool {
	g, err := s.Store.Get(ctx, id)
	return err == nil && (g.State == grant.Pending || g.Amendment != nil)
}

func severally(asked int, done, counted []string) string {
	var parts []string
	if len(done) > 0 {
		parts = append(parts, fmt.Sprintf("Approved %d of %d: %s. Those who asked are told once AWS has confirmed it.", len(done), asked, strings.Join(done, ", ")))
	}
	if len(counted) > 0 {
		parts = append(parts, "Your approval counts, and more are needed: "+strings.Join(counted, ", ")+".")
	}
	if len(parts) == 0 {
		return fmt.Sprintf("None of the %d was approved.", asked)
	}
	return strings.Join(parts, "\n")
}
