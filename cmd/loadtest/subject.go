package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"s3share/cmd/sandbox/world"
	"s3share/internal/sim/awssim"
	"s3share/internal/sim/slacksim"
)

// A subject is a program under test: the bot, a peer, or the client that only
// acknowledges.
type subject struct {
	Name string
	Args []string // the command; its environment has the addresses of Slack and AWS
	Dir  string   // the command's directory; "" for the run's
}

// A result is what one run of a subject showed.
type result struct {
	tally
	Ready       time.Duration // from the start of the process to its connection
	Rest        memory        // before the load
	Peak        memory        // under it
	CarriedOut  time.Duration // from the start of the load until each command has its answer; zero if some have none
	Unanswered  int
	Refused     int
	Processor   time.Duration // of the program
	Driver      time.Duration // processor time of this program, simulators included
	Written     int64         // bytes to the disk
	Allocated   int64         // megabytes; zero if the program is not Go
	SlackCalls  int
	AWSCalls    int
	AWSWrites   int
	Syncs       int // counted with strace, zero otherwise
	LoadAverage string
}

// conditions are the same for all subjects of a report.
type conditions struct {
	Dir        string // a directory on a disk
	RateLimits bool   // Slack's
	Approve    bool   // press Approve on each card
	Patience   time.Duration
}

// measure runs a subject once, in a new company.
func (c conditions) measure(ctx context.Context, s subject, l load) (out result, err error) {
	dir, err := os.MkdirTemp(c.Dir, "load-")
	if err != nil {
		return out, err
	}
	defer os.RemoveAll(dir)
	d := newDoor(l.Commands)
	w, err := world.New(world.Options{Dir: dir, Around: d.around})
	if err != nil {
		return out, err
	}
	defer w.Close()
	if err := populate(w, dir, c.RateLimits); err != nil {
		return out, err
	}
	out.LoadAverage = loadAverage()
	began := time.Now()
	p, err := startProcess(s.command(w, dir), dir)
	if err != nil {
		return out, fmt.Errorf("starting %s: %w", s.Name, err)
	}
	defer p.end()
	if err := c.connected(ctx, d, p); err != nil {
		return out, fmt.Errorf("%s did not connect: %w\n%s", s.Name, err, tail(filepath.Join(dir, "program.log")))
	}
	out.Ready = time.Since(began)
	if err := sleep(ctx, time.Second); err != nil { // the start's own work
		return out, err
	}
	out.Rest = p.most()
	err = c.apply(ctx, d, w, p, l, &out)
	p.end()
	if out.Allocated, _ = allocated(filepath.Join(dir, "program.log")); err != nil {
		err = fmt.Errorf("%s, %s: %w\n%s", s.Name, l.Name, err, tail(filepath.Join(dir, "program.log")))
	}
	return out, err
}

// apply runs the load, and waits until its commands are carried out.
func (c conditions) apply(ctx context.Context, d *door, w *world.World, p *process, l load, out *result) error {
	base := strings.TrimSuffix(w.URLs()["slack"], "/api/")
	driver := ownProcessor()
	slack, aws, processor, written := len(w.Slack.Calls()), len(w.AWS.Calls()), p.processor(), p.written()
	began := time.Now()
	now := func() time.Duration { return time.Since(began) }
	r := newRun(l, func(n int) error { return d.deliver(n, commandFrame(base, n, requestText(n))) }, now)
	var clicks atomic.Int64
	d.change(func() {
		d.clock, d.acked = now, r.ack
		if c.Approve {
			d.posts = func(card card) {
				n := l.Commands + int(clicks.Add(1))
				go d.deliver(n, card.clickFrame(base, n, "U0ADA")) //nolint:errcheck // the next run shows it
			}
		}
	})
	err := r.do(ctx)
	out.tally = r.count()
	if err == nil {
		out.CarriedOut, out.Unanswered, out.Refused = c.awaitAnswers(ctx, d, out.tally)
	}
	out.Peak, out.Processor, out.Written = p.most(), p.processor()-processor, p.written()-written
	out.Driver = ownProcessor() - driver
	out.SlackCalls, out.AWSCalls = len(w.Slack.Calls())-slack, len(w.AWS.Calls())-aws
	out.AWSWrites = writes(w.AWS.Calls())
	return err
}

func writes(calls []awssim.Call) (n int) {
	for _, c := range calls {
		switch c.Op {
		case "PutBucketPolicy", "DeleteBucketPolicy", "AddUserToGroup", "RemoveUserFromGroup":
			n++
		}
	}
	return n
}

// connected waits until the program has a connection, and another one if it
// opens several.
func (c conditions) connected(ctx context.Context, d *door, p *process) error {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	for len(d.connected()) == 0 {
		select {
		case <-d.changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// awaitAnswers waits until each acknowledged command is carried out. A program
// that answers nothing is not waited for.
func (c conditions) awaitAnswers(ctx context.Context, d *door, t tally) (last time.Duration, unanswered, refused int) {
	ctx, cancel := context.WithTimeout(ctx, c.Patience)
	defer cancel()
	for {
		var some bool
		last, unanswered, refused, some = d.progress()
		if unanswered == 0 || !some && sleep(ctx, 2*time.Second) != nil {
			return last, unanswered, refused
		}
		if _, _, _, some = d.progress(); !some {
			return 0, unanswered, refused
		}
		select {
		case <-d.changed:
			sleep(ctx, 20*time.Millisecond) //nolint:errcheck // the next line asks again
		case <-ctx.Done():
			return 0, unanswered, refused
		}
	}
}

// progress reports the state of the answers.
func (d *door) progress() (last time.Duration, unanswered, refused int, some bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, a := range d.answers {
		last, some = max(last, a.carried), some || a.first > 0
		if a.carried == 0 {
			unanswered++
		}
		if a.refused {
			refused++
		}
	}
	return last, unanswered, refused, some
}

// populate adds the people, buckets and principals of the load to a company.
func populate(w *world.World, dir string, limits bool) error {
	for n := range people {
		w.Slack.AddUser(slacksim.User{ID: person(n), Name: strings.ToLower(person(n))})
		w.Slack.Join("C0BUILDS", person(n))
	}
	for n := range buckets {
		w.Owner().Bucket(bucket(n), awssim.BucketOptions{})
	}
	for n := range principals {
		w.Grantee().User(principal(n))
	}
	w.Slack.RateLimits(limits)
	config := filepath.Join(dir, "s3share.yml")
	text, err := os.ReadFile(config)
	if err != nil {
		return err
	}
	changed := strings.Replace(string(text), "sweep_every: 2s", "sweep_every: 5m\nmax_pending: 100", 1)
	return os.WriteFile(config, []byte(changed), 0o600)
}

func (s subject) command(w *world.World, dir string) *exec.Cmd {
	cmd := exec.Command(s.Args[0], s.Args[1:]...)
	cmd.Env = append(w.Bot.Env, "LOAD_DIR="+dir, "GODEBUG=gctrace=1", "NODE_ENV=production")
	for _, name := range []string{"GOGC", "GOMEMLIMIT", "GOMAXPROCS"} {
		if v := os.Getenv(name); v != "" {
			cmd.Env = append(cmd.Env, name+"="+v)
		}
	}
	if cmd.Dir = s.Dir; cmd.Dir == "" {
		cmd.Dir = dir
	}
	return cmd
}

// tail returns the end of a log.
func tail(path string) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	return string(text[max(0, len(text)-2000):])
}
