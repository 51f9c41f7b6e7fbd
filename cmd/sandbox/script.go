package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"syscall"
	"time"

	"s3share/internal/sim/awssim"
	"s3share/internal/sim/slacksim"
)

const commandsHelp = `  rita /s3share …            somebody types a command (rita, ada, bob, eve)
  ada press Approve          presses a button of the newest message that has it
  ada deny because …         presses Deny… and gives a reason
  can WHO ACTION BUCKET/KEY  asks AWS, as in: can build/test.user s3:GetObject my-shared-bucket-20932/builds/a.txt
  shows PLACE 'text'         waits until rita, or #s3-admins, is shown a text
  clock +2h                  moves the clock
  aws fail OP CODE           makes AWS refuse, as in: aws fail PutBucketPolicy ServiceUnavailable
  aws lose OP                makes AWS do it and lose the reply, once
  aws heal                   ends that
  slack down, slack up
  policy BUCKET [TEXT]       shows a bucket's policy, or writes it by hand
  has BUCKET TEXT            waits until a bucket's policy has a text in it
  holds build                waits until the group of the build account has a member
  user delete NAME           deletes a user of the build account
  kill, stop, start          the bot
A ! in front says that it should not be so.
`

// play plays a script, and stops at the first thing that is not as it says.
func (w *world) play(ctx context.Context, script string, out io.Writer) error {
	for n, line := range strings.Split(script, "\n") {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		fmt.Fprintln(out, "> "+line)
		if err := w.do(ctx, line, out); err != nil {
			return fmt.Errorf("line %d: %s: %w", n+1, line, err)
		}
	}
	return nil
}

// patience is how long something may take to come true, in real time.
const patience = 20 * time.Second

// do does one line.
func (w *world) do(ctx context.Context, line string, out io.Writer) error {
	if line == "" || strings.HasPrefix(line, "#") {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	defer w.print(out)
	wanted := true
	if rest, not := strings.CutPrefix(line, "!"); not {
		wanted, line = false, strings.TrimSpace(rest)
	}
	word, rest, _ := strings.Cut(line, " ")
	rest = strings.TrimSpace(rest)
	switch word {
	case "help":
		fmt.Fprint(out, commandsHelp)
		return nil
	case "can":
		return w.can(ctx, wanted, rest, out)
	case "shows":
		return w.shows(ctx, wanted, rest)
	case "clock":
		return w.moveClock(rest)
	case "aws":
		return w.disturb(rest)
	case "slack":
		w.slack.Down(rest == "down")
		return nil
	case "policy":
		return w.policy(rest, out)
	case "has":
		bucket, text, _ := strings.Cut(rest, " ")
		return w.until(ctx, func() (bool, string) {
			policy := w.aws.Account("222222222222", "nonprod").Policy(bucket)
			return strings.Contains(policy, text) == wanted, policy
		})
	case "holds":
		return w.until(ctx, func() (bool, string) {
			members := w.aws.Account("111111111111", "build").Members("s3share")
			return (len(members) > 0) == wanted, fmt.Sprint("the group has ", members)
		})
	case "user":
		w.aws.Account("111111111111", "build").DeleteUser(strings.TrimPrefix(rest, "delete "))
		return nil
	case "kill":
		w.kill()
		return nil
	case "stop":
		w.end(syscall.SIGTERM)
		return nil
	case "start":
		return w.start()
	}
	return w.person(ctx, word, rest)
}

var ids = map[string]string{"rita": "U0RITA", "ada": "U0ADA", "bob": "U0BOB", "eve": "U0EVE"}

func (w *world) person(ctx context.Context, name, does string) error {
	id, known := ids[name]
	if !known {
		return fmt.Errorf("there is no %q here; `help` lists what you can type", name)
	}
	who := w.slack.As(id)
	if err := w.slack.Wait(ctx, func() bool { return len(w.slack.Conns()) > 0 }); err != nil {
		return fmt.Errorf("the bot is not connected: %w", err)
	}
	verb, rest, _ := strings.Cut(does, " ")
	switch {
	case strings.HasPrefix(verb, "/"):
		return problem(who.Slash(ctx, "C0BUILDS", verb, rest))
	case verb == "press":
		m, err := w.withButton(ctx, id, rest)
		if err != nil {
			return err
		}
		return problem(who.Press(ctx, m, rest))
	case verb == "deny":
		m, err := w.withButton(ctx, id, "Deny…")
		if err != nil {
			return err
		}
		if err := problem(who.Press(ctx, m, "Deny…")); err != nil {
			return err
		}
		if err := w.slack.Wait(ctx, func() bool { return w.slack.View(id) != nil }); err != nil {
			return err
		}
		return problem(who.Submit(ctx, *w.slack.View(id), map[string]string{"why": rest}))
	}
	return fmt.Errorf("%s cannot %q; `help` lists what you can type", name, verb)
}

func problem(d slacksim.Delivery) error {
	if d.Error != "" {
		return fmt.Errorf("the person is told by Slack: %s", d.Error)
	}
	return nil
}

// withButton waits for the newest message that has a button and that a person sees.
func (w *world) withButton(ctx context.Context, user, label string) (found slacksim.Message, err error) {
	err = w.slack.Wait(ctx, func() bool {
		for _, m := range slices.Concat(w.slack.Messages("C0ADMIN"), w.slack.DMs(user)) {
			if _, has := m.Button(label); has {
				found = m
			}
		}
		return found.TS != ""
	})
	return found, err
}

// can waits until AWS decides as wanted.
func (w *world) can(ctx context.Context, wanted bool, rest string, out io.Writer) error {
	f := strings.Fields(rest)
	if len(f) != 3 {
		return fmt.Errorf("it is: can WHO ACTION BUCKET/KEY")
	}
	bucket, key, _ := strings.Cut(f[2], "/")
	return w.until(ctx, func() (bool, string) {
		d := w.aws.Can(f[0], f[1], bucket, key)
		if d.Allowed == wanted {
			fmt.Fprintln(out, "  "+d.Why)
		}
		return d.Allowed == wanted, d.Why
	})
}

// until waits until something in AWS is as wanted.
func (w *world) until(ctx context.Context, holds func() (bool, string)) error {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		ok, why := holds()
		if ok {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("AWS says otherwise: %s", why)
		case <-tick.C:
		}
	}
}

// shows waits until a place shows a text, or makes sure that it does not now.
func (w *world) shows(ctx context.Context, wanted bool, rest string) error {
	place, text, _ := strings.Cut(rest, " ")
	text = strings.Trim(text, "'\"")
	seen := func() bool {
		return slices.ContainsFunc(w.seenIn(place), func(m slacksim.Message) bool { return strings.Contains(m.Text+"\n"+m.Plain(), text) })
	}
	if !wanted {
		if seen() {
			return fmt.Errorf("%s is shown %q", place, text)
		}
		return nil
	}
	return w.slack.Wait(ctx, seen)
}

func (w *world) seenIn(place string) []slacksim.Message {
	if place == "#s3-admins" {
		return w.slack.Messages("C0ADMIN")
	}
	return slices.Concat(w.slack.DMs(ids[place]), w.slack.Ephemerals(ids[place]))
}

func (w *world) moveClock(by string) error {
	d, err := time.ParseDuration(strings.TrimPrefix(by, "+"))
	if err != nil {
		return err
	}
	w.mu.Lock()
	w.offset += d
	w.mu.Unlock()
	return w.tellTime()
}

func (w *world) disturb(rest string) error {
	f := strings.Fields(rest)
	switch {
	case len(f) == 1 && f[0] == "heal":
		w.aws.Heal("*")
		return nil
	case len(f) == 3 && f[0] == "fail":
		w.aws.Fault(f[1], awssim.Fault{Refuse: f[2]})
		return nil
	case len(f) == 2 && f[0] == "lose":
		w.aws.Fault(f[1], awssim.Fault{LoseReply: true, Times: 1})
		return nil
	}
	return fmt.Errorf("it is: aws fail OP CODE, aws lose OP, or aws heal")
}

func (w *world) policy(rest string, out io.Writer) error {
	bucket, text, write := strings.Cut(rest, " ")
	owner := w.aws.Account("222222222222", "nonprod")
	if write {
		return owner.SetPolicy(bucket, text)
	}
	fmt.Fprintln(out, "  "+owner.Policy(bucket))
	return nil
}

// print prints what people have been shown since the last time.
func (w *world) print(out io.Writer) {
	for _, place := range []string{"#s3-admins", "rita", "ada", "bob", "eve"} {
		for _, m := range w.seenIn(place) {
			if key := place + m.Channel + m.TS; !w.shown[key] {
				w.shown[key] = true
				fmt.Fprintf(out, "  [%s] %s\n", place, strings.ReplaceAll(m.Text, "\n", "\n    "))
			}
		}
	}
}
