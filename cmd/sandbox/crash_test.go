package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"s3share/cmd/sandbox/world"
)

// crashes kills the bot at calls that a seed selects. The kill comes before the
// call acts, or after it acted and before its reply.
type crashes struct {
	mu    sync.Mutex
	rng   *rand.Rand
	left  int // calls until the next kill
	times int // maximum number of kills
	dies  func()
	at    []string
}

// choose reports whether the bot dies at this call, and whether it dies after
// the call acted.
func (c *crashes) choose(what string) (dies, after bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.left--; c.left > 0 || len(c.at) >= c.times {
		return false, false
	}
	c.left = 1 + c.rng.IntN(25)
	after = c.rng.IntN(2) == 0
	c.at = append(c.at, fmt.Sprintf("%s (after: %v)", what, after))
	return true, after
}

func (c *crashes) around(next http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/link") {
			next.ServeHTTP(rw, r)
			return
		}
		switch dies, after := c.choose(r.Method + " " + r.URL.Path); {
		case !dies:
			next.ServeHTTP(rw, r)
		case after:
			next.ServeHTTP(httptest.NewRecorder(), r)
			fallthrough
		default:
			c.dies()
			panic(http.ErrAbortHandler)
		}
	})
}

// byTheClock kills the bot at times that do not depend on its calls.
func (c *crashes) byTheClock(ctx context.Context) {
	for range 12 {
		c.mu.Lock()
		wait := time.Duration(c.rng.IntN(400)) * time.Millisecond
		c.mu.Unlock()
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
			c.mu.Lock()
			c.at = append(c.at, "the clock")
			c.mu.Unlock()
			c.dies()
		}
	}
}

// TestKilledAtAnyMoment kills the bot at random calls, or at random moments,
// during several requests at once, and restarts it each time. No request is
// lost, no access stays open, and each person gets every notice. A notice may
// come twice only if its post was interrupted.
func TestKilledAtAnyMoment(t *testing.T) {
	t.Parallel()
	for seed := range uint64(6) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			c := &crashes{rng: rand.New(rand.NewPCG(seed, 1)), left: 20, times: 10}
			w := open(t, world.Options{Around: c.around})
			c.dies = func() {
				if err := w.Bot.Crash(); err != nil {
					t.Error(err)
				}
			}
			t.Cleanup(func() {
				if t.Failed() {
					t.Logf("killed at %s", strings.Join(c.at, ", "))
				}
			})
			var clock sync.WaitGroup
			defer clock.Wait()
			over, stop := context.WithCancel(t.Context())
			defer stop()
			if seed >= 4 {
				c.times = 0
				clock.Go(func() { c.byTheClock(over) })
			}
			live(t, w)
			stop()
			clock.Wait()
			c.mu.Lock()
			c.times = len(c.at) // no further kills
			c.mu.Unlock()
			w.mustPlay(t, "clock +72h\n! has my-shared-bucket-20932 S3Share\n! has healed-1 S3Share\n! holds build\n! attached deployer")
			judge(t, w, len(c.at))
		})
	}
}

// live takes three grants from the request to the expiry. People repeat each
// act until it has an effect.
func live(t *testing.T, w *stage) {
	for _, what := range []string{"my-shared-bucket-20932/builds read build/test.user", "my-shared-bucket-20932/other read build/role/deployer", "healed-1/builds read build/other.user"} {
		target, _, _ := strings.Cut(what, " ")
		w.again(t, "rita types /s3share request "+what+" 2h whatever happens", "shows #s3-admins 's3://"+target+"/'")
		if can := w.AWS.Can("build/test.user", "s3:GetObject", "healed-1", "builds/a.txt"); can.Allowed {
			t.Error("a user who never requested access has it")
		}
		w.mustPlay(t, "ada insists on Approve")
	}
	w.mustPlay(t, `
can build/test.user s3:GetObject my-shared-bucket-20932/builds/a.txt
can build/role/deployer s3:GetObject my-shared-bucket-20932/other/a.txt
can build/other.user s3:GetObject healed-1/builds/a.txt
shows rita 'test.user can read'
shows rita 'deployer can read'
shows rita 'other.user can read'`)
	w.again(t, "rita clicks I'm done", "shows rita 'ended it early'")
	w.mustPlay(t, `
clock +2h
shows rita 'test.user can no longer read'
shows rita 'deployer can no longer read'
shows rita 'other.user can no longer read'`)
}

// again repeats a line until another line holds.
func (w *stage) again(t *testing.T, line, until string) {
	t.Helper()
	for range 20 {
		if err := w.player.Run(t.Context(), line); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		once, cancel := context.WithTimeout(t.Context(), w.Patience/15)
		err := w.player.Run(once, until)
		cancel()
		if err == nil {
			return
		}
	}
	t.Fatalf("%s: nothing came of it", line)
}

// judge compares the audit log with the notices.
func judge(t *testing.T, w *stage, kills int) {
	t.Helper()
	w.mustPlay(t, "audit verify")
	happened := map[string][]string{}
	log, err := os.ReadFile(w.AuditPath())
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(log)) {
		var l struct {
			Body struct{ Kind, Grant string } `json:"entry"`
		}
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			t.Fatal(err)
		}
		happened[l.Body.Grant] = append(happened[l.Body.Grant], l.Body.Kind)
	}
	ended := 0
	for id, kinds := range happened {
		if id == "" {
			continue
		}
		for _, once := range []string{"asked", "approve", "applied", "end", "removed"} {
			if n := count(kinds, once); n > 1 {
				t.Errorf("%s happened %d times to %s: %v", once, n, id, kinds)
			}
		}
		if slices.Contains(kinds, "approve") {
			ended++
			for _, must := range []string{"asked", "checked", "approve", "end", "removed"} {
				if !slices.Contains(kinds, must) {
					t.Errorf("%s has no %s: %v", id, must, kinds)
				}
			}
		}
	}
	if ended < 3 {
		t.Errorf("%d accesses ended, want 3: %v", ended, happened)
	}
	w.mustPlay(t, fmt.Sprintf("told rita 'Access ended' >= %d\ncount rita 'Access ended' <= %d", ended, ended+kills))
}

func count(all []string, one string) (n int) {
	for _, s := range all {
		if s == one {
			n++
		}
	}
	return n
}
