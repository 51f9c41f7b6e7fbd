package slackbot

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slack-go/slack"

	"s3share/internal/sim/slacksim"
	"s3share/internal/slackbot/blocks"
)

// A formOfSlack is a form as Slack keeps it: updates need its hash.
type formOfSlack struct {
	began time.Time
	hash  int
	sent  []string // "seconds text", or "seconds text more"
	fails []error  // the results of the next calls
	takes bool     // a failed call takes effect
}

func (f *formOfSlack) send(_ context.Context, a formAction, hash string) (string, error) {
	text := fmt.Sprintf("%v %s", time.Since(f.began).Round(time.Millisecond).Seconds(), a.values.Prefix)
	if a.more {
		text += " more"
	}
	f.sent = append(f.sent, text)
	var err error
	if len(f.fails) > 0 {
		err, f.fails = f.fails[0], f.fails[1:]
	}
	switch {
	case hash != fmt.Sprint(f.hash):
		return "", slack.SlackErrorResponse{Err: "hash_conflict"}
	case err == nil || f.takes:
		f.hash++
	}
	return fmt.Sprint(f.hash), err
}

// updates runs a test with a form that is updated by actions. typed makes an action.
func updates(t *testing.T, test func(u *formUpdates, f *formOfSlack, typed func(at, text string) formAction)) string {
	log := new(logbook)
	synctest.Test(t, func(t *testing.T) {
		f := &formOfSlack{began: time.Now()}
		u := newFormUpdates(f.send, slog.New(slog.NewTextHandler(log, nil)))
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { defer close(ended); u.run(ctx) }()
		test(u, f, func(at, text string) formAction {
			synctest.Wait()
			return formAction{view: "V1", hash: fmt.Sprint(f.hash), at: at, values: blocks.RequestValues{Prefix: text}}
		})
		cancel()
		<-ended
		u.note(context.Background(), formAction{view: "V2", at: "1"})
		if n := u.kept(); n > 0 {
			t.Errorf("%d forms are kept", n)
		}
	})
	return log.String()
}

// kept returns the number of forms with recent actions.
func (u *formUpdates) kept() int {
	u.mu.Lock()
	defer u.mu.Unlock()
	return len(u.forms)
}

func wantSent(t *testing.T, f *formOfSlack, want ...string) {
	t.Helper()
	synctest.Wait()
	if !slices.Equal(f.sent, want) {
		t.Errorf("sent %q, want %q", f.sent, want)
	}
}

// A form is updated at once, and then once a second with the newest action.
func TestFormUpdatesAreCoalesced(t *testing.T) {
	updates(t, func(u *formUpdates, f *formOfSlack, typed func(at, text string) formAction) {
		for i := range 25 {
			u.note(context.Background(), typed(fmt.Sprintf("%02d", i), strings.Repeat("b", i+1)))
			time.Sleep(99 * time.Millisecond)
		}
		time.Sleep(10 * time.Second)
		u.note(context.Background(), typed("90", "later"))
		time.Sleep(1500 * time.Millisecond)
		b := func(n int) string { return strings.Repeat("b", n) }
		wantSent(t, f, "0 "+b(1), "1 "+b(11), "2 "+b(21), "3 "+b(25), "12.475 later")
		if u.kept() > 0 {
			t.Error("a form without actions is kept")
		}
	})
}

// Envelopes of two connections arrive out of order. Slack's time decides.
func TestFormUpdateOfAnOlderAction(t *testing.T) {
	updates(t, func(u *formUpdates, f *formOfSlack, typed func(at, text string) formAction) {
		u.note(context.Background(), typed("2", "bu"))
		synctest.Wait()
		u.note(context.Background(), typed("1", "b"))
		time.Sleep(3 * time.Second)
		wantSent(t, f, "0 bu")
		u.note(context.Background(), typed("4", "buil"))
		u.note(context.Background(), typed("3", "bui"))
		time.Sleep(time.Second)
		wantSent(t, f, "0 bu", "3 buil")
	})
}

// A press of *More options* counts although newer actions come from a form that does not show them yet,
// and although the press itself arrives after them.
func TestFormUpdateKeepsThePress(t *testing.T) {
	updates(t, func(u *formUpdates, f *formOfSlack, typed func(at, text string) formAction) {
		press := func(at string, more bool) formAction {
			a := typed(at, "")
			a.toggles, a.more = true, more
			return a
		}
		u.note(context.Background(), typed("1", "b"))
		synctest.Wait()
		u.note(context.Background(), press("2", true))
		u.note(context.Background(), typed("3", "bu"))
		time.Sleep(1500 * time.Millisecond)
		u.note(context.Background(), typed("5", "buil"))
		time.Sleep(time.Second)
		u.note(context.Background(), press("4", false))
		time.Sleep(time.Second)
		u.note(context.Background(), press("3", true)) // older than the last press
		time.Sleep(time.Second)
		wantSent(t, f, "0 b", "1 bu more", "2 buil more", "3 buil")
	})
}

// An action whose payload has the hash of an older view updates the newer view of the bot. If something
// else has changed the view, the payload's own hash counts.
func TestFormUpdateUsesTheNewestHash(t *testing.T) {
	updates(t, func(u *formUpdates, f *formOfSlack, typed func(at, text string) formAction) {
		first, second := typed("1", "b"), typed("2", "bu")
		u.note(context.Background(), first)
		synctest.Wait()
		u.note(context.Background(), second)
		time.Sleep(1500 * time.Millisecond)
		wantSent(t, f, "0 b", "1 bu")
		if f.hash != 2 {
			t.Errorf("%d updates took effect", f.hash)
		}
		f.hash = 10
		u.note(context.Background(), typed("3", "bui"))
		time.Sleep(3 * time.Second)
		wantSent(t, f, "0 b", "1 bu", "2 bui", "3 bui")
		if f.hash != 11 {
			t.Errorf("the last update had no effect: %d", f.hash)
		}
	})
}

// Slack's answer can be lost, and the update may have taken effect: it is retried with the same hash. Then
// the newest action still reaches the form.
func TestFormUpdateOfUnknownOutcome(t *testing.T) {
	lost := errors.New("connection reset")
	for name, takes := range map[string]bool{"took effect": true, "had no effect": false} {
		t.Run(name, func(t *testing.T) {
			log := updates(t, func(u *formUpdates, f *formOfSlack, typed func(at, text string) formAction) {
				f.fails, f.takes = []error{lost}, takes
				u.note(context.Background(), typed("1", "b"))
				time.Sleep(5 * time.Second)
				wantSent(t, f, "0 b", "1 b")
				if f.hash != 1 {
					t.Errorf("it took effect %d times", f.hash)
				}
				u.note(context.Background(), typed("2", "bu"))
				synctest.Wait()
				f.fails = []error{lost}
				late := typed("3", "bui") // dispatched by Slack with the hash of its view
				u.note(context.Background(), late)
				time.Sleep(time.Second)
				synctest.Wait()
				f.hash += 10 // changed by Slack itself
				u.note(context.Background(), typed("4", "buil"))
				time.Sleep(5 * time.Second)
				synctest.Wait()
				if got := f.sent[len(f.sent)-1]; !strings.HasSuffix(got, " buil") || f.hash < 11 {
					t.Errorf("sent %q", f.sent)
				}
			})
			if log != "" {
				t.Errorf("logged: %s", log)
			}
		})
	}
}

func TestFormUpdateRefused(t *testing.T) {
	for _, c := range []struct {
		name   string
		fails  []error
		sent   []string
		logged bool
	}{
		{"the form is closed", []error{slack.SlackErrorResponse{Err: "not_found"}}, []string{"0 b"}, false},
		{"changed meanwhile", []error{slack.SlackErrorResponse{Err: "hash_conflict"}}, []string{"0 b"}, false},
		{"for good", []error{slack.SlackErrorResponse{Err: "invalid_arguments"}}, []string{"0 b"}, true},
		{"a rate limit", []error{&slack.RateLimitedError{RetryAfter: 7 * time.Second}}, []string{"0 b", "7 b"}, false},
		{"for a moment", []error{slack.SlackErrorResponse{Err: "internal_error"}}, []string{"0 b", "1 b"}, false},
		{"always", slices.Repeat([]error{errors.New("reset")}, 9), []string{"0 b", "1 b", "2 b"}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			log := updates(t, func(u *formUpdates, f *formOfSlack, typed func(at, text string) formAction) {
				f.fails = c.fails
				u.note(context.Background(), typed("1", "b"))
				time.Sleep(time.Minute)
				wantSent(t, f, c.sent...)
				f.fails, f.sent = nil, nil
				u.note(context.Background(), typed("2", "bu"))
				synctest.Wait()
				wantSent(t, f, "60 bu")
			})
			if logged := strings.Contains(log, "updating the request form"); logged != c.logged {
				t.Errorf("logged: %q", log)
			}
		})
	}
}

// Memory is bounded, a stopped bot sends nothing, and a panic ends only the update.
func TestFormUpdatesAreBounded(t *testing.T) {
	log := updates(t, func(u *formUpdates, f *formOfSlack, typed func(at, text string) formAction) {
		u.send = func(ctx context.Context, a formAction, _ string) (string, error) {
			switch a.view {
			case "V0":
				time.Sleep(time.Second)
				panic("a defect")
			case "V1":
				<-ctx.Done()
			}
			return "", ctx.Err()
		}
		for i := range updatesAtOnce + 10 {
			a := typed("1", "b")
			a.view = fmt.Sprintf("V%d", i)
			u.note(context.Background(), a)
		}
		if n := u.kept(); n != updatesAtOnce {
			t.Errorf("%d forms are kept", n)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if n := u.kept(); n != 1 {
			t.Errorf("%d forms are kept", n)
		}
	})
	if !strings.Contains(log, "panic while updating a form") || !strings.Contains(log, "too many forms") {
		t.Errorf("logged: %s", log)
	}
}

// An update that waits when the form is submitted would remove the errors beside its fields.
func TestErrorsStayBesideTheirFields(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		rita := o.typesInForm()
		if d := rita.Type(o.ctx, *o.slack.View("U0RITA"), blocks.FieldOther, "90d"); d.Error != "" {
			t.Fatal(d.Error)
		}
		d := rita.Submit(o.ctx, *o.slack.View("U0RITA"), map[string]string{blocks.FieldReason: "nightly build"})
		contains(t, d.FieldErrors[blocks.FieldOther], "90d is longer than the limit of 3d")
		time.Sleep(time.Minute)
		if got := o.slack.View("U0RITA").Errors; len(got) != 1 {
			t.Errorf("the form shows the errors %v", got)
		}
		v := o.typed(blocks.FieldOther, "90m")
		contains(t, v.Plain(), "for 1h30m")
		if len(v.Errors) > 0 {
			t.Errorf("the form shows the errors %v", v.Errors)
		}
		rita.Press(o.ctx, v, "More options")
		time.Sleep(updateEvery)
		v = o.fill("U0RITA", blocks.FieldStart, "1800000000")
		contains(t, v.Plain(), "more than 30 days ahead.")
		d = rita.Submit(o.ctx, v, nil)
		contains(t, d.FieldErrors[blocks.FieldStart], "more than 30 days ahead.")
	})
}

// typesInForm opens the form as Rita and fills in all but the folder.
func (o *office) typesInForm() slacksim.Person {
	o.t.Helper()
	rita := o.slack.As("U0RITA")
	v := o.openForm("U0RITA", rita.Slash(o.ctx, "C0BUILDS", "/s3share", ""))
	rita.Suggest(o.ctx, v, blocks.FieldBucket, blocks.FieldBucket, "my-bucket")
	o.fill("U0RITA", blocks.FieldBucket, "my-bucket")
	rita.Suggest(o.ctx, *o.slack.View("U0RITA"), blocks.FieldPrincipal, blocks.FieldPrincipal, "build/test.user")
	o.fill("U0RITA", blocks.FieldPrincipal, "arn:aws:iam::111111111111:user/test.user")
	o.fill("U0RITA", blocks.FieldLevel, "read")
	o.fill("U0RITA", blocks.FieldTerm, "8h")
	return rita
}

func (o *office) typed(field, text string) slacksim.View {
	o.t.Helper()
	if d := o.slack.As("U0RITA").Type(o.ctx, *o.slack.View("U0RITA"), field, text); d.Error != "" {
		o.t.Fatal(d.Error)
	}
	time.Sleep(2 * updateEvery)
	return *o.slack.View("U0RITA")
}

// The summary follows the folder and the custom duration, character by character, with at most one update
// a second. These actions are no acts: the journal has none.
func TestSummaryFollowsTyping(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		o.typesInForm()
		acts, before := o.bot.acts.order, o.slack.Count("views.update")
		v := o.typed(blocks.FieldPrefix, "builds/nightly")
		contains(t, v.Plain(), "You request read access: test.user → s3://my-bucket/builds/nightly/ for 8h")
		if n := o.slack.Count("views.update") - before; n != 2 {
			t.Errorf("%d updates", n)
		}
		v = o.typed(blocks.FieldOther, "90m")
		contains(t, v.Plain(), "s3://my-bucket/builds/nightly/ for 1h30m")
		v = o.typed(blocks.FieldOther, "90d")
		contains(t, v.Plain(), ":warning: 90d is longer than the limit of 3d for my-bucket.")
		if got := v.State[blocks.FieldPrefix][blocks.FieldPrefix]["value"]; got != "builds/nightly" {
			t.Errorf("the folder is %v", got)
		}
		if n := o.bot.acts.order - acts; n != 0 {
			t.Errorf("%d actions were acts", n)
		}
	})
}

// *More options* opens in place, and *Fewer options* hides only empty fields.
func TestMoreOptions(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		rita := o.typesInForm()
		press := func(label string) slacksim.View {
			t.Helper()
			if d := rita.Press(o.ctx, *o.slack.View("U0RITA"), label); d.Error != "" {
				t.Fatal(d.Error)
			}
			time.Sleep(updateEvery)
			return *o.slack.View("U0RITA")
		}
		shown := func(v slacksim.View) (names []string) {
			for _, name := range []string{blocks.FieldStart, blocks.FieldFor, blocks.FieldMoreBuckets, blocks.FieldMorePrincipals} {
				if v.State[name] != nil {
					names = append(names, name)
				}
			}
			return names
		}
		if got := shown(*o.slack.View("U0RITA")); len(got) > 0 {
			t.Errorf("the form begins with %v", got)
		}
		if got := shown(press("More options")); len(got) != 4 {
			t.Errorf("more options: %v", got)
		}
		v := o.typed(blocks.FieldMoreBuckets, "my-other/logs")
		contains(t, v.Plain(), "The 2 grants are decided together.")
		v = o.fill("U0RITA", blocks.FieldFor, "U0EVE")
		contains(t, v.Plain(), "On behalf of <@U0EVE>, who confirms first.")
		v = press("Fewer options")
		if got := shown(v); !slices.Equal(got, []string{blocks.FieldFor, blocks.FieldMoreBuckets}) {
			t.Errorf("fewer options: %v", got)
		}
		v = press("More options")
		if got := v.State[blocks.FieldMoreBuckets][blocks.FieldMoreBuckets]["value"]; got != "my-other/logs" || len(shown(v)) != 4 {
			t.Errorf("more options again: %v, %v", shown(v), got)
		}
		if d := rita.Submit(o.ctx, v, map[string]string{blocks.FieldReason: "nightly build"}); d.Error != "" {
			t.Fatal(d.Error)
		}
		if gs := o.all(); len(gs) != 2 || gs[0].Beneficiary.User != "U0EVE" {
			t.Errorf("stored: %+v", gs)
		}
	})
}

// The form works without its updates: Slack refuses them, loses the answers, or applies them late.
func TestFormWithoutUpdates(t *testing.T) {
	for name, fault := range map[string]slacksim.Fault{
		"refused": slacksim.Refuse("internal_error"), "lost": slacksim.LoseReply(), "slow": slacksim.DelayReply(time.Minute),
		"late": slacksim.Delay(time.Minute), "limited": slacksim.RateLimit(0),
	} {
		t.Run(name, func(t *testing.T) {
			inOffice(t, func(t *testing.T, o *office) {
				rita := o.typesInForm()
				heal := o.slack.Fault("views.update", fault)
				rita.Type(o.ctx, *o.slack.View("U0RITA"), blocks.FieldPrefix, "builds")
				synctest.Wait()
				d := rita.Submit(o.ctx, *o.slack.View("U0RITA"), map[string]string{blocks.FieldReason: "nightly build"})
				if d.Error != "" || o.slack.View("U0RITA") != nil {
					t.Fatal(d.Error)
				}
				if gs := o.all(); len(gs) != 1 || gs[0].Prefix != "builds" {
					t.Errorf("stored: %+v", gs)
				}
				time.Sleep(2 * time.Minute)
				heal()
				time.Sleep(time.Minute)
				if n := o.bot.receiver.formUpdates.kept(); n > 0 || o.slack.View("U0RITA") != nil {
					t.Errorf("%d forms are kept", n)
				}
				v := o.openForm("U0RITA", rita.Slash(o.ctx, "C0BUILDS", "/s3share", ""))
				contains(t, v.Plain(), blocks.NoSummary)
			})
		})
	}
}
