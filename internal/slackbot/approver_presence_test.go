package slackbot

import (
	"fmt"
	"testing"
	"time"

	"s3share/internal/grant"
	"s3share/internal/sim/slacksim"
)

// Present counts full members once each, without those left out.
func TestPresent(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		o.slack.AddUser(slacksim.User{ID: "U0GUS", IsRestricted: true})
		o.slack.AddUser(slacksim.User{ID: "U0DORA", Deleted: true})
		o.slack.AddGroup("S0MIXED", "mixed", "U0GUS", "U0DORA", "U0BOB", "U0EVE")
		for _, c := range []struct {
			name   string
			users  []string
			groups []string
			out    string
			enough int
			want   int
		}{
			{"two", []string{"U0ADA", "U0BOB"}, nil, "", 2, 2},
			{"the same twice", []string{"U0ADA", "U0ADA"}, nil, "", 2, 1},
			{"one of them is left out", []string{"U0ADA", "U0BOB"}, nil, "U0ADA", 2, 1},
			{"a guest", []string{"U0GUS"}, nil, "", 1, 0},
			{"a deactivated person", []string{"U0DORA"}, nil, "", 1, 0},
			{"an unknown id", []string{"U0NOBODY"}, nil, "", 1, 0},
			{"a group", nil, []string{"S0MIXED"}, "", 9, 2},
			{"by name and in the group", []string{"U0BOB"}, []string{"S0MIXED"}, "", 9, 2},
			{"in two groups", nil, []string{"S0MIXED", "S0OPS"}, "U0EVE", 9, 2},
			{"no such group", nil, []string{"S0NONE"}, "", 1, 0},
			{"no more than enough", []string{"U0ADA", "U0BOB", "U0EVE"}, nil, "", 1, 1},
		} {
			d := NewDirectory(DirectoryConfig{BotToken: "xoxb-bot", APIURL: slackURL, Dial: o.dial})
			got, err := d.Present(o.ctx, grant.People{Users: c.users, Groups: c.groups}, func(u string) bool { return u == c.out }, c.enough)
			if got != c.want || err != nil {
				t.Errorf("%s: %d, %v; want %d", c.name, got, err, c.want)
			}
		}
	})
}

// Checks share an answer about a full member for a while. A decision asks anew, and its answer counts for
// the checks that follow.
func TestRecent(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		d, ada := NewDirectory(DirectoryConfig{BotToken: "xoxb-bot", APIURL: slackURL, Dial: o.dial}), person("U0ADA")
		expect := func(when string, by string, standing grant.Standing, wantAsked int) {
			t.Helper()
			before := o.slack.Count("users.info")
			a, err := d.Recent(o.ctx, ada, nil)
			if by == "decision" {
				a, err = d.Actor(o.ctx, ada, nil, time.Now())
			}
			if asked := o.slack.Count("users.info") - before; a.Standing != standing || asked != wantAsked || err != nil {
				t.Errorf("%s, %s: %s, asked %d times, %v; want %s and %d", when, by, a.Standing, asked, err, standing, wantAsked)
			}
		}
		expect("first", "check", grant.Member, 1)
		expect("again", "check", grant.Member, 0)
		o.slack.EditUser("U0ADA", func(u *slacksim.User) { u.Deleted = true })
		expect("a moment after she left", "check", grant.Member, 0)
		expect("a moment after she left", "decision", grant.Deactivated, 1)
		expect("after a decision has seen it", "check", grant.Deactivated, 1)
		o.slack.EditUser("U0ADA", func(u *slacksim.User) { u.Deleted = false })
		expect("after she returned", "check", grant.Member, 1)
		time.Sleep(usersLast)
		expect("a minute later", "check", grant.Member, 1)
	})
}

// A group of a thousand costs one lookup of a person, and for a while none. If lookups in a group
// fail, the result is an error.
func TestPresentInALargeGroup(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		var here, gone []string
		for i := range 1000 {
			here, gone = append(here, fmt.Sprintf("U1%04d", i)), append(gone, fmt.Sprintf("U2%04d", i))
			o.slack.AddUser(slacksim.User{ID: here[i]})
			o.slack.AddUser(slacksim.User{ID: gone[i], IsRestricted: true})
		}
		o.slack.AddGroup("S0HERE", "here", here...)
		o.slack.AddGroup("S0GONE", "gone", gone...)
		d := NewDirectory(DirectoryConfig{BotToken: "xoxb-bot", APIURL: slackURL, Dial: o.dial})
		nobodyOut := func(string) bool { return false }
		for n, wantAsked := range []int{1, 1, 2} {
			if n == 2 {
				time.Sleep(usersLast)
			}
			if able, err := d.Present(o.ctx, grant.People{Groups: []string{"S0HERE"}}, nobodyOut, 1); able != 1 || err != nil {
				t.Errorf("%d, %v", able, err)
			}
			if got := o.slack.Count("users.info"); got != wantAsked {
				t.Errorf("after %d questions Slack was asked about %d people, want %d", n+1, got, wantAsked)
			}
		}
		if able, err := d.Present(o.ctx, grant.People{Groups: []string{"S0GONE"}}, nobodyOut, 1); err == nil {
			t.Errorf("of a thousand guests: %d", able)
		}
		if got := o.slack.Count("users.info") - 2; got > presentAsked {
			t.Errorf("Slack was asked about %d people", got)
		}
	})
}
