// Package script plays the sandbox's scripts: lines that act as people, as
// administrators of AWS and as time, and lines that check the result.
//
// engine.go runs lines, syntax.go reads them and help.go lists them. People act in
// cmd_people.go, raw.go, forms.go and person.go. cmd_assert.go checks what screen.go finds
// in Slack, and reach.go how far a world is. The other verbs are in cmd_aws.go,
// cmd_policy.go, cmd_clock.go, cmd_bot.go and faults.go. print.go prints the messages that
// people get. hooks.go runs lines at a call of the bot, and invariants.go checks conditions
// after each call. recorder.go writes acts down as lines, in the words of wording.go.
package script

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/agnivade/levenshtein"

	"s3share/cmd/sandbox/world"
	"s3share/internal/sim/slacksim"
)

// A Player plays lines of scripts in one world.
type Player struct {
	// Answers makes `can` answer a question instead of asserting: a person types
	// at a prompt.
	Answers bool

	world      *world.World
	verbs      map[string]verb
	people     people
	invariants *invariants
	printer    printer
}

// New returns a player for a world.
func New(w *world.World) *Player {
	screen := screen{w.Slack}
	p := &Player{
		world:      w,
		people:     people{w, screen, map[string]slacksim.Message{}},
		invariants: &invariants{aws: w.AWS},
		printer:    printer{screen, map[string]string{}},
	}
	p.verbs = p.table(screen)
	w.Calls.AfterEachOfAWS(func() { p.invariants.check() }) //nolint:errcheck // the next line reports the violation
	return p
}

// table maps the first word of a line to its verb. The names of people are not
// in it.
func (p *Player) table(screen screen) map[string]verb {
	aws := accounts{p.world, screen, map[string]string{}}
	bot := operator{p.world, screen}
	clock := clock{p.world.Clock, screen}
	faults := &faults{w: p.world}
	hooks := &hooks{w: p.world, run: p.Run}
	return map[string]verb{
		"help": func(_ context.Context, s step) error { _, err := fmt.Fprint(s.out, help); return err },

		"within": p.within, "either": p.either, "always": p.invariants.always,
		"before": hooks.before, "after": hooks.after, "happens": hooks.happens,

		"shows": screen.shows, "offers": screen.offers, "pings": screen.pings, "home": screen.home, "file": screen.file,
		"count": screen.count, "told": screen.told,
		"forge": p.people.forge, "redeliver": p.people.redeliver,

		"can": aws.can, "holds": aws.holds, "attached": aws.attached, "calls": aws.calls, "sweeps": aws.sweeps,
		"reaches": aws.reaches,
		"bucket":  aws.bucket, "user": aws.user, "role": aws.role,
		"policy": aws.policy, "has": aws.has, "fill": aws.fill, "add": aws.add, "adopt": aws.adopt,
		"remember": aws.remember, "same": aws.same,

		"aws": faults.aws, "slack": faults.slack,
		"clock": clock.move, "botclock": clock.moveBot,
		"start": bot.start, "stop": bot.stop, "restart": bot.restart, "kill": bot.kill,
		"store": bot.store, "audit": bot.audit,
	}
}

// Play plays a script and stops at the first failed line.
func (p *Player) Play(ctx context.Context, script string, out io.Writer) error {
	for n, line := range strings.Split(script, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "each ") || strings.HasPrefix(line, "with ") {
			continue
		}
		fmt.Fprintln(out, "> "+line)
		if err := p.Do(ctx, line, out); err != nil {
			return fmt.Errorf("line %d: %s: %w", n+1, line, err)
		}
	}
	return nil
}

// Do runs one line and prints the messages that people get meanwhile.
func (p *Player) Do(ctx context.Context, line string, out io.Writer) error {
	defer p.printer.print(out)
	does := p.run
	if rest, ok := strings.CutPrefix(line, "repeat "); ok {
		line, does = rest, p.repeat
	}
	if err := does(ctx, line, out); err != nil {
		return err
	}
	return p.invariants.check()
}

// Run runs one line and prints nothing.
func (p *Player) Run(ctx context.Context, line string) error { return p.run(ctx, line, io.Discard) }

func (p *Player) run(ctx context.Context, line string, out io.Writer) (err error) {
	defer caught(&err)
	line = strings.TrimSpace(line)
	if line == "" || strings.HasPrefix(line, "#") {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, p.world.Patience)
	defer cancel()
	s := step{wanted: true, answers: p.Answers, out: out}
	if rest, not := strings.CutPrefix(line, "!"); not {
		s.wanted, line = false, strings.TrimSpace(rest)
	}
	if line, err = withIDs(p.world, line); err != nil {
		return err
	}
	line = expand(line)
	word, rest, _ := strings.Cut(line, " ")
	s.rest = strings.TrimSpace(rest)
	if verb, ok := p.verbs[strings.ToLower(word)]; ok {
		err = verb(ctx, s)
	} else {
		err = p.people.act(ctx, line)
	}
	if unknown, ok := errors.AsType[unknownWord](err); ok {
		return p.nearest(string(unknown))
	}
	return err
}

// caught converts a panic of the simulator about a missing entity into an
// error.
func caught(err *error) {
	if p := recover(); p != nil {
		*err = errors.New(strings.TrimPrefix(fmt.Sprint(p), "awssim: "))
	}
}

// nearest returns an error for an unknown word, with the closest known word.
func (p *Player) nearest(word string) error {
	best, distance := "", 1+len(word)/3
	for _, known := range append(slices.Sorted(maps.Keys(p.verbs)), world.Names()...) {
		if d := levenshtein.ComputeDistance(strings.ToLower(word), known); d < distance {
			best, distance = known, d
		}
	}
	switch {
	case strings.HasPrefix(word, "/"):
		return fmt.Errorf("name the person who types it, like `rita %s …`", word)
	case best != "":
		return fmt.Errorf("%q is not a step or a person. Did you mean %s? `help` lists all steps", word, best)
	}
	return unknownWord(word)
}

func (p *Player) repeat(ctx context.Context, rest string, out io.Writer) error {
	span, line, _ := strings.Cut(rest, " ")
	low, high, _ := strings.Cut(span, "-")
	from, err1 := strconv.Atoi(low)
	to, err2 := strconv.Atoi(high)
	if err1 != nil || err2 != nil {
		return errors.New("usage: repeat 1-30 …, with {n} where the number goes")
	}
	for n := from; n <= to; n++ {
		if err := p.run(ctx, strings.ReplaceAll(line, "{n}", strconv.Itoa(n)), out); err != nil {
			return fmt.Errorf("with %d: %w", n, err)
		}
	}
	return nil
}

// within moves the clock forward until a line holds.
func (p *Player) within(ctx context.Context, s step) error {
	limit, line, _ := strings.Cut(s.rest, " ")
	left, err := time.ParseDuration(limit)
	if err != nil {
		return errors.New("usage: within 10m shows …")
	}
	const stride = 20 * time.Second
	for {
		if err = p.briefly(ctx, line, s); err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return err
		}
		if left -= stride; left < 0 { // the time is up by the bot's clock; a slow machine may still need real time
			return p.run(ctx, line, s.out)
		}
		p.world.Clock.Move(stride)
	}
}

// either waits until all lines of one of several lists hold. A race may have
// several valid outcomes, but not a mixture of them.
//
//	either shows rita 'Extended' and can … | shows rita 'has ended' and ! can …
func (p *Player) either(ctx context.Context, s step) error {
	var last error
	for {
		for list := range strings.SplitSeq(s.rest, " | ") {
			last = nil
			for line := range strings.SplitSeq(list, " and ") {
				if last = p.briefly(ctx, line, s); last != nil {
					break
				}
			}
			if last == nil {
				return nil
			}
		}
		if ctx.Err() != nil {
			return last
		}
	}
}

// briefly runs a line that has about one second to become true.
func (p *Player) briefly(ctx context.Context, line string, s step) error {
	once, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	return p.run(once, line, s.out)
}
