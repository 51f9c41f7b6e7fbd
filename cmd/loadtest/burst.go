package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"s3share/cmd/sandbox/world"
	"s3share/internal/sim/awssim"
)

// burst approves so many grants of one bucket at once.
const burst = 20

// A burstResult is the state of the bucket policy after a burst.
type burstResult struct {
	Name          string
	Kept          int // statements of the burst in the policy
	Reads, Writes int // of the policy
	Took          time.Duration
}

// bursts approves the same burst through the bot and through a policy write for
// each grant.
func (c conditions) bursts(ctx context.Context, bot subject) (all []burstResult, err error) {
	for _, do := range []func(context.Context, subject) (burstResult, error){c.burstOfBot, c.burstOfPeer} {
		r, err := do(ctx, bot)
		if err != nil {
			return nil, err
		}
		fmt.Printf("%s: %d of %d statements, %d reads and %d writes of the policy, %d ms\n", r.Name, r.Kept, burst, r.Reads,
			r.Writes, r.Took.Milliseconds())
		all = append(all, r)
	}
	return all, nil
}

func (c conditions) burstOfBot(ctx context.Context, bot subject) (out burstResult, err error) {
	g := &growing{conditions: c, subject: bot, d: newDoor(burst)}
	if g.dir, err = os.MkdirTemp(c.Dir, "burst-"); err != nil {
		return out, err
	}
	defer os.RemoveAll(g.dir)
	if err := g.create(); err != nil {
		return out, err
	}
	defer g.w.Close()
	if _, err := g.start(ctx); err != nil {
		return out, err
	}
	defer g.stop()
	for n := range burst {
		text := strings.Replace(requestText(n), bucket(n)+"/builds", fmt.Sprintf("%s/folder%d", bucket(0), n), 1)
		if _, err := g.request(ctx, n, text); err != nil {
			return out, err
		}
	}
	g.quiet(ctx)
	g.w.AWS.ResetCalls()
	began := time.Now()
	if err := g.approve(ctx); err != nil {
		return out, err
	}
	return countBurst("bot", g.w, began), nil
}

func (c conditions) burstOfPeer(ctx context.Context, _ subject) (out burstResult, err error) {
	dir, err := os.MkdirTemp(c.Dir, "burst-")
	if err != nil {
		return out, err
	}
	defer os.RemoveAll(dir)
	w, err := world.New(world.Options{Dir: dir})
	if err != nil {
		return out, err
	}
	defer w.Close()
	w.Owner().Bucket(bucket(0), awssim.BucketOptions{})
	reader := w.Grantee().User(principal(0))
	w.Owner().User("peer")
	w.Owner().UserPolicy("peer", "policies", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow",`+
		`"Action":["s3:GetBucketPolicy","s3:PutBucketPolicy"],"Resource":"*"}]}`)
	key, secret := w.Owner().AccessKey("peer")
	script, err := filepath.Abs("bench/peers/policy-write.js")
	if err != nil {
		return out, err
	}
	cmd := exec.CommandContext(ctx, "node", script)
	cmd.Env = append(w.Bot.Env, "AWS_ACCESS_KEY_ID="+key, "AWS_SECRET_ACCESS_KEY="+secret, "BUCKET="+bucket(0),
		"PRINCIPAL="+reader, fmt.Sprint("COUNT=", burst))
	began := time.Now()
	if log, err := cmd.CombinedOutput(); err != nil {
		return out, fmt.Errorf("policy-write: %w\n%s", err, log)
	}
	return countBurst("policy-write", w, began), nil
}

// countBurst counts the calls since the burst began, until the last write.
func countBurst(name string, w *world.World, began time.Time) burstResult {
	out := burstResult{Name: name}
	for _, c := range w.AWS.Calls() {
		switch c.Op {
		case "GetBucketPolicy":
			out.Reads++
		case "PutBucketPolicy":
			out.Writes++
			out.Took = c.Time.Sub(began)
		}
	}
	policy := w.Owner().Policy(bucket(0))
	out.Kept = strings.Count(policy, "/folder")
	if name == "bot" {
		out.Kept = strings.Count(policy, `List"`) // each grant has two statements
	}
	return out
}
