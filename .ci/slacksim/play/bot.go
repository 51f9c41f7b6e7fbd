package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"github.com/goccy/go-yaml"

	"s3share/internal/app"
	"s3share/internal/config"
	"s3share/internal/sim/awssim"
	"s3share/internal/sim/slacksim"
)

const botConfig = `slack: { admin_channel: C0ADMIN }
approvers: { users: [U0ADA, U0BOB], groups: [S0PLATFORM] }
accounts:
  - { name: nonprod, id: "222222222222", region: us-east-1 }
  - { name: build, id: "111111111111", region: us-east-1, role: "arn:aws:iam::111111111111:role/s3share" }
rules:
  - { bucket: "fixtures-*", account: nonprod, levels: [read, write, full], max_term: 72h }
  - { bucket: "two-keys-*", account: nonprod, levels: [read], approvals: 2 }
sweep_every: 1s
listen: ""
`

// A tour runs the bot on both simulators and collects its messages.
type tour struct {
	w      *slacksim.Workspace
	passed atomic.Int64 // the clock's offset

	shortcuts []shortcut
}

type shortcut struct {
	CallbackID string `yaml:"callback_id"`
	Type       string `yaml:"type"` // global or message
}

func (t *tour) readShortcuts(manifest string) error {
	raw, err := os.ReadFile(manifest)
	if err != nil {
		return err
	}
	var m struct {
		Features struct {
			Shortcuts []shortcut `yaml:"shortcuts"`
		} `yaml:"features"`
	}
	err = yaml.Unmarshal(raw, &m)
	t.shortcuts = m.Features.Shortcuts
	return err
}

func (t *tour) now() time.Time { return time.Now().Add(time.Duration(t.passed.Load())) }

// playBot plays people who request access and press all buttons. It does not
// know the bot's words, so it covers new features too.
func playBot(ctx context.Context, out, manifest string) error {
	t := &tour{}
	if err := t.readShortcuts(manifest); err != nil {
		return err
	}
	t.w = company(slacksim.Config{Now: t.now, AckWithin: patience})
	slackURL, stop, err := serve(t.w)
	if err != nil {
		return err
	}
	defer stop()
	awsURL, stop, err := serve(accounts(t))
	if err != nil {
		return err
	}
	defer stop()
	os.Setenv("AWS_ENDPOINT_URL", awsURL)
	dir, err := os.MkdirTemp("", "s3share-play-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "s3share.yml")
	text := botConfig + fmt.Sprintf(
		"store: { bbolt: %q }\naudit: %q\n", filepath.Join(dir, "s3share.db"), filepath.Join(dir, "audit.jsonl"))
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		return err
	}
	c, err := config.Load(path)
	if err != nil {
		return err
	}
	file, err := os.Create(filepath.Join(out, "bot.log"))
	if err != nil {
		return err
	}
	defer file.Close()
	log := slog.New(slog.NewTextHandler(file, nil))
	ctx, quit := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() {
		ended <- app.Run(ctx, app.Options{
			Config: c, BotToken: "xoxb-bot", AppToken: "xapp-app", SlackURL: slackURL + "/api/", Now: t.now, Log: log})
	}()
	t.play(ctx)
	quit()
	if err := <-ended; err != nil {
		return err
	}
	return t.collect(out)
}

// accounts creates two accounts, with a role in one that has the bot's
// permissions.
func accounts(t *tour) *awssim.World {
	world := awssim.New(awssim.Config{Now: t.now})
	build, nonprod := world.Account("111111111111", "build"), world.Account("222222222222", "nonprod")
	bot := nonprod.User("s3share-bot")
	nonprod.UserPolicy("s3share-bot", "all",
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`)
	build.Role("s3share", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow",`+
		`"Principal":{"AWS":"`+bot+`"},"Action":"sts:AssumeRole"}]}`,
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:*","Resource":"*"}]}`)
	build.User("test.user")
	half := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}`
	build.Group("/s3share/", "s3share", half)
	build.ManagedPolicy("/s3share/", "s3share", half)
	for _, bucket := range []string{"fixtures-1", "two-keys-1"} {
		nonprod.Bucket(bucket, awssim.BucketOptions{})
	}
	key, secret := nonprod.AccessKey("s3share-bot")
	for name, value := range map[string]string{
		"AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": secret, "AWS_REGION": "us-east-1",
		"AWS_EC2_METADATA_DISABLED": "true",
		"AWS_CONFIG_FILE":           os.DevNull, "AWS_SHARED_CREDENTIALS_FILE": os.DevNull,
	} {
		os.Setenv(name, value)
	}
	return world
}

// play sends different requests. After each, and as time passes, people press
// the buttons they see.
func (t *tour) play(ctx context.Context) {
	t.until(ctx, func() bool { return len(t.w.Conns()) > 0 })
	for _, text := range []string{
		"", "help", "list", "nonsense", "request", "request prod-1 read build/test.user 2h because",
		"request fixtures-1/a read build/test.user 2h nightly <build> & `more`",
		"request fixtures-1/b write build/test.user 3h because",
		"request fixtures-1 full build/test.user 2h because", "request two-keys-1/c read build/test.user 2h because",
		"request fixtures-1/d read build/test.user 1h because", "list all",
	} {
		t.w.As("U0RITA").Slash(ctx, "C0ADMIN", "/s3share", text)
		t.settle(ctx)
	}
	for _, s := range t.shortcuts {
		if s.Type == "global" {
			t.w.As("U0RITA").Shortcut(ctx, s.CallbackID)
		} else {
			t.w.As("U0RITA").MessageShortcut(ctx, t.w.Messages("C0ADMIN")[0], s.CallbackID)
		}
		t.dialogue(ctx, "U0RITA")
	}
	pressed := map[string]int{}
	for _, pause := range []time.Duration{0, 0, 0, 50 * time.Minute, 55 * time.Minute, 10 * time.Hour, 100 * time.Hour} {
		t.passed.Add(int64(pause))
		t.settle(ctx)
		for _, who := range []string{"U0ADA", "U0BOB", "U0RITA"} {
			t.w.As(who).Slash(ctx, "C0ADMIN", "/s3share", "")
			t.dialogue(ctx, who)
			t.w.As(who).OpenHome(ctx)
			t.settle(ctx)
			if h := t.w.Home(who); h != nil {
				t.press(ctx, who, *h, h.Buttons(), pressed)
			}
			for _, m := range t.visible(who) {
				t.press(ctx, who, m, m.Buttons(), pressed)
			}
		}
	}
}

// visible returns the messages that a person sees: in the channel, in direct
// messages, and ephemerals.
func (t *tour) visible(who string) []slacksim.Message {
	out := append(t.w.Messages("C0ADMIN"), t.w.DMs(who)...)
	return append(out, t.w.Ephemerals(who)...)
}

// press presses each button once, and each label at most three times, so that
// each kind of button is used on some grant.
func (t *tour) press(ctx context.Context, who string, on slacksim.Surface, buttons []slacksim.Button,
	pressed map[string]int) {
	for _, b := range buttons {
		once := b.ActionID + " " + b.Value
		if pressed[once] > 0 || pressed[b.Label] > 2 {
			continue
		}
		pressed[once]++
		pressed[b.Label]++
		t.w.As(who).Act(ctx, on, b.BlockID, b.ActionID, nil)
		t.dialogue(ctx, who)
		return // the other buttons may have disappeared
	}
}

// dialogue fills in the open form, submits it, and closes it if it is still
// open.
func (t *tour) dialogue(ctx context.Context, who string) {
	t.settle(ctx)
	v := t.w.View(who)
	if v == nil {
		return
	}
	state := map[string]map[string]map[string]any{}
	for _, b := range v.Blocks {
		e, _ := b["element"].(map[string]any)
		block, _ := b["block_id"].(string)
		action, _ := e["action_id"].(string)
		if with := t.answer(ctx, who, *v, e, block, action); with != nil {
			state[block] = map[string]map[string]any{action: with}
		}
	}
	t.w.As(who).SubmitState(ctx, *v, state)
	t.settle(ctx)
	for v := t.w.View(who); v != nil; v = t.w.View(who) {
		t.w.As(who).Close(ctx, *v)
	}
}

// answer returns a plausible value for a field: the first option that the field
// offers.
func (t *tour) answer(ctx context.Context, who string, v slacksim.View, e map[string]any, block,
	action string) map[string]any {
	first := func(x any) any {
		if list, ok := x.([]any); ok && len(list) > 0 {
			return list[0]
		}
		return nil
	}
	switch e["type"] {
	case "plain_text_input":
		return map[string]any{"value": "because of the release"}
	case "static_select", "radio_buttons":
		return map[string]any{"selected_option": first(e["options"])}
	case "checkboxes":
		return map[string]any{"selected_options": []any{first(e["options"])}}
	case "external_select":
		for _, query := range []string{"", "fix", "test"} {
			if offered, _ := t.w.As(who).Suggest(ctx, v, block, action, query); len(offered) > 0 {
				return map[string]any{"selected_option": map[string]any{"value": offered[0].Value}}
			}
		}
	case "users_select":
		return map[string]any{"selected_user": "U0BOB"}
	case "datepicker":
		return map[string]any{"selected_date": t.now().AddDate(0, 0, 1).Format(time.DateOnly)}
	case "timepicker":
		return map[string]any{"selected_time": "09:00"}
	case "datetimepicker":
		return map[string]any{"selected_date_time": t.now().Add(24 * time.Hour).Unix()}
	}
	return nil
}

// settle waits until the bot sends no more messages for a moment. If a busy
// machine is too slow, the counts below are too low.
func (t *tour) settle(ctx context.Context) {
	for quiet, calls := 0, -1; quiet < 4 && ctx.Err() == nil; {
		time.Sleep(60 * time.Millisecond)
		if n := len(t.w.Calls()); n != calls {
			quiet, calls = 0, n
			continue
		}
		quiet++
	}
}

func (t *tour) until(ctx context.Context, cond func() bool) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	_ = t.w.Wait(ctx, cond) // a failure shows in the counts
}

type posted struct {
	Kind   string `json:"kind"` // message, modal or home
	Method string `json:"method"`
	Value  any    `json:"value"`
}

// collect writes each different message of the bot once. It reports refusals,
// and counts that are too low to be useful.
func (t *tour) collect(out string) error {
	var all []posted
	seen := map[string]bool{}
	counts := map[string]int{}
	for _, c := range t.w.Calls() {
		p := posted{Method: c.Method}
		switch {
		case c.Args["view"] != nil:
			p.Value = decoded(c.Args["view"])
			v, _ := p.Value.(map[string]any)
			p.Kind, _ = v["type"].(string)
		case c.Args["blocks"] != nil:
			p.Kind, p.Value = "message", decoded(c.Args["blocks"])
		default:
			continue
		}
		counts[p.Kind]++
		key, _ := json.Marshal(p.Value)
		if !seen[string(key)] {
			seen[string(key)] = true
			all = append(all, p)
		}
	}
	s := &tally{}
	s.check(counts["message"] >= 15 && counts["modal"] >= 1, "the bot sent only %v", counts)
	s.check(len(t.w.Unmodelled()) == 0, "it called unmodelled methods: %v", t.w.Unmodelled())
	for _, r := range t.w.Rejected() {
		s.check(!strings.HasPrefix(r.Error, "invalid_"), "refused: %+v", r)
	}
	if err := s.err(); err != nil {
		return err
	}
	return write(out, "bot.json", all)
}

// decoded decodes an argument that may be a string of JSON.
func decoded(x any) any {
	if s, ok := x.(string); ok {
		var v any
		if json.Unmarshal([]byte(s), &v) == nil {
			return v
		}
	}
	return x
}
