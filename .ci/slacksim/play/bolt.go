package main

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"s3share/internal/sim/slacksim"
)

// patience is the longest wait for the app.
const patience = 60 * time.Second

// A stage is the app on slacksim, and its people.
type stage struct {
	*tally
	w    *slacksim.Workspace
	rita slacksim.Person
	ada  slacksim.Person
	gus  slacksim.Person
}

// playBolt starts the app on its own workspace and plays all scenes. The ack
// deadline is long, so that a busy machine does not fail the test.
func playBolt(ctx context.Context, out string, command []string) error {
	w := company(slacksim.Config{AckWithin: patience, BotName: "ask"})
	url, stop, err := serve(w)
	if err != nil {
		return err
	}
	defer stop()
	app := onSlack(ctx, url, command)
	var said lockedBuffer
	app.Stdout, app.Stderr = &said, &said
	quit, err := app.StdinPipe()
	if err != nil {
		return err
	}
	if err := app.Start(); err != nil {
		return err
	}
	s := &stage{tally: &tally{}, w: w, rita: w.As("U0RITA"), ada: w.As("U0ADA"), gus: w.As("U0GUS")}
	s.play(ctx)
	quit.Close()
	s.check(app.Wait() == nil, "the app did not end well")
	s.check(!strings.Contains(said.String(), "app:"), "the app complained")
	if err := s.err(); err != nil {
		return fmt.Errorf("%w\nthe app said:\n%s", err, said.String())
	}
	return write(out, "bolt.json", map[string]any{"deliveries": deliveries(w), "answers": answers(w)})
}

type sent struct {
	Envelope string         `json:"envelope"`
	Payload  map[string]any `json:"payload"`
}

func deliveries(w *slacksim.Workspace) (out []sent) {
	for _, d := range w.Deliveries() {
		out = append(out, sent{d.Type, d.Payload})
	}
	return out
}

type answer struct {
	Method string         `json:"method"`
	Answer map[string]any `json:"answer"`
}

func answers(w *slacksim.Workspace) (out []answer) {
	for _, c := range w.Calls() {
		if c.Answer != nil {
			c.Answer["ok"] = true
			out = append(out, answer{c.Method, c.Answer})
		}
	}
	return out
}

func (s *stage) play(ctx context.Context) {
	s.until(ctx, "the app is connected", func() bool { return len(s.w.Conns()) == 1 })
	for _, scene := range []func(context.Context){
		s.commandToHome, s.everyElement, s.shortcuts, s.closing, s.refusals, s.export, s.methods, s.refresh, s.rateLimit,
	} {
		if len(s.wrong) == 0 {
			scene(ctx)
		}
	}
	s.check(len(s.w.Unmodelled()) == 0, "the app called unmodelled methods: %v", s.w.Unmodelled())
}

// until waits for an effect of the app.
func (s *stage) until(ctx context.Context, what string, cond func() bool) {
	if len(s.wrong) > 0 {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	s.check(s.w.Wait(ctx, cond) == nil, "it never happened that %s; refused so far: %+v", what, s.w.Rejected())
}

// went checks that a person's act succeeded and that the app acked it.
func (s *stage) went(what string, d slacksim.Delivery) slacksim.Delivery {
	s.check(d.Error == "" && d.Acked, "%s: sees %q, acked %v", what, d.Error, d.Acked)
	return d
}

// shown waits until a form is topmost and returns it.
func (s *stage) shown(ctx context.Context, who, callback string) slacksim.View {
	s.until(ctx, who+" sees the form "+callback, func() bool {
		v := s.w.View(who)
		return v != nil && v.CallbackID == callback
	})
	if v := s.w.View(who); v != nil {
		return *v
	}
	return slacksim.View{}
}

// whispered waits until a person has an ephemeral with this text, and dismisses
// it.
func (s *stage) whispered(ctx context.Context, who, text string) {
	find := func() *slacksim.Message {
		for _, m := range s.w.Ephemerals(who) {
			if strings.Contains(m.Text, text) {
				return &m
			}
		}
		return nil
	}
	s.until(ctx, who+" is shown "+text, func() bool { return find() != nil })
	if m := find(); m != nil {
		s.w.Dismiss(*m)
	}
}

// A lockedBuffer collects the app's output and can be read at the same time.
type lockedBuffer struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
