package reconcile

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"s3share/internal/grant"
	"s3share/internal/policy"
	"s3share/internal/store"
)

// A life is a scenario through all loops: requested, checked, approved, applied, extended, drifted,
// restored, ended; with another grant on the same bucket and principal.
type life struct {
	name string
	end  func(b *bench, id grant.ID)
}

var lives = []life{
	{"expires", func(b *bench, _ grant.ID) { b.run(3 * time.Hour) }},
	{"is ended early", func(b *bench, id grant.ID) { b.endIfThere(id); b.run(30 * time.Minute) }},
}

// play plays the life. It returns the requests. The invariants hold at each step, whatever breaks.
func (l life) play(b *bench, theirs map[string]policy.Document) (ids []grant.ID) {
	b.Helper()
	step := func(name string, d time.Duration) {
		b.Helper()
		b.run(d)
		b.checkInvariants(name, theirs)
	}
	beside := b.approved("fixtures/beside", "read", "build/ann", "8h")
	step("one beside it", 30*time.Second)
	id := b.request("fixtures/builds", "read", "build/ann", "1h")
	step("asked", 30*time.Second)
	if b.get(id).State == grant.Pending {
		b.apply(id, grant.Approve{By: ada, Today: b.today(id)})
	}
	step("approved", 30*time.Second)
	if b.get(id).State == grant.Active {
		b.extend(id, 60)
	}
	step("extended", 5*time.Minute)
	if b.get(id).State == grant.Active {
		b.removeStatements(fixtures, id)
		b.sweep()
		step("changed", 30*time.Second)
		if !b.get(id).DriftedAt.IsZero() {
			b.apply(id, grant.Restore{By: ada, Today: b.today(id)})
		}
		step("put back", 5*time.Minute)
	}
	l.end(b, id)
	b.checkInvariants("ended", theirs)
	b.endIfThere(beside)
	b.run(30 * time.Minute)
	b.checkInvariants("all ended", theirs)
	return []grant.ID{beside, id}
}

func (b *bench) endIfThere(id grant.ID) {
	b.Helper()
	if s := b.get(id).State; s == grant.Approved || s == grant.Active {
		b.end(id)
	}
}

// lived plays a life with a fault in it, and returns the calls: the operation of each, and W for a
// write.
func lived(t *testing.T, l life, f func(n int, op string, write bool) fault) (calls []string) {
	t.Helper()
	b := newBench(t)
	b.addStatements(fixtures, foreign)
	theirs := map[string]policy.Document{fixtures: b.policyOf(fixtures), releases: b.policyOf(releases)}
	b.store.Made = func(c store.Tx) { b.checkCommit(c) }
	b.fault = func(n int, op string, write bool) fault {
		if write {
			op += " W"
		}
		calls = append(calls, op)
		return f(n, op, write)
	}
	ids := l.play(b, theirs)
	b.fault = nil
	b.run(time.Hour)
	for _, id := range ids {
		switch g := b.get(id); g.State {
		case grant.Ended, grant.Pending, grant.Refused: // a bucket that may not be read counts as missing
		default:
			t.Errorf("%s is %s in the end: owner %+v, grantee %+v", id, g.State, g.Owner, g.Grantee)
		}
	}
	if len(b.aws.build.Members(groupOf)) != 0 {
		t.Errorf("in the group are %q", b.aws.build.Members(groupOf))
	}
	if doc := b.policyOf(fixtures); !policy.Equivalent(doc, theirs[fixtures]) {
		t.Errorf("the policy is %s", doc.Bytes())
	}
	b.expectNoWrites()
	return calls
}

// Each call of the loops to AWS or the store breaks once, in each possible way, over a whole life.
// The second life tests only the calls that the first lacks.
func TestEveryCallBreaksOnce(t *testing.T) {
	t.Parallel()
	var first []string
	for _, l := range lives {
		calls := lived(t, l, func(int, string, bool) fault { return works })
		t.Logf("a life that %s takes %d calls", l.name, len(calls))
		n := 0
		for n < min(len(first), len(calls)) && calls[n] == first[n] {
			n++
		}
		for ; n < len(calls); n++ {
			ways := []fault{refused, killed}
			switch op := calls[n]; {
			// a kill there equals a kill after the call before
			case op == "Get" || op == "List" || op == "Due" || op == "Note":
				ways = []fault{refused}
			case strings.HasSuffix(op, " W"):
				ways = []fault{refused, lostBefore, lostAfter, killed, killedAfter}
			case op == "GetBucketPolicy":
				ways = []fault{refused, throttled, killed}
			}
			for _, way := range ways {
				t.Run(fmt.Sprintf("%s, %s %d %s", l.name, calls[n], n+1, way), func(t *testing.T) {
					lived(t, l, func(i int, _ string, _ bool) fault {
						if i == n+1 {
							return way
						}
						return works
					})
				})
			}
		}
		first = calls
	}
}

// The same for calls that break at random.
func TestCallsBreakAtRandom(t *testing.T) {
	t.Parallel()
	faults := []fault{refused, lostBefore, lostAfter, killed, killedAfter, throttled, bad}
	for _, l := range lives {
		for seed := range uint64(40) {
			t.Run(fmt.Sprintf("%s, seed %d", l.name, seed), func(t *testing.T) {
				dice := rand.New(rand.NewPCG(seed, 1))
				oneIn := 3 + dice.IntN(15)
				lived(t, l, func(int, string, bool) fault {
					if dice.IntN(oneIn) > 0 {
						return works
					}
					return faults[dice.IntN(len(faults))]
				})
			})
		}
	}
}
