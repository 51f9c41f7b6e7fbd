package web

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"

	"s3share/cmd/sandbox/world"
	"s3share/cmd/sandbox/worldtest"
)

func TestMain(m *testing.M) { worldtest.Main(m) }

// A tab calls the page's HTTP interface as its JavaScript does.
type tab struct {
	t   *testing.T
	ctx context.Context
	url string
}

func openPage(t *testing.T) (tab, *world.World) {
	t.Helper()
	w := worldtest.Open(t, world.Options{})
	ctx, cancel := context.WithTimeout(context.Background(), 2*world.Patience)
	t.Cleanup(cancel)
	url, err := newPage(w).open(ctx, 0)
	if err != nil {
		t.Fatal(err)
	}
	return tab{t, ctx, url}, w
}

// send sends a request with these headers, and returns the status and the body.
func (b tab) send(method, path, body string, headers ...string) (int, string) {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.ctx, method, b.url+path, strings.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		if headers[i] == "Host" {
			r.Host = headers[i+1]
			continue
		}
		r.Header.Set(headers[i], headers[i+1])
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return answer.StatusCode, string(text)
}

// post runs an act and returns the feedback to the person.
func (b tab) post(path string, in any) acted {
	b.t.Helper()
	body, err := json.Marshal(in)
	if err != nil {
		b.t.Fatal(err)
	}
	status, text := b.send("POST", "api/"+path, string(body), "Content-Type", "application/json", "Origin", strings.TrimSuffix(b.url, "/"))
	if status != http.StatusOK {
		b.t.Fatalf("%s %s: %d %s", path, body, status, text)
	}
	var out acted
	if err := json.Unmarshal([]byte(text), &out); err != nil {
		b.t.Fatal(err)
	}
	return out
}

func (b tab) say(as, channel, text string) acted {
	b.t.Helper()
	return b.post("act", act{As: as, Do: "say", Channel: channel, Text: text})
}

// until reads events until holds is true, and returns that state.
func (b tab) until(what string, holds func(state) bool) state {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, world.Patience)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, "GET", b.url+"api/events", nil)
	if err != nil {
		b.t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer answer.Body.Close()
	if kind := answer.Header.Get("Content-Type"); kind != "text/event-stream" {
		b.t.Fatalf("the events are %s", kind)
	}
	var last []byte
	for in := bufio.NewReader(answer.Body); ; {
		line, err := in.ReadBytes('\n')
		if err != nil {
			b.t.Fatalf("waiting until %s: %v\nthe last state was %s", what, err, last)
		}
		data, is := bytes.CutPrefix(line, []byte("data: "))
		if !is {
			continue
		}
		last = data
		var s state
		if err := json.Unmarshal(data, &s); err != nil {
			b.t.Fatal(err)
		}
		if holds(s) {
			return s
		}
	}
}

// find returns the newest message in a channel that has an element with this
// action id, and the id of its block.
func find(s state, channel, action string) (m message, block string) {
	for _, c := range s.Channels {
		if c.ID != channel {
			continue
		}
		for _, one := range c.Messages {
			for _, b := range one.Blocks {
				if blockHas(b, action) {
					m, block = one, b["block_id"].(string)
				}
			}
		}
	}
	return m, block
}

func blockHas(b map[string]any, action string) bool {
	list, _ := b["elements"].([]any)
	return slices.ContainsFunc(list, func(e any) bool {
		o, _ := e.(map[string]any)
		return o["action_id"] == action
	})
}

func textsIn(s state, channel string) string {
	var all []string
	for _, c := range s.Channels {
		if c.ID == channel {
			for _, m := range c.Messages {
				all = append(all, m.Text)
			}
		}
	}
	return strings.Join(all, "\n")
}

func TestPageRefusesOtherOrigins(t *testing.T) {
	t.Parallel()
	b, _ := openPage(t)
	host := strings.TrimSuffix(strings.TrimPrefix(b.url, "http://"), "/")
	_, port, _ := strings.Cut(host, ":")
	const kind, asJSON, question = "Content-Type", "application/json", `{"who":"build/test.user","action":"s3:GetObject","bucket":"healed-1","key":"builds/a.txt"}`
	for _, c := range []struct {
		name, method, path, body string
		headers                  []string
		want                     int
	}{
		{"the page", "GET", "", "", nil, 200},
		{"its script", "GET", "app.js", "", nil, 200},
		{"what is not there", "GET", "server.go", "", nil, 404},
		{"by the name of the machine itself", "GET", "api/state", "", []string{"Host", "localhost:" + port}, 200},
		{"by another host name", "GET", "api/state", "", []string{"Host", "evil.example:" + port}, 421},
		{"by the address without its port", "GET", "", "", []string{"Host", "127.0.0.1"}, 421},
		{"acting, from the page", "POST", "api/question", question, []string{kind, asJSON, "Origin", "http://" + host}, 200},
		{"acting, from the page by its other name", "POST", "api/question", question, []string{"Host", "localhost:" + port, kind, asJSON, "Origin", "http://localhost:" + port}, 200},
		{"acting, from another site", "POST", "api/question", question, []string{kind, asJSON, "Origin", "http://evil.example"}, 403},
		{"acting, from another port", "POST", "api/question", question, []string{kind, asJSON, "Origin", "http://127.0.0.1:1"}, 403},
		{"acting, from a file", "POST", "api/question", question, []string{kind, asJSON, "Origin", "null"}, 403},
		{"acting, without an origin", "POST", "api/question", question, []string{kind, asJSON}, 403},
		{"acting, as a form would", "POST", "api/question", question, []string{kind, "text/plain", "Origin", "http://" + host}, 415},
		{"acting by a link", "GET", "api/act", "", nil, 404},
		{"an unknown member", "POST", "api/question", `{"whom":""}`, []string{kind, asJSON, "Origin", "http://" + host}, 400},
	} {
		if got, text := b.send(c.method, c.path, c.body, c.headers...); got != c.want {
			t.Errorf("%s: %d %.80s, want %d", c.name, got, text, c.want)
		}
	}
}

func TestPageLoadsOnlyItsOwnFiles(t *testing.T) {
	t.Parallel()
	b, _ := openPage(t)
	answer, err := http.Get(b.url)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	policy := answer.Header.Get("Content-Security-Policy")
	for _, want := range []string{"default-src 'none'", "script-src 'self'", "connect-src 'self'", "frame-ancestors 'none'"} {
		if !strings.Contains(policy, want) {
			t.Errorf("the page's policy lacks %s: %s", want, policy)
		}
	}
}

// The story of the tour through the page's own interface: denied, requested,
// approved, allowed, expired, denied.
func TestPageStory(t *testing.T) {
	t.Parallel()
	b, _ := openPage(t)
	s := b.until("the bot is connected", func(s state) bool { return s.App.Runs && s.App.Connected })
	if s.Answer.Allowed || !strings.Contains(s.Answer.Why, "Both halves are missing") {
		t.Errorf("at first AWS says %+v", s.Answer)
	}

	if told := b.say("U0RITA", "C0BUILDS", "/s3share request my-shared-bucket-20932/builds read build/test.user 8h nightly build"); told.Error != "" {
		t.Fatal(told.Error)
	}
	s = b.until("there is a card", func(s state) bool { m, _ := find(s, "C0ADMIN", "approve"); return m.TS != "" })
	if len(s.Grants) != 1 || s.Grants[0].State != "pending" || s.Grants[0].Reason != "nightly build" {
		t.Errorf("the grants are %+v", s.Grants)
	}

	card, block := find(s, "C0ADMIN", "approve")
	if told := b.post("act", act{As: "U0ADA", Do: "press", Channel: "C0ADMIN", TS: card.TS, Block: block, Action: "approve"}); told.Error != "" {
		t.Fatal(told.Error)
	}
	s = b.until("it is active and Rita is told", func(s state) bool {
		return s.Answer.Allowed && s.Grants[0].State == "active" && strings.Contains(textsIn(s, "D0RITA"), "until")
	})
	if !s.Answer.Owner.Allowed || !s.Answer.Grantee.Allowed {
		t.Errorf("the halves are %+v", s.Answer)
	}
	id := s.Grants[0].ID
	var policy *change
	for _, a := range s.Accounts {
		for _, k := range a.Buckets {
			if k.Name == "my-shared-bucket-20932" {
				policy = k.Change
			}
		}
	}
	if policy == nil || policy.By != "bot" || policy.Before != "" || !strings.Contains(policy.After, "S3Share"+id) {
		t.Errorf("the last change of the policy is %+v", policy)
	}
	if g := s.Grants[0]; g.StartAt == 0 || g.ExpiresAt-g.StartAt > 8*3_600_000 || g.ExpiresAt-g.StartAt < 8*3_600_000-1000 {
		t.Errorf("it runs from %d to %d", g.StartAt, g.ExpiresAt)
	}

	b.post("clock", clockMove{Minutes: 480})
	s = b.until("it has ended and Rita is told", func(s state) bool {
		return s.Grants[0].State == "ended" && strings.Contains(textsIn(s, "D0RITA"), "ended")
	})
	if s.Answer.Allowed || s.Offset != 8*3_600_000 || s.Grants[0].Outcome != "expired" {
		t.Errorf("eight hours later, %d ms ahead: %+v, %+v", s.Offset, s.Answer, s.Grants[0])
	}
}

// The access check follows the grant that was requested or approved last. Between
// these events it stays with the reader's question.
func TestPageFollowsTheNewestGrant(t *testing.T) {
	t.Parallel()
	b, _ := openPage(t)
	b.until("the bot is connected", func(s state) bool { return s.App.Connected })
	asks := func(what string, want question) {
		t.Helper()
		b.until(what, func(s state) bool { return s.Question == want })
	}
	b.say("U0RITA", "C0BUILDS", "/s3share request two-keys-1/secrets read build/other.user 1h first")
	first := question{"build/other.user", "s3:GetObject", "two-keys-1", "secrets/key.txt"}
	asks("it follows a request", first)
	b.say("U0RITA", "C0BUILDS", "/s3share request my-shared-bucket-20932/new write build/role/deployer 1h second")
	second := question{"build/role/deployer", "s3:PutObject", "my-shared-bucket-20932", "new/a.txt"}
	asks("it follows the next one", second)
	b.post("question", first)
	asks("it stays with the reader's question", first)
	b.card(2, "deployer").press("U0ADA", "approve")
	asks("it follows an approval", second)
}

// A form shows errors beside its fields, and accepts valid values.
func TestPageForm(t *testing.T) {
	t.Parallel()
	b, _ := openPage(t)
	b.until("the bot is connected", func(s state) bool { return s.App.Connected })
	b.say("U0RITA", "C0BUILDS", "/s3share request my-shared-bucket-20932/builds read build/test.user 8h nightly build")
	s := b.until("there is a card", func(s state) bool { m, _ := find(s, "C0ADMIN", "deny"); return m.TS != "" })
	card, block := find(s, "C0ADMIN", "deny")
	b.post("act", act{As: "U0ADA", Do: "press", Channel: "C0ADMIN", TS: card.TS, Block: block, Action: "deny"})
	s = b.until("the form is open", func(s state) bool { return len(s.Views["U0ADA"]) == 1 })
	v := s.Views["U0ADA"][0]
	in := v.Blocks[len(v.Blocks)-1]
	field, action := in["block_id"].(string), in["element"].(map[string]any)["action_id"].(string)

	if told := b.post("act", act{As: "U0ADA", Do: "submit", View: v.ID, State: json.RawMessage(`{}`)}); told.FieldErrors[field] == "" {
		t.Errorf("an empty form: %+v, want an error beside %s", told, field)
	}
	filled, _ := json.Marshal(map[string]any{field: map[string]any{action: map[string]any{"type": "plain_text_input", "value": "no such build"}}})
	if told := b.post("act", act{As: "U0ADA", Do: "submit", View: v.ID, State: filled}); told.Error != "" {
		t.Errorf("a complete form: %+v", told)
	}
	b.until("Rita is told why", func(s state) bool {
		return len(s.Views["U0ADA"]) == 0 && strings.Contains(textsIn(s, "D0RITA"), "no such build")
	})
}

// The request form offers a newcomer the buckets of the story. The bot knows
// only the buckets that its rules name.
func TestPageFormOffersBuckets(t *testing.T) {
	t.Parallel()
	b, _ := openPage(t)
	b.until("the bot is connected", func(s state) bool { return s.App.Connected })
	b.say("U0RITA", "C0BUILDS", "/s3share")
	s := b.until("the form is open", func(s state) bool { return len(s.Views["U0RITA"]) == 1 })
	for typed, want := range map[string][]string{
		"":      {"my-shared-bucket-20932", "two-keys-1"},
		"my-sh": {"my-shared-bucket-20932"},
		"KEYS":  {"two-keys-1"},
	} {
		var got []string
		for _, o := range b.post("act", act{As: "U0RITA", Do: "look up", View: s.Views["U0RITA"][0].ID, Block: "bucket", Action: "bucket", Text: typed}).Options {
			got = append(got, o.Label)
		}
		for _, name := range want {
			if !slices.Contains(got, name) {
				t.Errorf("typing %q offers %q, want %s among them", typed, got, name)
			}
		}
	}
}

// A person who is not in a channel, or who acts on a hidden message, has no
// effect.
func TestPageRefusesImpossibleActs(t *testing.T) {
	t.Parallel()
	b, _ := openPage(t)
	b.until("the bot is connected", func(s state) bool { return s.App.Connected })
	origin := strings.TrimSuffix(b.url, "/")
	for _, c := range []struct {
		name string
		act  act
	}{
		{"a person outside the cast", act{As: "U0BOT", Do: "say", Channel: "C0BUILDS", Text: "hello"}},
		{"a channel that she is not in", act{As: "U0RITA", Do: "say", Channel: "C0ADMIN", Text: "hello"}},
		{"nothing to say", act{As: "U0RITA", Do: "say", Channel: "C0BUILDS", Text: "  "}},
		{"a message that is not there", act{As: "U0ADA", Do: "press", Channel: "C0ADMIN", TS: "1.1", Action: "approve"}},
		{"a form that is not open", act{As: "U0ADA", Do: "submit", View: "V0", State: json.RawMessage(`{}`)}},
		{"an unknown act", act{As: "U0ADA", Do: "fly"}},
	} {
		body, _ := json.Marshal(c.act)
		if status, text := b.send("POST", "api/act", string(body), "Content-Type", "application/json", "Origin", origin); status != 400 {
			t.Errorf("%s: %d %s", c.name, status, text)
		}
	}
	if told := b.say("U0RITA", "C0BUILDS", "/weather"); !strings.Contains(told.Error, "/weather is not a valid command") {
		t.Errorf("another command: %+v", told)
	}
	b.say("U0RITA", "C0BUILDS", "<@U0ADA> & co, @ada and @adam in #builds")
	b.until("what was typed is sent as Slack's client would", func(s state) bool {
		return strings.Contains(textsIn(s, "C0BUILDS"), "&lt;@U0ADA&gt; &amp; co, <@U0ADA> and @adam in <#C0BUILDS>")
	})
}

func TestPageLevers(t *testing.T) {
	t.Parallel()
	b, w := openPage(t)
	b.until("the bot is connected", func(s state) bool { return s.App.Connected })

	b.post("bot", botCommand{"kill"})
	b.until("the bot is dead", func(s state) bool { return !s.App.Runs && !s.App.Connected })
	if told := b.say("U0RITA", "C0BUILDS", "/s3share help"); told.Error == "" {
		t.Error("a command to a dead bot went through")
	}
	b.post("bot", botCommand{"start"})
	b.until("the bot is back", func(s state) bool { return s.App.Runs && s.App.Connected })

	for _, how := range []string{fails, loses, slow} {
		b.post("fault", disturbance{"aws", how})
		if how == fails {
			if told := b.say("U0RITA", "C0BUILDS", "/s3share request my-shared-bucket-20932/builds read build/test.user 8h while AWS is down"); told.Error != "" {
				t.Error(told.Error)
			}
			b.until("the request waits for AWS", func(s state) bool {
				return s.Levers["aws"] == fails && len(s.Grants) == 1 && s.Grants[0].State == "checking"
			})
		}
		b.until("AWS "+how, func(s state) bool { return s.Levers["aws"] == how })
	}
	b.post("fault", disturbance{"aws", works})
	b.post("fault", disturbance{"slack", fails})
	b.until("Slack is gone", func(s state) bool { return s.Levers["slack"] == fails && !s.App.Connected })
	if told := b.say("U0RITA", "C0BUILDS", "hello"); !strings.Contains(told.Error, "Slack is down") {
		t.Errorf("a message while Slack is down: %+v", told)
	}
	b.post("fault", disturbance{"slack", works})
	b.post("clock", clockMove{Minutes: 1}) // let the bot's backoff pass
	b.until("the card comes when both are back", func(s state) bool { m, _ := find(s, "C0ADMIN", "approve"); return m.TS != "" })

	if told := b.post("policy", policyEdit{"my-shared-bucket-20932", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow"}]}`}); told.Error == "" {
		t.Error("AWS took a policy without an action")
	}
	const theirs = `{"Version":"2012-10-17","Statement":[{"Sid":"Theirs","Effect":"Deny","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::my-shared-bucket-20932/secrets/*"}]}`
	if told := b.post("policy", policyEdit{"my-shared-bucket-20932", theirs}); told.Error != "" {
		t.Error(told.Error)
	}
	b.until("the edit is shown as manual", func(s state) bool {
		for _, a := range s.Accounts {
			for _, k := range a.Buckets {
				if k.Change != nil && k.Name == "my-shared-bucket-20932" {
					return k.Change.By == "hand" && strings.Contains(k.Change.After, "Theirs")
				}
			}
		}
		return false
	})
	if !strings.Contains(w.Owner().Policy("my-shared-bucket-20932"), "Theirs") {
		t.Error("the edit did not reach AWS")
	}
}

func TestWhoChanged(t *testing.T) {
	const (
		ours   = `{"Sid":"S3Share0123ABCD","Effect":"Allow"}`
		theirs = `{"Sid":"Theirs","Effect":"Deny"}`
		other  = `{"Effect":"Deny"}`
	)
	doc := func(statements ...string) string { return `{"Statement":[` + strings.Join(statements, ",") + `]}` }
	for _, c := range []struct{ name, before, after, want string }{
		{"the bot's first", "", doc(ours), "bot"},
		{"the bot's last", doc(ours), "", "bot"},
		{"bot adds beside a foreign statement", doc(theirs), doc(theirs, ours), "bot"},
		{"first foreign statement", "", doc(theirs), "hand"},
		{"foreign statement beside the bot's", doc(ours), doc(ours, theirs), "hand"},
		{"foreign statement replaced", doc(theirs), doc(other), "hand"},
	} {
		if got := whoChanged(c.before, c.after); got != c.want {
			t.Errorf("%s: by %s, want %s", c.name, got, c.want)
		}
	}
}

// The log may be read while the bot writes it, so a line may be incomplete.
func TestAuditLogIsReadAsItGrows(t *testing.T) {
	l := auditLog{path: filepath.Join(t.TempDir(), "audit.jsonl")}
	write := func(text string) {
		f, err := os.OpenFile(l.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if _, err := f.WriteString(text); err != nil {
			t.Fatal(err)
		}
	}
	l.read() // the file does not exist yet
	line := `{"entry":{"at":"2026-01-01T00:00:00Z","kind":"asked","grant":"AAAAAAAA","state":"checking","facts":{"reason":"why"}}}` + "\n"
	write(line[:40])
	l.read()
	if n := len(l.grants()); n != 0 {
		t.Errorf("half a line is %d grants", n)
	}
	write(line[40:] + strings.ReplaceAll(line, "AAAAAAAA", "BBBBBBBB"))
	l.read()
	if g := l.grants(); len(g) != 2 || g[0].ID != "BBBBBBBB" || g[1].Reason != "why" {
		t.Errorf("two lines are %+v", g)
	}
	if err := os.WriteFile(l.path, []byte(line), 0o600); err != nil { // a new, shorter log
		t.Fatal(err)
	}
	l.read()
	if n := len(l.grants()); n != 1 {
		t.Errorf("a log that became shorter is %d grants", n)
	}
}

// The page's commands and shortcuts match the app's manifest.
func TestPageMatchesManifest(t *testing.T) {
	text, err := os.ReadFile("../../../manifest.yml")
	if err != nil {
		t.Fatal(err)
	}
	var m struct {
		Features struct {
			AppHome struct {
				Home     bool `yaml:"home_tab_enabled"`
				ReadOnly bool `yaml:"messages_tab_read_only_enabled"`
			} `yaml:"app_home"`
			Commands []struct {
				Command, Description string
				Usage                string `yaml:"usage_hint"`
				Escape               bool   `yaml:"should_escape"`
			} `yaml:"slash_commands"`
			Shortcuts []struct {
				Name, Type string
				CallbackID string `yaml:"callback_id"`
			}
		}
	}
	if err := yaml.Unmarshal(text, &m); err != nil {
		t.Fatal(err)
	}
	if m.Features.AppHome.Home != hasHome {
		t.Errorf("the page has a Home tab: %v", hasHome)
	}
	if m.Features.AppHome.ReadOnly != readOnly {
		t.Errorf("people cannot write to the app: %v", readOnly)
	}
	c := m.Features.Commands
	if len(c) != 1 || c[0].Command != slashCommand.Name || c[0].Description != slashCommand.Description || c[0].Usage != slashCommand.Usage || !c[0].Escape {
		t.Errorf("the command is %+v, the page has %+v", c, slashCommand)
	}
	var listed []shortcut
	for _, s := range m.Features.Shortcuts {
		listed = append(listed, shortcut{s.Name, s.CallbackID, s.Type})
	}
	if !slices.Equal(listed, shortcuts) {
		t.Errorf("the shortcuts are %+v, the page has %+v", listed, shortcuts)
	}
}

// The page ends with its world and leaves no goroutine running.
func TestPageEnds(t *testing.T) {
	t.Parallel()
	w, err := world.New(world.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	url, err := newPage(w).open(context.Background(), 0)
	if err != nil {
		t.Fatal(err)
	}
	events, err := http.Get(url + "api/events")
	if err != nil {
		t.Fatal(err)
	}
	defer events.Body.Close()
	w.Close()
	over := make(chan error, 1)
	go func() {
		_, err := io.Copy(io.Discard, events.Body)
		over <- err
	}()
	select {
	case <-over:
	case <-time.After(world.Patience):
		t.Error("the events go on after the end")
	}
}
