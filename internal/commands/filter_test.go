package commands

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"s3share/internal/grant"
)

// A filter matches the words that a request accepts: a name without its IAM path, a folder, a
// person.
func TestFilter(t *testing.T) {
	o := newOffice(t, 1)
	o.configure(func(c *Config) { c.Rules.MaxPending = 0 })
	o.configure(func(c *Config) { c.Rules.Responders = grant.People{Users: []string{"UEVE"}} })
	id := o.active()
	o.edit(id, func(g *grant.Grant) { g.Principal.ARN = "arn:aws:iam::111111111111:user/eng/test.user" })
	for _, c := range []struct {
		text  string
		found bool
	}{
		{"build/test.user", true},
		{"build/role/test.user", false},
		{"build/other.user", false},
		{"arn:aws:iam::111111111111:user/eng/test.user", true},
		{"arn:aws:iam::111111111111:user/test.user", false},
		{"my-bucket", true},
		{"my-bucket/builds", true},
		{"my-bucket/builds/nightly", true}, // the grant covers it
		{"my-bucket/build", false},
		{"my-bucket/secrets", false},
		{"<@URITA>", true},
		{"<@UTEST>", true}, // owner of the principal when it was requested
		{"<@UEVE>", false},
		{id, true},
	} {
		for _, list := range []string{"list all ", "history ", "list active "} {
			got := o.say(by("UEVE"), list+c.text)
			if found := strings.Contains(got, id) || strings.Contains(got, "What happened"); found != c.found {
				t.Errorf("%s%s: %s", list, c.text, got)
			}
		}
	}
	o.configure(func(c *Config) {
		c.Rules.PrincipalOwners["arn:aws:iam::111111111111:user/eng/test.user"] = []string{"UBOB"}
	})
	holds(t, o.say(by("UEVE"), "list all <@UBOB>"), id)
	holds(t, o.say(by("UBOB"), "list mine"), id)
}

// A list refuses an unknown list name, bucket or principal, because an empty list would mislead.
func TestListOfNothing(t *testing.T) {
	o := newOffice(t, 1)
	o.pending()
	for text, want := range map[string]string{
		"list pendign":          "There is no list called \"pendign\". Did you mean `/s3share list pending`?",
		"list other-bucket":     "I know no bucket called other-bucket: no rule covers it, and no grant names it. `/s3share buckets` shows what can be shared.",
		"list build/tset.user":  "I know no user build/tset.user: no grant names it. Check how it is spelled; `/s3share list all` shows what there is.",
		"list my-other, active": "No open grant that you may see is about s3://my-other/.",
		"list pending my-x.y.z": "Nothing that you may see about s3://my-x.y.z/ waits for a decision.",
		"list all <@UEVE>":      "There is nothing about " + PersonMark + " that you may see.",
		"list active":           "No grant that you may see is open.",
	} {
		if got := o.say(by("URITA"), text); got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

func TestListHasNoCSV(t *testing.T) {
	o := newOffice(t, 1)
	o.pending()
	holds(t, o.say(by("URITA"), "list mine my-bucket/builds csv"), "`/s3share history my-bucket/builds csv` sends you")
}

// A responder sees every grant and may end a single one.
func TestRespondersSeeAndEnd(t *testing.T) {
	o := newOffice(t, 1)
	o.configure(func(c *Config) { c.Rules.MaxPending, c.Rules.Rules[0].Approvers.Groups = 0, nil })
	one, two := o.active(), o.active()
	holds(t, o.say(by("UEVE"), "show "+one), "There is no grant")
	if err := o.Prechecks.CanEnd(context.Background(), by("UEVE"), grant.ID(one), "a leak"); err == nil {
		t.Error("anybody could fill in the form")
	}
	o.configure(func(c *Config) { c.Rules.Responders = grant.People{Users: []string{"UEVE"}} })
	holds(t, o.say(by("UEVE"), "show "+one), "shown "+one)
	holds(t, o.say(by("UEVE"), "list active"), two)
	if err := o.Prechecks.CanEnd(context.Background(), by("UEVE"), grant.ID(one), "a leak"); err != nil {
		t.Errorf("the form: %v", err)
	}
	holds(t, o.say(by("UEVE"), "end "+one+" a leak"), "is over")
	if g := o.get(one); g.Outcome != grant.Revoked || g.Last(grant.End).By.User != "UEVE" {
		t.Errorf("it is %s, %s by %s", g.State, g.Outcome, g.Last(grant.End).By.User)
	}
	holds(t, o.say(by("UEVE"), "approve "+o.pending()), "You are not one of the people who may decide")
	o.configure(func(c *Config) { c.Rules.Responders = grant.People{Groups: []string{"SOPS"}} })
	holds(t, o.say(by("UGINA"), "end "+two), "is over")
}

// CouldEnd agrees with End, also after the rule was removed.
func TestCouldEndAgreesWithEnd(t *testing.T) {
	for _, who := range []string{"UADA", "UEVE", "URITA"} {
		o := newOffice(t, 1)
		o.configure(func(c *Config) { c.Rules.Rules[0].Approvers.Groups = nil }) // membership is unknown until Slack is asked
		id := grant.ID(o.active())
		o.configure(func(c *Config) { c.Rules.Rules = nil })
		could := o.Prechecks.CanEnd(context.Background(), by(who), id, "?")
		_, err := o.Endings.End(context.Background(), by(who), id, "leak")
		if (could == nil) != (err == nil) {
			t.Errorf("to %s the form says %v, the command %v", who, could, err)
		}
	}
}

func TestBucketsHavePages(t *testing.T) {
	o := newOffice(t, 1)
	for n := range 45 {
		r := o.config.Rules.Rules[0]
		r.Bucket = fmt.Sprintf("data-%02d", n)
		o.configure(func(c *Config) { c.Rules.Rules = append(c.Rules.Rules, r) })
	}
	for text, want := range map[string]string{
		"buckets data page 3": "data-44", "buckets page 1": "[my* needs 1]", "buckets page 3": "data-44", "buckets data page 4": "There is no page 4: the last is page 3.",
		"buckets data page x": `"x" is no number of a page.`,
	} {
		holds(t, o.say(by("URITA"), text), want)
	}
	a, err := o.Command(context.Background(), by("URITA"), "buckets data")
	if err != nil || a.Next != "/s3share buckets data page 2" || a.More != 25 {
		t.Errorf("%q, %d more, %v", a.Next, a.More, err)
	}
}

// A Home finds the person's own ended grants behind any number of others.
func TestHomeFindsOwnEndedGrants(t *testing.T) {
	o := newOffice(t, 1)
	at := noon
	o.configure(func(c *Config) { c.Now = func() time.Time { at = at.Add(time.Second); return at } })
	o.configure(func(c *Config) { c.Rules.MaxPending = 0 })
	id := o.pending()
	o.say(by("UADA"), "deny "+id+" no")
	for range 205 {
		o.say(by("UEVE"), good)
		for _, g := range o.all() {
			if g.State == grant.Checking {
				o.say(by("UEVE"), "cancel "+string(g.ID))
				break
			}
		}
	}
	h, err := o.Queries.Home(context.Background(), by("URITA"))
	if err != nil || len(h.Recent) != 1 || string(h.Recent[0].ID) != id {
		t.Errorf("%d, %v", len(h.Recent), err)
	}
}

// forgetful is an account whose first listing fails.
type forgetful struct{ asked int }

func (f *forgetful) Names(context.Context, string) ([]string, error) {
	if f.asked++; f.asked == 1 {
		return nil, errors.New("AccessDenied")
	}
	return []string{"arn:aws:iam::111111111111:user/late.user"}, nil
}

// An account is listed again soon after a failure, and not after a success.
func TestNamesAfterAFailure(t *testing.T) {
	o := newOffice(t, 1)
	names, at := &forgetful{}, noon
	o.configure(func(c *Config) { c.Names, c.Now = names, func() time.Time { return at } })
	for _, c := range []struct {
		after time.Duration
		found int
		asked int
	}{{0, 0, 1}, {10 * time.Second, 0, 1}, {30 * time.Second, 1, 2}, {5 * time.Minute, 1, 2}} {
		at = at.Add(c.after)
		got, err := o.Suggestions.Principals(context.Background(), by("URITA"), "late")
		if err != nil || len(got) != c.found || names.asked != c.asked {
			t.Errorf("after %s: %v, %v, asked %d times", c.after, got, err, names.asked)
		}
	}
}
