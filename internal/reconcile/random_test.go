package reconcile

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"s3share/internal/grant"
	"s3share/internal/policy"
	"s3share/internal/preflight"
	"s3share/internal/store"
)

// A random company over some days: many grants on two buckets, early ends and extensions, edits by
// other writers, deleted users, broken calls. Nothing is open without a record, no foreign
// statement is changed, and in the end everything is as before.
func TestRandomCompany(t *testing.T) {
	t.Parallel()
	for seed := range uint64(20) {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			c := newCompany(t, seed)
			for n := range 60 {
				c.step(n)
			}
			c.b.fault = nil
			c.b.run(100 * time.Hour)
			c.b.sweep()
			c.b.run(10 * time.Minute)
			for _, g := range c.b.store.all() {
				if g.State != grant.Ended && g.State != grant.Refused {
					t.Errorf("%s is %s in the end", g.ID, g.State)
				}
			}
			for bucket, theirs := range c.theirs {
				if doc := c.b.policyOf(bucket); !policy.Equivalent(doc, theirs) {
					t.Errorf("the policy of %s is %s, want %s", bucket, doc.Bytes(), theirs.Bytes())
				}
			}
			if got := c.b.aws.build.Members(groupOf); len(got) != 0 {
				t.Errorf("in the group are %q", got)
			}
			c.b.expectNoWrites()
		})
	}
}

type company struct {
	b      *bench
	dice   *rand.Rand
	theirs map[string]policy.Document // statements of others
	users  []string
}

func newCompany(t *testing.T, seed uint64) *company {
	c := &company{b: newBench(t), dice: rand.New(rand.NewPCG(seed, 2)), theirs: map[string]policy.Document{}}
	c.b.store.Made = func(ch store.Tx) { c.b.checkCommit(ch) }
	for n := range 6 {
		name := fmt.Sprintf("user%d", n)
		c.users = append(c.users, "build/"+name)
		c.b.aws.build.User(name)
	}
	c.users = append(c.users, "partner/pat") // the bot cannot see its grantee half
	c.b.aws.Account("333333333333", "partner").User("pat")
	for _, bucket := range []string{fixtures, releases} {
		c.theirs[bucket] = c.b.policyOf(bucket)
	}
	faults := []fault{refused, lostBefore, lostAfter, killed, killedAfter, throttled, bad}
	oneIn := []int{1 << 30, 40, 12, 6}[c.dice.IntN(4)]
	c.b.fault = func(int, string, bool) fault {
		if c.dice.IntN(oneIn) > 0 {
			return works
		}
		return faults[c.dice.IntN(len(faults))]
	}
	return c
}

func pick[T any](c *company, of []T) T { return of[c.dice.IntN(len(of))] }

func (c *company) step(n int) {
	b := c.b
	bucket := pick(c, []string{fixtures, releases})
	what := c.dice.IntN(12)
	switch what {
	case 0, 1, 2, 3:
		prefix := pick(c, []string{"", "/a", "/b"})
		b.approved(bucket+prefix, pick(c, []string{"read", "write"}), pick(c, c.users), pick(c, []string{"5m", "1h", "8h"}))
	case 4, 5:
		c.withOne(func(g grant.Grant) { b.endIfThere(g.ID) })
	case 6:
		c.withOne(func(g grant.Grant) {
			if g.State == grant.Active && g.DriftedAt.IsZero() && b.clock.now().Before(g.ExpiresAt) {
				b.extend(g.ID, 30)
			}
		})
	case 7:
		c.edit(bucket, n)
	case 8:
		c.withOne(func(g grant.Grant) {
			if c.dice.IntN(2) == 0 {
				c.take(g)
			} else if slices.Contains(b.aws.build.Members(groupOf), g.Principal.Name) {
				b.aws.build.Leave(g.Principal.Name, groupOf)
				b.taken[g.Principal.Name] = b.clock.now()
			}
		})
	case 9:
		c.withOne(func(g grant.Grant) {
			if !g.DriftedAt.IsZero() && g.State != grant.Ending {
				b.apply(g.ID, grant.Restore{By: ada, Today: b.today(g.ID)})
			}
		})
	case 10:
		b.sweep()
	case 11:
		if c.dice.IntN(4) == 0 {
			name := strings.TrimPrefix(pick(c, c.users[:6]), "build/")
			b.aws.build.DeleteUser(name)
			b.aws.build.User(name)
			b.taken[name] = b.clock.now() // the previous user of the name had the membership
		}
	}
	if c.dice.IntN(3) > 0 {
		b.run(pick(c, []time.Duration{time.Second, 20 * time.Second, 5 * time.Minute, 2 * time.Hour}))
	}
	b.checkInvariants(fmt.Sprintf("step %d (%d)", n, what), c.theirs)
}

func (c *company) withOne(do func(grant.Grant)) {
	var in []grant.Grant
	for _, g := range c.b.store.all() {
		if g.State.InAWS() {
			in = append(in, g)
		}
	}
	if len(in) > 0 {
		do(pick(c, in))
	}
}

// take removes a grant's statements, as another writer.
func (c *company) take(g grant.Grant) {
	var left []string
	for _, st := range c.b.policyOf(g.Bucket.Name).Statements() {
		if !preflight.IsOf(st, g.ID) {
			left = append(left, string(st.Raw()))
		}
	}
	if c.set(g.Bucket.Name, left...) {
		c.b.taken[string(g.ID)] = c.b.clock.now()
	}
}

// edit adds or removes a foreign statement.
func (c *company) edit(bucket string, n int) {
	theirs := c.theirs[bucket].Statements()
	ours := func(st policy.Statement) bool { _, is := policy.IDOfSid(st.Sid()); return is }
	if len(theirs) > 0 && c.dice.IntN(2) == 0 {
		out := pick(c, theirs).Sid()
		left := c.b.policyOf(bucket).Without(func(st policy.Statement) bool { return st.Sid() == out })
		var texts []string
		for _, st := range left.Statements() {
			texts = append(texts, string(st.Raw()))
		}
		if !c.set(bucket, texts...) {
			return
		}
	} else {
		st := fmt.Sprintf(`{"Sid":"Theirs%d","Effect":"Deny","Principal":"*","Action":["s3:GetObject","s3:PutObject"],"Resource":"arn:aws:s3:::%s/secret%d/*"}`, n, bucket, n)
		var texts []string
		for _, st := range c.b.policyOf(bucket).Statements() {
			texts = append(texts, string(st.Raw()))
		}
		if !c.set(bucket, append(texts, st)...) {
			return
		}
	}
	c.theirs[bucket] = c.b.policyOf(bucket).Without(ours)
}

// set reports whether the policy could be written. AWS refuses it while it names a deleted user.
func (c *company) set(bucket string, statements ...string) bool {
	text := ""
	if len(statements) > 0 {
		text = `{"Version":"2012-10-17","Statement":[` + strings.Join(statements, ",") + `]}`
	}
	return c.b.aws.nonprod.SetPolicy(bucket, text) == nil
}
