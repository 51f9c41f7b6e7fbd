package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"s3share/cmd/sandbox/world"
)

// A size is the growth with a number of stored grants: medians of the starts.
type size struct {
	Grants     int
	Ready      float64 // seconds from the start of the process until /readyz
	Anon       float64 // MB of Rest that no file backs
	Rest, Peak float64 // MB resident: 20 s after the start, and the most until then
	Sweep      float64 // seconds of the first sweep, over the open grants
	List       float64 // seconds from `list all` to its answer
	StoreBytes float64 // of each stored grant
	LogBytes   float64
}

// open is the number of active grants beside the ended ones.
const open = 100

// A growing company has a bot whose store is filled while it is stopped.
type growing struct {
	conditions
	subject
	dir, base, ready string
	w                *world.World
	d                *door
	p                *process
	next             int // the number of the next envelope
	posted           chan card
	cards            []card
}

// grow fills a store with ended grants beside 100 active ones, and measures
// starts of the bot at each size.
func (c conditions) grow(ctx context.Context, s subject, sizes string, rounds int) (all []size, err error) {
	g := &growing{conditions: c, subject: s, d: newDoor(1000)}
	if g.dir, err = os.MkdirTemp(c.Dir, "grow-"); err != nil {
		return nil, err
	}
	defer os.RemoveAll(g.dir)
	if err := g.found(ctx); err != nil {
		return nil, err
	}
	defer g.w.Close()
	var empty size
	for text := range strings.SplitSeq(sizes, ",") {
		n, err := strconv.Atoi(text)
		if err != nil {
			return nil, err
		}
		began := time.Now()
		if err := fill(ctx, g.w.StorePath(), n); err != nil {
			return nil, fmt.Errorf("filling the store: %w", err)
		}
		fmt.Printf("%d grants: filled in %s\n", n, time.Since(began).Round(time.Second))
		z, err := g.size(ctx, n, rounds)
		if err != nil {
			return nil, fmt.Errorf("%w\n%s", err, tail(filepath.Join(g.dir, "program.log")))
		}
		if len(all) == 0 {
			empty = z
		}
		if n > empty.Grants {
			z.StoreBytes = (z.StoreBytes - empty.StoreBytes) / float64(n-empty.Grants)
			z.LogBytes = (z.LogBytes - empty.LogBytes) / float64(n-empty.Grants)
		}
		all = append(all, z)
		fmt.Printf("%d grants: ready %.0f ms, RSS %.0f (most %.0f) MB, sweep %.0f ms, list %.1f ms, %.0f B of the store and "+
			"%.0f B of the log each  load %s\n", n, z.Ready*1000, z.Rest, z.Peak, z.Sweep*1000, z.List*1000, z.StoreBytes,
			z.LogBytes, loadAverage())
	}
	return all, nil
}

// create creates the company, whose bot answers health checks.
func (g *growing) create() (err error) {
	if g.w, err = world.New(world.Options{Dir: g.dir, Around: g.d.around}); err != nil {
		return err
	}
	if err := populate(g.w, g.dir, g.RateLimits); err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	g.ready = "http://" + l.Addr().String() + "/readyz"
	l.Close()
	config, err := os.ReadFile(filepath.Join(g.dir, "s3share.yml"))
	if err != nil {
		return err
	}
	text := strings.Replace(string(config), `listen: ""`, "listen: "+l.Addr().String(), 1)
	if err := os.WriteFile(filepath.Join(g.dir, "s3share.yml"), []byte(text), 0o600); err != nil {
		return err
	}
	g.base = strings.TrimSuffix(g.w.URLs()["slack"], "/api/")
	began := time.Now()
	g.d.clock, g.d.acked = func() time.Duration { return time.Since(began) }, func(int) {}
	g.posted = make(chan card, open+1)
	g.d.posts = func(c card) {
		select {
		case g.posted <- c:
		default: // a card that nobody waits for
		}
	}
	return nil
}

// found creates the company, with active grants and a grant that has ended.
func (g *growing) found(ctx context.Context) (err error) {
	if err := g.create(); err != nil {
		return err
	}
	if _, err := g.start(ctx); err != nil {
		return err
	}
	defer g.stop()
	var first string
	for n := range open + 1 {
		id, err := g.request(ctx, n, requestText(n))
		if err != nil {
			return err
		}
		if n == 0 {
			first = id
		}
	}
	if err := g.approve(ctx); err != nil {
		return err
	}
	_, err = g.ask(ctx, person(0), "end "+first+" done")
	g.quiet(ctx)
	return err
}

// request sends a request, and waits for its card, because cards that wait
// together are gathered into one message.
func (g *growing) request(ctx context.Context, who int, text string) (id string, err error) {
	answer, err := g.ask(ctx, person(who), text)
	if err != nil {
		return "", err
	}
	select {
	case c := <-g.posted:
		g.cards = append(g.cards, c)
	case <-time.After(20 * time.Second):
		return "", fmt.Errorf("%q has no card", text)
	}
	return strings.Trim(requestID.FindString(answer), "`"), nil
}

// approve presses Approve on all cards at once, and waits until AWS has the grants.
func (g *growing) approve(ctx context.Context) error {
	for n, c := range g.cards {
		if err := g.d.deliver(n, c.clickFrame(g.base, 1_000_000+n, "U0ADA")); err != nil {
			return err
		}
	}
	g.quiet(ctx)
	return ctx.Err()
}

// size measures the starts with n stored grants.
func (g *growing) size(ctx context.Context, n, rounds int) (z size, err error) {
	if _, err := g.start(ctx); err != nil { // writes the audit log of the new grants
		return z, err
	}
	g.settle(ctx)
	g.stop()
	z.Grants = n
	var ready, rest, anon, peak, sweep, list []float64
	for range rounds {
		calls := len(g.w.AWS.Calls())
		took, err := g.start(ctx)
		if err != nil {
			return z, err
		}
		ready = append(ready, took.Seconds())
		g.quiet(ctx)
		if swept := g.w.AWS.Calls()[calls:]; len(swept) > 0 {
			sweep = append(sweep, swept[len(swept)-1].Time.Sub(swept[0].Time).Seconds())
		}
		began := time.Now()
		if _, err := g.ask(ctx, "U0INES", "list all"); err != nil {
			return z, err
		}
		list = append(list, time.Since(began).Seconds())
		sleep(ctx, 20*time.Second-time.Since(g.p.began)) //nolint:errcheck // the next call asks again
		rest = append(rest, float64(g.p.memory().RSS)/(1<<20))
		anon = append(anon, float64(g.p.memory().Anon)/(1<<20))
		peak = append(peak, float64(g.p.most().RSS)/(1<<20))
		g.stop()
	}
	z.Anon = median(anon)
	z.Ready, z.Rest, z.Peak, z.Sweep, z.List = median(ready), median(rest), median(peak), median(sweep), median(list)
	z.StoreBytes, z.LogBytes = bytesOf(g.w.StorePath()), bytesOf(g.w.AuditPath())
	return z, nil
}

func bytesOf(path string) float64 {
	info, err := os.Stat(path)
	if err != nil {
		return 0
	}
	return float64(info.Size())
}

// start starts the bot and waits until it is ready.
func (g *growing) start(ctx context.Context) (took time.Duration, err error) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	if g.p, err = startProcess(g.command(g.w, g.dir), g.dir); err != nil {
		return 0, err
	}
	for {
		if reply, err := http.Get(g.ready); err == nil {
			reply.Body.Close()
			if reply.StatusCode == http.StatusOK {
				return time.Since(g.p.began), nil
			}
		}
		if err := sleep(ctx, 2*time.Millisecond); err != nil {
			return 0, errors.Join(errors.New("the bot is not ready"), err)
		}
	}
}

func (g *growing) stop() { g.p.end() }

// send sends a command and returns its number.
func (g *growing) send(user, text string) (n int, err error) {
	n = g.next
	g.next++
	frame := strings.Replace(string(commandFrame(g.base, n, text)), person(n), user, 1)
	return n, g.d.deliver(n, []byte(frame))
}

// ask sends a command and waits for its answer.
func (g *growing) ask(ctx context.Context, user, text string) (answer string, err error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	n, err := g.send(user, text)
	if err != nil {
		return "", err
	}
	for {
		g.d.mu.Lock()
		a := g.d.answers[n]
		g.d.mu.Unlock()
		if a.carried > 0 {
			return a.text, nil
		}
		select {
		case <-g.d.changed:
		case <-ctx.Done():
			return "", fmt.Errorf("%q has no answer: %w", text, ctx.Err())
		}
	}
}

// quiet waits until the bot has not called AWS or Slack for a second.
func (g *growing) quiet(ctx context.Context) {
	calls := func() int { return len(g.w.AWS.Calls()) + len(g.w.Slack.Calls()) }
	for before := -1; before != calls() && ctx.Err() == nil; {
		before = calls()
		sleep(ctx, time.Second) //nolint:errcheck // the condition asks ctx
	}
}

// settle waits until the bot has used no processor time for three seconds.
func (g *growing) settle(ctx context.Context) {
	for before := time.Duration(-1); g.p.processor()-before > 100*time.Millisecond && ctx.Err() == nil; {
		before = g.p.processor()
		sleep(ctx, 3*time.Second) //nolint:errcheck // the condition asks ctx
	}
}
