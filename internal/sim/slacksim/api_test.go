package slacksim_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/slack-go/slack"

	"s3share/internal/sim/slacksim"
)

// call posts a form with the bot's token, without a client library.
func call(t *testing.T, b *bot, method, token, kind, body string) map[string]any {
	t.Helper()
	req, _ := http.NewRequest("POST", b.url+"/api/"+method, strings.NewReader(body))
	req.Header.Set("Content-Type", kind)
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	return do(t, req)
}

const (
	form = "application/x-www-form-urlencoded"
	js   = "application/json"
)

func TestTokens(t *testing.T) {
	_, b := newWorkspace(t, slacksim.Config{})
	for _, c := range []struct{ method, token, kind, body, want string }{
		{"auth.test", "xoxb-bot", form, "", ""},
		{"auth.test", "", form, "token=xoxb-bot", ""},
		{"auth.test", "xoxb-bot", js, "{}", ""},
		{"auth.test", "", js, `{"token":"xoxb-bot"}`, "not_authed"},
		{"auth.test", "", form, "", "not_authed"},
		{"auth.test", "xoxb-other", form, "", "invalid_auth"},
		{"auth.test", "xapp-app", form, "", "not_allowed_token_type"},
		{"auth.test", "xoxb-bot", js, "{", "invalid_json"},
		{"auth.test", "xoxb-bot", js, "[]", "json_not_object"},
		{"auth.test", "xoxb-bot", "text/plain", "x", "invalid_post_type"},
		{"apps.connections.open", "xoxb-bot", js, "", "not_allowed_token_type"},
		{"apps.connections.open", "xapp-other", js, "", "invalid_auth"},
		{"apps.connections.open", "", js, "", "not_authed"},
	} {
		got := call(t, b, c.method, c.token, c.kind, c.body)
		if got["ok"] != (c.want == "") || (c.want != "" && got["error"] != c.want) {
			t.Errorf("%s with %q and %s %s: %v, want %q", c.method, c.token, c.kind, c.body, got, c.want)
		}
	}
}

func TestScopes(t *testing.T) {
	w, b := newWorkspace(t, slacksim.Config{Scopes: []string{"users:read"}, AppScopes: []string{}})
	for _, c := range []struct{ method, body, needed string }{
		{"chat.postMessage", "channel=C0ADMIN&text=x", "chat:write"},
		{"usergroups.users.list", "usergroup=S0PLATFORM", "usergroups:read"},
		{"conversations.open", "users=U0RITA", "im:write"},
		{"conversations.open", "users=U0RITA,U0ADA", "mpim:write"},
		{"conversations.info", "channel=C0ADMIN", "channels:read"},
		{"team.info", "", "team:read"},
	} {
		got := call(t, b, c.method, "xoxb-bot", form, c.body)
		if got["error"] != "missing_scope" || got["needed"] != c.needed || got["provided"] != "users:read" {
			t.Errorf("%s: %v, want %s needed", c.method, got, c.needed)
		}
	}
	if got := call(t, b, "apps.connections.open", "xapp-app", js, ""); got["needed"] != "connections:write" {
		t.Errorf("apps.connections.open: %v", got)
	}
	if u, err := b.GetUserInfo("U0RITA"); err != nil || u.Profile.Email != "" {
		t.Errorf("without users:read.email the email is %q (%v)", u.Profile.Email, err)
	}
	if d := w.As("U0RITA").Slash(t.Context(), "C0ADMIN", "/s3share", ""); d.Error != "/s3share is not a valid command." {
		t.Errorf("without the scope commands she sees %q", d.Error)
	}
}

func TestUnmodelledMethodAnswers501(t *testing.T) {
	var told []string
	w, b := newWorkspace(t, slacksim.Config{Unmodelled: func(m string) { told = append(told, m) }})
	_, err := b.GetEmoji()
	var status slack.StatusCodeError
	if !errors.As(err, &status) || status.Code != http.StatusNotImplemented {
		t.Errorf("emoji.list: %v", err)
	}
	if want := []string{"emoji.list"}; !slices.Equal(told, want) || !slices.Equal(w.Unmodelled(), want) {
		t.Errorf("told %v, counted %v", told, w.Unmodelled())
	}
}

func TestUsersInfo(t *testing.T) {
	w, b := newWorkspace(t, slacksim.Config{})
	w.AddUser(slacksim.User{ID: "U0GUEST", IsRestricted: true})
	w.AddUser(slacksim.User{ID: "U0ONE", IsUltraRestricted: true})
	w.AddUser(slacksim.User{ID: "U0FAR", IsStranger: true, TeamID: "T0FAR"})
	w.AddUser(slacksim.User{ID: "U0GONE", Deleted: true})
	w.AddUser(slacksim.User{ID: "U0ROBOT", IsBot: true})
	get := func(id string) *slack.User {
		t.Helper()
		u, err := b.GetUserInfo(id)
		if err != nil {
			t.Fatal(err)
		}
		return u
	}
	if u := get("U0RITA"); u.Profile.Email != "rita@acme.example" || u.Name != "rita" || u.TeamID != "T0TEAM" || u.TZ == "" || u.IsRestricted {
		t.Errorf("rita: %s", pretty(u))
	}
	if u := get("U0GUEST"); !u.IsRestricted || u.IsUltraRestricted {
		t.Error("the guest is none")
	}
	if u := get("U0ONE"); !u.IsRestricted || !u.IsUltraRestricted {
		t.Error("the single-channel guest is none")
	}
	if u := get("U0FAR"); !u.IsStranger || u.TeamID != "T0FAR" {
		t.Error("the stranger is none")
	}
	if u := get("U0GONE"); !u.Deleted || u.TZ != "" {
		t.Error("the deactivated user is none")
	}
	if !get("U0ROBOT").IsBot || !get("U0BOT").IsBot {
		t.Error("a bot is none")
	}
	if _, err := b.GetUserInfo("U0NOBODY"); err == nil || err.Error() != "user_not_found" {
		t.Errorf("an unknown user: %v", err)
	}
	w.EditUser("U0RITA", func(u *slacksim.User) { u.Deleted = true })
	if !get("U0RITA").Deleted {
		t.Error("rita was deactivated and is not")
	}
	if u, err := b.GetUserByEmail("rita@acme.example"); err == nil {
		t.Errorf("a deactivated user was found by email: %v", u.ID)
	}
}

func TestGroups(t *testing.T) {
	w, b := newWorkspace(t, slacksim.Config{})
	members := func() []string { m, _ := b.GetUserGroupMembers("S0PLATFORM"); return m }
	if got := members(); !slices.Equal(got, []string{"U0ADA"}) {
		t.Errorf("members: %v", got)
	}
	w.EditGroup("S0PLATFORM", func(g *slacksim.Group) { g.Users = []string{"U0RITA"} })
	if got := members(); !slices.Equal(got, []string{"U0RITA"}) {
		t.Errorf("members after the change: %v", got)
	}
	if _, err := b.GetUserGroupMembers("S0NONE"); err == nil || err.Error() != "no_such_subteam" {
		t.Errorf("no such group: %v", err)
	}
	groups, err := b.GetUserGroups(slack.GetUserGroupsOptionIncludeUsers(true))
	if err != nil || len(groups) != 1 || groups[0].Handle != "platform" || len(groups[0].Users) != 1 {
		t.Errorf("groups: %v %s", err, pretty(groups))
	}
}

func TestDirectory(t *testing.T) {
	_, b := newWorkspace(t, slacksim.Config{})
	if a, err := b.AuthTest(); err != nil || a.UserID != "U0BOT" || a.BotID != "B0BOT" || a.TeamID != "T0TEAM" {
		t.Errorf("auth.test: %v %+v", err, a)
	}
	if team, err := b.GetTeamInfo(); err != nil || team.Domain != "acme" {
		t.Errorf("team.info: %v %+v", err, team)
	}
	if bot, err := b.GetBotInfo(slack.GetBotInfoParameters{Bot: "B0BOT"}); err != nil || bot.AppID != "A0APP" {
		t.Errorf("bots.info: %v %+v", err, bot)
	}
	ch, err := b.GetConversationInfo(&slack.GetConversationInfoInput{ChannelID: "C0ADMIN"})
	if err != nil || ch.Name != "s3-admins" || !ch.IsMember || !ch.IsChannel {
		t.Errorf("conversations.info: %v %+v", err, ch)
	}
	people, next, err := b.GetUsersInConversation(&slack.GetUsersInConversationParameters{ChannelID: "C0ADMIN", Limit: 2})
	if err != nil || !slices.Equal(people, []string{"U0BOT", "U0ADA"}) || next == "" {
		t.Errorf("conversations.members: %v %v %q", err, people, next)
	}
	people, next, _ = b.GetUsersInConversation(&slack.GetUsersInConversationParameters{ChannelID: "C0ADMIN", Limit: 2, Cursor: next})
	if !slices.Equal(people, []string{"U0RITA"}) || next != "" {
		t.Errorf("second page: %v %q", people, next)
	}
}

func TestFaults(t *testing.T) {
	w, b := newWorkspace(t, slacksim.Config{})
	post := func() error {
		_, _, err := b.PostMessage("C0ADMIN", slack.MsgOptionText("x", false))
		return err
	}
	posted := func() int { return len(w.Messages("C0ADMIN")) }

	heal := w.Fault("chat.postMessage", slacksim.Refuse("fatal_error"))
	if err := post(); err == nil || err.Error() != "fatal_error" || posted() != 0 {
		t.Errorf("refused: %v, %d posted", err, posted())
	}
	heal()
	heal = w.Fault("*", slacksim.RefuseHTTP(503))
	var status slack.StatusCodeError
	if err := post(); !errors.As(err, &status) || status.Code != 503 || posted() != 0 {
		t.Errorf("503: %v", err)
	}
	heal()
	w.Fault("chat.postMessage", slacksim.LoseReply().Only(1))
	var broken *url.Error
	if err := post(); !errors.As(err, &broken) || posted() != 1 {
		t.Errorf("lost reply: %v, %d posted, want an error and 1", err, posted())
	}
	w.Fault("chat.postMessage", slacksim.RateLimit(2))
	for range 2 {
		var limited *slack.RateLimitedError
		if err := post(); !errors.As(err, &limited) || limited.RetryAfter != time.Second || posted() != 1 {
			t.Errorf("rate limited: %v", err)
		}
	}
	w.Fault("chat.postMessage", slacksim.Fault{Cut: true, Times: 1})
	if err := post(); err == nil || posted() != 1 {
		t.Errorf("cut: %v, %d posted", err, posted())
	}
	if err := post(); err != nil || posted() != 2 {
		t.Errorf("healed: %v, %d posted", err, posted())
	}
	var results []string
	for _, c := range w.Calls() {
		results = append(results, c.Error)
	}
	if diff := cmp.Diff([]string{"fatal_error", "HTTP 503", "", "HTTP 429", "HTTP 429", "cut", ""}, results); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
}

// A delay holds the call before it acts, or its answer afterwards.
func TestDelays(t *testing.T) {
	for _, c := range []struct {
		name  string
		fault slacksim.Fault
		acts  bool // while the call is held
	}{
		{"before", slacksim.Delay(time.Hour), false},
		{"after", slacksim.DelayReply(time.Hour), true},
	} {
		t.Run(c.name, func(t *testing.T) {
			w, b := newWorkspace(t, slacksim.Config{})
			heal := w.Fault("chat.postMessage", c.fault)
			done := make(chan error)
			go func() {
				_, _, err := b.PostMessage("C0ADMIN", slack.MsgOptionText("x", false))
				done <- err
			}()
			if c.acts {
				wait(t, w, func() bool { return len(w.Messages("C0ADMIN")) == 1 })
			}
			select {
			case err := <-done:
				t.Fatalf("it was not held: %v", err)
			default:
			}
			heal()
			if err := <-done; err != nil || len(w.Messages("C0ADMIN")) != 1 {
				t.Errorf("after healing: %v", err)
			}
		})
	}
}

func TestSocketFault(t *testing.T) {
	w, b := newWorkspace(t, slacksim.Config{})
	heal := w.Fault("socket", slacksim.RefuseHTTP(502))
	u := ticketURL(t, b)
	if resp, err := http.Get("http" + strings.TrimPrefix(u, "ws")); err != nil || resp.StatusCode != 502 {
		t.Errorf("socket with a fault: %v", err)
	}
	heal()
	read(t, dial(t, b))
}

// Each method is limited by its tier and each channel by its posts. A caller
// that waits for Retry-After may continue.
func TestRateLimits(t *testing.T) {
	var passed atomic.Int64
	w, b := newWorkspace(t, slacksim.Config{RateLimits: true, RateNow: func() time.Time { return time.Unix(1_800_000_000, passed.Load()) }})
	post := func(channel string) func() error {
		return func() error { _, _, err := b.PostMessage(channel, slack.MsgOptionText("x", false)); return err }
	}
	for _, c := range []struct {
		what  string
		calls int           // calls that succeed at once
		wait  time.Duration // until the next call succeeds
		call  func() error
	}{
		{"tier 2", 20, 3 * time.Second, func() error { _, err := b.GetUserGroupMembers("S0PLATFORM"); return err }},
		{"tier 3", 50, 2 * time.Second, func() error {
			_, err := b.GetConversationInfo(&slack.GetConversationInfoInput{ChannelID: "C0ADMIN"})
			return err
		}},
		{"tier 4", 100, time.Second, func() error { _, err := b.GetUserInfo("U0RITA"); return err }},
		{"opening sockets, tier 3", 50, 2 * time.Second, func() error { _, _, err := b.StartSocketModeContext(t.Context()); return err }},
		{"posts in a channel", 5, time.Second, post("C0ADMIN")},
		{"posts in another", 5, time.Second, post("U0RITA")},
	} {
		for range c.calls {
			if err := c.call(); err != nil {
				t.Fatalf("%s: %v", c.what, err)
			}
		}
		var limited *slack.RateLimitedError
		if err := c.call(); !errors.As(err, &limited) || limited.RetryAfter != c.wait {
			t.Errorf("%s, call %d: %v, want to be told to wait %s", c.what, c.calls+1, err, c.wait)
			continue
		}
		passed.Add(int64(limited.RetryAfter))
		if err := c.call(); err != nil {
			t.Errorf("%s, after waiting: %v", c.what, err)
		}
	}
	w.RateLimits(false)
	for range 30 {
		if _, err := b.GetUserGroupMembers("S0PLATFORM"); err != nil {
			t.Fatal(err)
		}
	}
}

// The workspace has a limit over all channels too: several hundred posts a
// minute.
func TestRateLimitOfTheWorkspace(t *testing.T) {
	w, b := newWorkspace(t, slacksim.Config{RateLimits: true, RateNow: func() time.Time { return time.Unix(1_800_000_000, 0) }})
	for i := range 61 {
		id := fmt.Sprintf("C%d", i)
		w.AddChannel(id, id)
		for range 5 {
			_, _, err := b.PostMessage(id, slack.MsgOptionText("x", false))
			var limited *slack.RateLimitedError
			switch {
			case errors.As(err, &limited) && i == 60:
				return
			case err != nil:
				t.Fatalf("channel %d: %v", i, err)
			}
		}
	}
	t.Error("305 posts in a second went through")
}

func TestBlocksValidate(t *testing.T) {
	_, b := newWorkspace(t, slacksim.Config{})
	for _, c := range []struct{ body, message, pointer string }{
		{`{"blocks":[{"type":"divider"}]}`, "", ""},
		{`{"message":{"blocks":[{"type":"dividing"}]}}`, "unsupported type: dividing", "/blocks/0/type"},
		{`{"view":{"type":"home","blocks":[]}}`, "", ""},
		{`{"view":{"type":"modal","blocks":[]}}`, "missing required field: title", "/view"},
	} {
		got := call(t, b, "blocks.validate", "xoxb-bot", js, c.body)
		if c.message == "" {
			if got["ok"] != true {
				t.Errorf("%s: %s", c.body, pretty(got))
			}
			continue
		}
		errors, _ := got["errors"].([]any)
		want := map[string]any{"message": c.message, "pointer": c.pointer}
		if got["error"] != "invalid_blocks" || len(errors) == 0 || !cmp.Equal(errors[len(errors)-1], any(want)) {
			t.Errorf("%s: %s", c.body, pretty(got))
		}
	}
	if got := call(t, b, "blocks.validate", "xoxb-bot", js, `{}`); got["error"] != "invalid_arguments" {
		t.Errorf("nothing to validate: %v", got)
	}
}
