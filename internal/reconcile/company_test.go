package reconcile

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"s3share/internal/awsaccess"
	"s3share/internal/boltstore"
	"s3share/internal/grant"
	"s3share/internal/policy"
	"s3share/internal/store"
)

// The loops at the size of a company, on synctest's clock: a call of AWS takes 50 ms, an account answers
// 100 calls a second, and a hung account answers none. The store is a file. The processor's own time does
// not count on that clock, so that the figures are the same on each machine; it is logged.
//
//	go test ./internal/reconcile -run TestCompany -v -company
var whole = flag.Bool("company", false, "run the tests of a company at its whole size")

// A largeCompany has owner accounts with buckets, and one account with all users.
type largeCompany struct {
	*testing.T
	accounts, buckets, users int
	store                    *boltstore.Store
	rules                    grant.Rules
	stop                     func()

	mu       sync.Mutex
	policies map[string]string
	members  map[string]bool
	answered map[string][]time.Time // calls of each account within the last second
	hung     map[string]bool
	calls    map[string]int // by operation
}

const (
	callTakes  = 50 * time.Millisecond
	callLimit  = 100 // a second and account
	callHangs  = 10 * time.Second
	usersIn    = "111111111111"
	hungOwners = 10
)

func ownerOf(n int) string { return fmt.Sprintf("2%011d", n) }

// newLargeCompany returns a company with active grants, as its bot knows it after a restart.
func newLargeCompany(t *testing.T, accounts, buckets, users, active int) *largeCompany {
	c := &largeCompany{T: t, accounts: accounts, buckets: buckets, users: users, policies: map[string]string{},
		members: map[string]bool{}, answered: map[string][]time.Time{}, hung: map[string]bool{}, calls: map[string]int{}}
	c.rules = grant.Rules{Levels: grant.BuiltinLevels(), RequestTTL: 24 * 60,
		Accounts: []grant.Account{{Name: "build", ID: usersIn, Region: "us-east-1", Partition: "aws"}}}
	for n := range accounts {
		name := fmt.Sprintf("owner%d", n)
		c.rules.Accounts = append(c.rules.Accounts, grant.Account{Name: name, ID: ownerOf(n), Region: "us-east-1", Partition: "aws"})
		c.rules.Rules = append(c.rules.Rules, grant.Rule{Name: fmt.Sprintf("rules[%d]", n), Bucket: fmt.Sprintf("b%d-*", n),
			Account: name, Levels: []string{"read", "write"}, MaxTerm: 72 * 60, Approvers: grant.People{Users: []string{"U0ADA"}}})
	}
	db, err := boltstore.Open(boltstore.Config{Path: filepath.Join(t.TempDir(), "s3share.db")})
	if err != nil {
		t.Fatal(err)
	}
	c.store = db
	docs := map[string]policy.Document{}
	for from := 0; from < active; from += 250 {
		tx := store.Tx{At: time.Now()}
		for n := from; n < min(active, from+250); n++ {
			g := c.approve(n, n, n, "8h")
			g = must(g.Half(grant.OwnerHalf).WithWriteIntent(grant.Statement, sids(g), time.Now()).Half(grant.OwnerHalf).RecordPresent(time.Now()))
			kind, key := awsaccess.PartKey(g.Principal)
			g = must(g.Half(grant.GranteeHalf).WithWriteIntent(kind, []string{key}, time.Now()).Half(grant.GranteeHalf).RecordPresent(time.Now()))
			docs[g.Bucket.Name] = with(docs[g.Bucket.Name], g)
			c.members[g.Principal.ARN] = true
			tx.Put(grant.Grant{}, g)
		}
		if err := db.Commit(ctx, tx); err != nil {
			t.Fatal(err)
		}
	}
	for name, doc := range docs {
		c.policies[name] = string(doc.Bytes())
	}
	return c
}

// approve returns an approved grant on one of the buckets for one of the users.
func (c *largeCompany) approve(n, bucket, user int, term string) grant.Grant {
	bucket, user = bucket%c.buckets, user%c.users
	id := grant.ID(fmt.Sprintf("Q%07d", n))
	g := must(c.rules.Draft(id, grant.Draft{Target: fmt.Sprintf("b%d-%d/%d", bucket%c.accounts, bucket, n), Level: "write",
		Principal: fmt.Sprintf("build/u%d", user), Term: term, Reason: "x", Requester: rita}, 0, time.Now()))
	p := g.Principal
	p.UniqueID = "AIDA" + p.Name
	g = must(g.Apply(grant.Check{Principal: &p, Rule: &g.Rule}, time.Now()))
	return must(g.Apply(grant.Approve{By: ada, Today: grant.Today{Rule: &g.Rule}}, time.Now()))
}

// run starts the loops.
func (c *largeCompany) run() {
	r := New(Config{Store: c.store, Access: c, Rules: c.rules, Now: time.Now, Kick: c.store.Subscribe(),
		Log: slog.New(slog.DiscardHandler), Spread: func() float64 { return 0 }})
	stop, cancel := context.WithCancel(c.Context())
	ended := make(chan error, 1)
	go func() { ended <- r.Run(stop) }()
	c.stop = func() {
		cancel()
		began := time.Now()
		if err := <-ended; err != nil {
			c.Error(err)
		}
		if d := time.Since(began); d > 10*time.Second {
			c.Errorf("it took %s to stop", d)
		}
		if err := c.store.Close(); err != nil {
			c.Error(err)
		}
	}
}

func (c *largeCompany) commit(old, next grant.Grant) {
	tx := store.Tx{At: time.Now()}
	tx.Put(old, next)
	if err := c.store.Commit(ctx, tx); err != nil {
		c.Error(err)
	}
}

// endAll ends some of the first grants early.
func (c *largeCompany) endAll(from, to int) (ids []grant.ID) {
	tx := store.Tx{At: time.Now()}
	for n := from; n < to; n++ {
		g := must(c.store.Get(ctx, grant.ID(fmt.Sprintf("Q%07d", n))))
		tx.Put(g, must(g.Apply(grant.End{By: ada, Today: grant.Today{Rule: &g.Rule}, Why: "a leak"}, time.Now())))
		ids = append(ids, g.ID)
	}
	if err := c.store.Commit(ctx, tx); err != nil {
		c.Fatal(err)
	}
	return ids
}

// waitFor waits until a grant has a state, and returns how long that took.
func (c *largeCompany) waitFor(id grant.ID, state grant.State) time.Duration {
	began := time.Now()
	for time.Since(began) < 10*time.Minute {
		if g := must(c.store.Get(ctx, id)); g.State == state {
			return time.Since(began)
		}
		time.Sleep(20 * time.Millisecond)
	}
	return time.Since(began)
}

// call makes one call to an account.
func (c *largeCompany) call(ctx context.Context, account, op string, act func()) error {
	c.mu.Lock()
	c.calls[op]++
	hangs := c.hung[account]
	recent := slices.DeleteFunc(c.answered[account], func(at time.Time) bool { return time.Since(at) >= time.Second })
	throttled := len(recent) >= callLimit
	if !throttled {
		recent = append(recent, time.Now())
	}
	c.answered[account] = recent
	c.mu.Unlock()
	d := callTakes
	if hangs {
		d = callHangs
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		hangs = true
	case <-timer.C:
	}
	switch {
	case hangs:
		return awsErr(awsaccess.Retry, op, "NoAnswer", "timed out")
	case throttled:
		return awsErr(awsaccess.Retry, op, "SlowDown", "Please reduce your request rate.")
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	act()
	return nil
}

func (c *largeCompany) BucketPolicy(ctx context.Context, b grant.Bucket) (text string, err error) {
	err = c.call(ctx, b.AccountID, "GetBucketPolicy", func() { text = c.policies[b.Name] })
	return text, err
}

func (c *largeCompany) PutBucketPolicy(ctx context.Context, b grant.Bucket, text string) error {
	return c.call(ctx, b.AccountID, "PutBucketPolicy", func() { c.policies[b.Name] = text })
}

func (c *largeCompany) DeleteBucketPolicy(ctx context.Context, b grant.Bucket) error {
	return c.call(ctx, b.AccountID, "DeleteBucketPolicy", func() { delete(c.policies, b.Name) })
}

func (c *largeCompany) Join(ctx context.Context, p grant.Principal) error {
	return c.call(ctx, p.AccountID, "Join", func() { c.members[p.ARN] = true })
}

func (c *largeCompany) Leave(ctx context.Context, p grant.Principal) error {
	return c.call(ctx, p.AccountID, "Leave", func() { delete(c.members, p.ARN) })
}

func (c *largeCompany) Members(ctx context.Context, account string) (all []awsaccess.Member, err error) {
	return nil, c.call(ctx, account, "Members", func() {})
}

func (c *largeCompany) Principal(ctx context.Context, p grant.Principal) (arn, id string, err error) {
	return p.ARN, "AIDA" + p.Name, c.call(ctx, p.AccountID, "Principal", func() {})
}

func (c *largeCompany) Joined(ctx context.Context, p grant.Principal) (m awsaccess.Membership, err error) {
	err = c.call(ctx, p.AccountID, "Joined", func() { m.Member = c.members[p.ARN] })
	return m, err
}

func (c *largeCompany) Facts(context.Context, grant.Bucket, bool) (f awsaccess.Facts, err error) {
	return f, nil
}
func (c *largeCompany) Boundary(context.Context, grant.Principal) (string, error)     { return "", nil }
func (c *largeCompany) MembershipLimit(context.Context, grant.Principal) (int, error) { return 10, nil }
func (c *largeCompany) Self(context.Context, string) (string, error)                  { return botARN, nil }
func (c *largeCompany) ClockSkew() time.Duration                                      { return 0 }

// log logs the distribution of some times, the calls and the processor's time. It returns the 95th percentile.
func (c *largeCompany) log(what string, took []time.Duration, busy time.Duration) time.Duration {
	slices.Sort(took)
	at := func(share float64) time.Duration {
		return took[int(share*float64(len(took)-1))].Round(10 * time.Millisecond)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.Logf("%s: %d, p50 %s, p95 %s, last %s; processor %s; calls %v", what, len(took), at(0.5), at(0.95), at(1),
		busy.Round(10*time.Millisecond), c.calls)
	return at(0.95)
}

func processor() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// Approvals are verified within two seconds while ten other accounts hang, during the first sweep.
func TestCompanyWithHungAccounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		accounts, buckets, users, active, approvals := 20, 200, 100, 500, 50
		if *whole {
			accounts, buckets, users, active, approvals = 150, 2000, 1000, 5000, 300
		}
		c := newLargeCompany(t, accounts, buckets, users, active)
		for n := range hungOwners {
			c.hung[ownerOf(n)] = true
		}
		c.run()
		var waits sync.WaitGroup
		var mu sync.Mutex
		var took []time.Duration
		busy := processor()
		for n := range approvals {
			for _, bucket := range []int{n % hungOwners, hungOwners + n%(accounts-hungOwners)} { // a hung account's, and another's
				g := c.approve(active+2*n+min(1, bucket/hungOwners), bucket+accounts*(n%(buckets/accounts)), n*7, "8h")
				c.commit(grant.Grant{}, g)
				if c.hung[g.Bucket.AccountID] {
					continue
				}
				waits.Go(func() {
					d := c.waitFor(g.ID, grant.Active)
					mu.Lock()
					defer mu.Unlock()
					took = append(took, d)
				})
			}
			time.Sleep(100 * time.Millisecond)
		}
		waits.Wait()
		if p95 := c.log("approvals", took, processor()-busy); p95 > 2*time.Second {
			t.Errorf("the 95th percentile is %s", p95)
		}
		c.stop()
	})
}

// Many ends, over a quarter of the buckets, are removed in little more than the time that the calls need.
func TestCompanyEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		accounts, buckets, users, ends := 15, 50, 100, 1000
		if *whole {
			accounts, buckets, users, ends = 150, 500, 1000, 10_000
		}
		c := newLargeCompany(t, accounts, buckets, users, ends)
		c.run()
		time.Sleep(2 * time.Minute) // the first sweep
		clear(c.calls)
		busy, began := processor(), time.Now()
		var ids []grant.ID
		for from := 0; from < ends; from += 250 {
			ids = append(ids, c.endAll(from, min(ends, from+250))...)
			time.Sleep(25 * time.Millisecond)
		}
		var took []time.Duration
		for _, id := range ids {
			c.waitFor(id, grant.Ended)
			g := must(c.store.Get(ctx, id))
			took = append(took, g.EndedAt.Sub(began))
		}
		c.log("ends", took, processor()-busy)
		if n := c.calls["PutBucketPolicy"] + c.calls["DeleteBucketPolicy"]; n > buckets*3/2 {
			t.Errorf("%d writes of %d policies", n, buckets)
		}
		floor := time.Duration(users*4) * time.Second / callLimit // each user: GetUser, ListGroups, Leave, ListGroups
		if last := took[len(took)-1]; last > floor*12/10+time.Second {
			t.Errorf("the last end took %s; the calls need %s", last, floor)
		}
		c.stop()
	})
}

// A stop in the middle of many removals, with hung accounts, ends in time, and begins no further pass.
func TestCompanyStops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		accounts, buckets, users, ends := 15, 50, 100, 1000
		if *whole {
			accounts, buckets, users, ends = 150, 500, 1000, 10_000
		}
		c := newLargeCompany(t, accounts, buckets, users, ends)
		for n := range hungOwners {
			c.hung[ownerOf(n)] = true
		}
		c.run()
		time.Sleep(3 * time.Second) // in the first sweep
		for from := 0; from < ends; from += 250 {
			c.endAll(from, min(ends, from+250))
		}
		time.Sleep(1500 * time.Millisecond)
		c.mu.Lock()
		clear(c.calls)
		c.mu.Unlock()
		busy := processor()
		c.stop()
		calls := 0
		for _, n := range c.calls {
			calls += n
		}
		t.Logf("%d calls and %s of the processor to stop", calls, (processor() - busy).Round(10*time.Millisecond))
		most := 4 * (accounts + 1) * (limits[decidedWork].account + limits[sweepWork].account) // each slot ends its pass
		if calls > most {
			t.Errorf("%d calls to stop, want at most %d", calls, most)
		}
	})
}
