package outbox

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// first takes the next turn, and moves all others by one turn. It does not precede the end of a
// rate limit.
func TestUrgentMessageGoesFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newRateLimiter()
		waits := func(holder string) time.Duration { return time.Until(p.reserve("C0ADMIN", holder, awaited)) }
		for n := range 10 {
			p.reserve("C0ADMIN", fmt.Sprint(n), awaited)
		}
		p.prioritize("C0ADMIN", "loud")
		for holder, want := range map[string]time.Duration{"loud": time.Second, "5": 2 * time.Second, "9": 6 * time.Second, "late": 7 * time.Second} {
			if got := waits(holder); got != want {
				t.Errorf("%s waits for %s, want %s", holder, got, want)
			}
		}
		p.pushBack("C0ADMIN", time.Minute)
		waits("5")
		p.prioritize("C0ADMIN", "loud")
		if loud, five := waits("loud"), waits("5"); loud != time.Minute || five != time.Minute+time.Second {
			t.Errorf("after a 429 it waits for %s, and who waited for %s", loud, five)
		}
		p.prioritize("C0QUIET", "loud")
		if at := p.reserve("C0QUIET", "loud", awaited); at.After(time.Now()) {
			t.Error("it waits where nobody does")
		}
	})
}

// A limited channel waits alone. Two at once mean the limit of the workspace; then all wait and
// resume one by one.
func TestALimitOfTheWorkspace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newRateLimiter()
		waits := func(channel string) time.Duration { return time.Until(p.reserve(channel, "card", awaited)) }
		p.pushBack("C1", time.Minute)
		if got := waits("C3"); got > 0 {
			t.Errorf("another channel waits for %s", got)
		}
		p.pushBack("C2", 30*time.Second)
		for i, channel := range []string{"C3", "C4", "U5"} {
			if got, want := waits(channel), 30*time.Second+time.Duration(i)*postSpacing; got != want {
				t.Errorf("%s waits for %s, want %s", channel, got, want)
			}
		}
		if got := waits(updating); got > 0 {
			t.Errorf("redraws wait for %s", got)
		}
		time.Sleep(2 * time.Minute)
		p.pushBack("C1", time.Second)
		if got := waits("C6"); got > 0 {
			t.Errorf("an old limit counts: C6 waits for %s", got)
		}
	})
}

// Many grants that end at once delay neither cards nor the notices that a person waits for: these share
// the limits of Slack's methods.
func TestAwaitedMessagesGoFirst(t *testing.T) {
	for _, method := range []string{updating, "chat.postMessage"} {
		t.Run(method, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
				defer cancel()
				p, sent := newRateLimiter(), [classes]atomic.Int32{}
				send := func(c class, n int) (longest time.Duration) {
					channel, began := method, time.Now()
					for n := range n {
						if method != updating {
							channel = fmt.Sprint("U", c, n)
						}
						if !p.wait(ctx, channel, fmt.Sprint(c, n), c) {
							break
						}
						sent[c].Add(1)
						longest = max(longest, time.Since(began))
						began = time.Now()
					}
					return longest
				}
				go send(quiet, 10_000)
				go send(told, 10_000)
				time.Sleep(5 * time.Minute)
				if longest := send(awaited, 50); longest > 2*updateSpacing {
					t.Errorf("one waited for %s", longest)
				}
				<-ctx.Done()
				synctest.Wait()
				total := int(sent[awaited].Load() + sent[told].Load() + sent[quiet].Load())
				most, least := 10*300+postBurst, 10*300*9/10
				if method == updating {
					most, least = 10*50+updateBurst, 10*50*9/10
				}
				if total > most || total < least {
					t.Errorf("%d calls in ten minutes, want %d to %d", total, least, most)
				}
			})
		})
	}
}

// The cards that go into a list return their turns, and the others move up.
func TestTurnsAreReturned(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newRateLimiter()
		waits := func(holder string) time.Duration { return time.Until(p.reserve("C0ADMIN", holder, awaited)) }
		for n := range burst {
			waits(fmt.Sprint(n))
		}
		for n := range 10 {
			waits(fmt.Sprint("card", n))
			waits(fmt.Sprint("reply", n))
		}
		p.abandon("C0ADMIN", func(holder string) bool { return strings.HasPrefix(holder, "card") })
		for holder, want := range map[string]time.Duration{"reply0": time.Second, "reply9": 10 * time.Second, "list": 11 * time.Second} {
			if got := waits(holder); got != want {
				t.Errorf("%s waits for %s, want %s", holder, got, want)
			}
		}
		p.abandon("C0ADMIN", func(string) bool { return true })
		if got := waits("card1"); got != time.Second {
			t.Errorf("the only one waits for %s", got)
		}
	})
}
