package slackbot

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"
	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"

	"s3share/internal/grant"
	"s3share/internal/sim/slacksim"
)

// sendHelp sends a command without an effect as Rita, and returns its delivery.
func (o *office) sendHelp() slacksim.Delivery {
	return o.slack.As("U0RITA").Slash(o.ctx, "C0BUILDS", "/s3share", "help")
}

// A refresh of either connection leaves no gap, although a new one takes a while. (After a warning
// slack-go closes at once, ten seconds early. An envelope at that moment is lost, and Slack tells
// the person; no code above slack-go can repair that.)
func TestRefreshLeavesNoGap(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		defer o.slack.Fault("apps.connections.open", slacksim.Delay(300*time.Millisecond))()
		missed, samples := 0, 0
		for n := range 24 {
			conns := o.slack.Conns()
			reason := []string{"refresh_requested", "warning", "link_disabled"}[n%3]
			o.slack.Disconnect(reason, conns[n%len(conns)])
			for range 50 {
				samples++
				switch d := o.sendHelp(); {
				case len(d.Conns) == 0:
					missed++
				case !d.Acked && reason != "warning":
					t.Errorf("after %s a command was lost on the way: %s", reason, d.Error)
				}
				time.Sleep(10 * time.Millisecond)
			}
			time.Sleep(time.Minute)
		}
		if missed > 0 {
			t.Errorf("%d of %d commands met no connection", missed, samples)
		}
	})
}

// Connections of the same age would be refreshed together, so one of them is renewed until their
// ages differ. After that both stay.
func TestConnectionsAreOfDifferentAge(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		before := o.slack.Conns()
		time.Sleep(apart - time.Minute)
		if now := o.slack.Conns(); !slices.Equal(now, before) {
			t.Errorf("connections %v became %v too early", before, now)
		}
		time.Sleep(4 * time.Hour)
		after := o.slack.Conns()
		if len(after) != 2 || !slices.Contains(before, after[0]) || slices.Contains(before, after[1]) {
			t.Errorf("connections %v became %v, want one of them renewed", before, after)
		}
		if n := o.slack.Count("apps.connections.open"); n != 3 {
			t.Errorf("%d opens in four quiet hours, want 3", n)
		}
	})
}

// If Slack refuses every connection, slack-go alone would retry thousands of times a second. The
// bot is connected again within half a minute after the end of the refusals.
func TestRefusedConnections(t *testing.T) {
	for _, reason := range []string{"link_disabled", "refresh_requested", "too_many_websockets"} {
		t.Run(reason, func(t *testing.T) {
			inOffice(t, func(t *testing.T, o *office) {
				hour, cancel := context.WithTimeout(o.ctx, time.Hour)
				defer cancel()
				for o.slack.Wait(hour, func() bool { return len(o.slack.Conns()) > 0 }) == nil {
					gone := o.slack.Conns()
					o.slack.Disconnect(reason, gone...)
					o.slack.Wait(hour, func() bool {
						return !slices.ContainsFunc(gone, func(n int) bool { return slices.Contains(o.slack.Conns(), n) })
					})
				}
				if n := o.slack.Count("apps.connections.open"); n > 150 {
					t.Errorf("%d opens in an hour of being turned away", n)
				}
				time.Sleep(time.Minute + openBackoff.Max)
				if n := len(o.slack.Conns()); n != 2 || o.bot.Ready() != nil {
					t.Errorf("%d connections afterwards, ready: %v", n, o.bot.Ready())
				}
			})
		})
	}
}

// Ten connections of other programs leave no capacity. The bot reports it, and retries slowly.
func TestTooManyConnections(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t)
		others := o.foreign(9) // ten is Slack's limit
		o.run()
		time.Sleep(10 * time.Minute)
		if n := o.slack.Count("apps.connections.open"); n > 60 {
			t.Errorf("%d opens in ten minutes", n)
		}
		if !strings.Contains(o.log.String(), "Slack turns a connection away") {
			t.Error("nobody is told that Slack turns a connection away")
		}
		if o.bot.Ready() != nil {
			t.Error("not ready, with one connection")
		}
		for _, c := range others {
			c.Close()
		}
		time.Sleep(time.Minute)
		if n := len(o.slack.Conns()); n != 2 {
			t.Errorf("%d connections afterwards", n)
		}
	})
}

// foreign connects another program to the same app, which acknowledges nothing.
func (o *office) foreign(n int) (conns []*websocket.Conn) {
	o.t.Helper()
	for range n {
		_, url, err := newAPI("xoxb-bot", "xapp-app", slackURL, newHTTP(o.dial, callWithin, nil)).StartSocketModeContext(o.ctx)
		if err != nil {
			o.t.Fatal(err)
		}
		c, _, err := (&websocket.Dialer{NetDialContext: o.dial}).Dial(url, nil)
		if err != nil {
			o.t.Fatal(err)
		}
		go func() {
			for {
				if _, _, err := c.ReadMessage(); err != nil {
					return
				}
			}
		}()
		conns = append(conns, c)
	}
	return conns
}

func TestAnotherProgramIsNoticed(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		if strings.Contains(o.log.String(), "another program") {
			t.Fatalf("noticed where there is none:\n%s", o.log)
		}
		for _, c := range o.foreign(2) {
			defer c.Close()
		}
		o.slack.Disconnect("refresh_requested", o.slack.Conns()[0])
		time.Sleep(time.Second)
		if !strings.Contains(o.log.String(), "another program takes a part of the clicks") {
			t.Error("nobody is told that another program is on the app")
		}
	})
}

// A call that never returns is given up.
func TestHungOpen(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		heal := o.slack.Fault("apps.connections.open", slacksim.Delay(1000*time.Hour))
		o.slack.Cut()
		time.Sleep(time.Hour)
		if o.bot.Ready() == nil {
			t.Error("ready without a connection")
		}
		heal()
		time.Sleep(callWithin + connectBackoff.Max + openBackoff.Max)
		if o.bot.Ready() != nil || !o.sendHelp().Acked {
			t.Errorf("not back: %v", o.bot.Ready())
		}
	})
}

// Dead sockets that look alive are detected and replaced.
func TestHalfOpen(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		dead := o.slack.Conns()
		o.slack.HalfOpen()
		time.Sleep(silence + silence/4 + time.Second)
		o.slack.Cut(dead...) // Slack gives them up
		for range 20 {
			if d := o.sendHelp(); !d.Acked {
				t.Fatalf("a command was not taken: %s", d.Error)
			}
		}
		if !strings.Contains(o.log.String(), errSilent.Error()) {
			t.Error("the watchdog did not see it")
		}
	})
}

func TestQuietIsNotDead(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		time.Sleep(apart + time.Hour) // only pings meanwhile
		if strings.Contains(o.log.String(), errSilent.Error()) {
			t.Error("a quiet connection was taken for dead")
		}
	})
}

// Only a permanent refusal ends the program at its start.
func TestRefusedAtTheStart(t *testing.T) {
	for _, c := range []struct {
		method, code, want string
	}{
		{"auth.test", "invalid_auth", "Slack refuses SLACK_BOT_TOKEN: invalid_auth"},
		{"auth.test", "account_inactive", "Slack refuses SLACK_BOT_TOKEN"},
		{"auth.test", "token_revoked", "Slack refuses SLACK_BOT_TOKEN"},
		{"apps.connections.open", "invalid_auth", "Slack refuses SLACK_APP_TOKEN: invalid_auth"},
		{"apps.connections.open", "not_authed", "Slack refuses SLACK_APP_TOKEN"},
		{"apps.connections.open", "not_allowed_token_type", "hint: it is an app-level token with connections:write"},
		{"apps.connections.open", "missing_scope", "Slack refuses SLACK_APP_TOKEN"},
		{"apps.connections.open", "token_expired", "Slack refuses SLACK_APP_TOKEN"},
		{"apps.connections.open", "user_removed_from_team", "Slack refuses SLACK_APP_TOKEN"},
		{"apps.connections.open", "team_disabled", "Slack refuses SLACK_APP_TOKEN"},
		{"auth.test", "internal_error", ""},
		{"apps.connections.open", "internal_error", ""},
		{"apps.connections.open", "fatal_error", ""},
		{"apps.connections.open", "team_added_to_org", ""},
	} {
		t.Run(c.method+" "+c.code, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o := newOffice(t)
				heal := o.slack.Fault(c.method, slacksim.Refuse(c.code))
				ctx, cancel := context.WithTimeout(o.ctx, time.Hour)
				defer cancel()
				if c.want == "" {
					time.AfterFunc(10*time.Minute, heal)
				}
				began := time.Now()
				err := o.bot.Run(ctx)
				switch {
				case c.want == "" && err != nil:
					t.Errorf("ended with %v", err)
				case c.want == "" && o.slack.Count("apps.connections.open") < 3:
					t.Error("not tried again")
				case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
					t.Errorf("ended with %v, want %s", err, c.want)
				case c.want != "" && time.Since(began) > 10*time.Second:
					t.Errorf("it took %s", time.Since(began))
				}
			})
		})
	}
}

// A token that is revoked while the bot runs does not end it, because access still has to end.
func TestRevokedWhileRunning(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		heal := o.slack.Fault("apps.connections.open", slacksim.Refuse("token_revoked"))
		o.slack.Cut()
		time.Sleep(time.Hour)
		if !strings.Contains(o.log.String(), "level=ERROR msg=\"Slack refuses the app") || o.bot.Ready() == nil {
			t.Error("nobody is told")
		}
		if n := o.slack.Count("apps.connections.open"); n > 2+2*62 {
			t.Errorf("%d opens in an hour", n)
		}
		heal()
		time.Sleep(2 * fatalWait)
		if o.bot.Ready() != nil {
			t.Error("not back after the token is good again")
		}
	})
}

// Retry-After of apps.connections.open is respected.
func TestOpeningTooOften(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		defer o.slack.Fault("apps.connections.open", slacksim.Fault{Status: 429, RetryAfter: 10 * time.Minute})()
		before := o.slack.Count("apps.connections.open")
		o.slack.Cut()
		time.Sleep(9 * time.Minute)
		if n := o.slack.Count("apps.connections.open") - before; n != 2 {
			t.Errorf("%d opens while Slack asked to wait, want one for each connection", n)
		}
	})
}

// After any outage of Slack the bot is soon connected again.
func TestSlackDown(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		o.slack.Down(true)
		time.Sleep(5 * time.Hour)
		if o.bot.Ready() == nil {
			t.Error("ready while Slack is down")
		}
		o.slack.Down(false)
		time.Sleep(connectBackoff.Max + openBackoff.Max + time.Second)
		if n := len(o.slack.Conns()); n != 2 || o.bot.Ready() != nil {
			t.Errorf("%d connections after Slack is back", n)
		}
	})
}

// Acknowledged acts are finished and answered before the bot stops.
func TestStopFinishes(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		g, card := o.pending(requestText)
		defer o.slack.Fault("users.info", slacksim.Delay(2*time.Second))()
		if d := o.slack.As("U0ADA").Press(o.ctx, card, "Approve"); !d.Acked {
			t.Fatal("not acknowledged")
		}
		synctest.Wait() // it has begun: acts that have not are left to the next run
		began := time.Now()
		if err := o.stop(); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(began); took < time.Second || took > 4*time.Second {
			t.Errorf("stopping took %s", took)
		}
		if g := o.get(g.ID); g.State != grant.Approved {
			t.Errorf("an approval that was acknowledged is lost: %s", g.State)
		}
		o.shows("U0ADA", "will be notified when access is active")
		synctest.Wait()
		if n := len(o.slack.Conns()); n != 0 {
			t.Errorf("%d sockets are left open", n)
		}
	})
}

// A hanging Slack does not delay the stop of the bot.
func TestStopIsBounded(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		_, card := o.pending(requestText)
		for _, method := range []string{"users.info", "chat.postMessage", "chat.update", "response_url"} {
			defer o.slack.Fault(method, slacksim.Delay(1000*time.Hour))()
		}
		o.slack.As("U0ADA").Press(o.ctx, card, "Approve")
		o.request(requestText)
		time.Sleep(time.Second)
		began := time.Now()
		if err := o.stop(); err != nil && !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		if took := time.Since(began); took > 10*time.Second {
			t.Errorf("stopping took %s", took)
		}
	})
}

// The remains of an old connection do not end the next one: otherwise a socket would be cut off
// repeatedly by the error of its predecessor.
func TestOldConnectionErrorEndsNoNewOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t)
		s := newSocket(0, o.bot.connections, o.bot.link, o.dial, o.bot.receiver.envelope, o.bot.log)
		s.client.Events <- socketmode.Event{Type: socketmode.EventTypeConnectionError, Data: &slack.ConnectionErrorEvent{ErrorObj: context.Canceled}}
		ctx, cancel := context.WithCancel(o.ctx)
		defer cancel()
		ended := make(chan error, 1)
		go func() { ended <- s.run(ctx) }()
		synctest.Wait()
		select {
		case err := <-ended:
			t.Fatalf("it ended before it began: %v", err)
		default:
		}
		if n := len(o.slack.Conns()); n != 1 {
			t.Errorf("%d connections", n)
		}
		cancel()
		<-ended
	})
}
