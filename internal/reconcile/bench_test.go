package reconcile

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"s3share/internal/awsaccess"
	"s3share/internal/grant"
	"s3share/internal/policy"
	"s3share/internal/preflight"
	"s3share/internal/store"
)

var (
	ctx  = context.Background()
	noon = time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)
	rita = grant.Person{Team: "T0TEAM", User: "U0RITA"}
	ada  = grant.Actor{Person: grant.Person{Team: "T0TEAM", User: "U0ADA"}, Standing: grant.Member}
)

const (
	fixtures = "fixtures"
	releases = "releases"
	foreign  = `{"Sid":"Theirs","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::fixtures","arn:aws:s3:::fixtures/*"],"Condition":{"Bool":{"aws:SecureTransport":"false"}}}`
)

type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// A bench has two accounts, a store, and the loops. A test runs the loops round by round on a fake
// clock. fault can break a call, by its number or at random.
type bench struct {
	testing.TB
	clock   *clock
	aws     *aws
	store   *memory
	rec     *Reconciler
	rules   grant.Rules
	people  people
	alerts  []string
	lasting map[string]time.Time       // the conditions that were raised and have not ended
	paused  func(d time.Duration) bool // replaces moving the clock
	ids     int
	taken   map[string]time.Time // when another writer last removed a statement, by grant, or a member, by name

	mu    sync.Mutex // of aws and calls
	calls int
	broke bool                                     // the store, in this turn
	fault func(n int, op string, write bool) fault // of the nth call, from 1
}

// A fault is a way to break a call.
type fault string

const (
	works       fault = ""
	refused     fault = "refused"               // no effect
	lostBefore  fault = "timed out before"      // outcome unknown, no effect
	lostAfter   fault = "timed out after"       // outcome unknown, took effect
	killed      fault = "killed before"         // the process ends
	killedAfter fault = "killed after"          // the process ends, took effect
	throttled   fault = "throttled"             // no effect
	bad         fault = "answered with rubbish" // of a read
)

var errKilled = errors.New("the process was killed")

func newBench(t testing.TB) *bench {
	b := &bench{TB: t, clock: &clock{at: noon}, store: newMemory(), taken: map[string]time.Time{},
		lasting: map[string]time.Time{}}
	b.aws = newAWS(b)
	for _, name := range []string{fixtures, releases} {
		b.aws.bucket(name)
	}
	for _, name := range []string{"ann", "ben", "cas"} {
		b.aws.build.User(name)
	}
	b.aws.build.Role("deployer", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111111111111:root"},"Action":"sts:AssumeRole"}]}`)
	b.rules = grant.Rules{
		Rules: []grant.Rule{
			{Name: "rules[0]", Bucket: "healed-*", Account: "nonprod", Levels: []string{"read", "write"}, MaxTerm: 72 * 60, Heal: true, Approvers: grant.People{Users: []string{"U0ADA"}}},
			{Name: "rules[1]", Bucket: "*", Account: "nonprod", Levels: []string{"read", "write"}, MaxTerm: 72 * 60, Approvers: grant.People{Users: []string{"U0ADA"}}},
		},
		Accounts: []grant.Account{
			{Name: "nonprod", ID: ownerID, Region: "us-east-1", Partition: "aws"},
			{Name: "build", ID: granteeID, Region: "us-east-1", Partition: "aws"},
			{Name: "partner", ID: "333333333333", Partition: "aws", External: true},
		},
		Levels: grant.BuiltinLevels(), RequestTTL: 24 * 60, BotARNs: []string{"arn:aws:iam::111111111111:role/s3share"},
	}
	b.restart()
	return b
}

// restart starts a new process on the same store.
func (b *bench) restart() {
	b.rec = New(Config{
		Store: faulty{b.store, b}, Access: b.aws, Rules: b.rules, Now: b.clock.now, Spread: func() float64 { return 0 },
		People: b.people, Pause: b.pause, Log: slog.New(slog.DiscardHandler),
		Alerts: alertLog{&b.mu, &b.alerts, b.lasting},
	})
	b.rec.passes = alone()
}

// refusalOf returns the refusal of a preflight without its findings.
func refusalOf(_ *grant.Findings, err error) error { return err }

func (b *bench) pause(_ context.Context, d time.Duration) bool {
	if b.paused != nil {
		return b.paused(d)
	}
	b.clock.move(d)
	return true
}

// people makes each person a member, except those in the map.
type people map[string]grant.Standing

func (others people) Actor(_ context.Context, p grant.Person, _ []string, _ time.Time) (grant.Actor, error) {
	if standing, other := others[p.User]; other {
		return grant.Actor{Person: p, Standing: standing}, nil
	}
	return grant.Actor{Person: p, Standing: grant.Member}, nil
}

func (others people) Recent(ctx context.Context, p grant.Person, groups []string) (grant.Actor, error) {
	return others.Actor(ctx, p, groups, time.Time{})
}

// Present counts the listed users; groups are empty.
func (others people) Present(ctx context.Context, p grant.People, out func(string) bool, _ int) (n int, err error) {
	for _, u := range p.Users {
		if a, _ := others.Actor(ctx, grant.Person{User: u}, nil, time.Time{}); a.Standing == grant.Member && !out(u) {
			n++
		}
	}
	return n, nil
}

func (b *bench) next(op string, write bool) fault {
	b.calls++
	if b.fault == nil {
		return works
	}
	return b.fault(b.calls, op, write)
}

func (b *bench) awsCall(op string, write bool, act func() error) error {
	switch f := b.next(op, write); f {
	case works:
		return act()
	case killed:
		panic(errKilled)
	case killedAfter:
		act() //nolint:errcheck // the reply is lost
		panic(errKilled)
	case refused:
		return awsErr(awsaccess.Denied, op, "AccessDenied", "not authorized")
	case throttled:
		return awsErr(awsaccess.Retry, op, "SlowDown", "Please reduce your request rate.")
	case bad:
		return awsErr(awsaccess.Retry, op, "BadReply", "what came back is not a policy")
	default:
		if !write {
			return awsErr(awsaccess.Retry, op, "NoAnswer", "timed out")
		}
		if f == lostAfter {
			act() //nolint:errcheck // the reply is lost
		}
		return awsErr(awsaccess.Unknown, op, "NoAnswer", "timed out")
	}
}

func (b *bench) storeCall(op string, act func() error) error {
	b.mu.Lock()
	f := b.next(op, op == "Commit")
	b.broke = b.broke || f != works
	b.mu.Unlock()
	switch f {
	case works:
		return act()
	case killed:
		panic(errKilled)
	case killedAfter:
		act() //nolint:errcheck // the reply is lost
		panic(errKilled)
	case lostAfter:
		act() //nolint:errcheck // the reply is lost
	}
	return errDisk
}

// alive runs a part of the process, which restarts if it is killed.
func (b *bench) alive(work func()) {
	defer func() {
		if p := recover(); p == errKilled { //nolint:errorlint // a panic's value
			b.restart()
		} else if p != nil {
			panic(p)
		}
		if b.broke { // a pass pauses after an internal fault, see [workers]
			b.broke = false
			b.clock.move(faultPause)
		}
	}()
	work()
}

// turn runs all due work once, one item after the other.
func (b *bench) turn() { b.alive(b.round) }

func (b *bench) round() {
	b.rec.expireDue(ctx)
	for _, id := range b.rec.due(ctx, grant.CheckWorker, dueAtOnce) {
		b.rec.check(ctx, id) //nolint:errcheck // a fault of the bench
	}
	for _, gs := range b.dueBy(grant.OwnerWorker, func(g grant.Grant) string { return g.Bucket.Name }) {
		b.rec.passBucket(ctx, gs[0].Bucket, idsOf(gs)...) //nolint:errcheck // a fault of the bench
	}
	for _, gs := range b.dueBy(grant.GranteeWorker, func(g grant.Grant) string { return g.Principal.ARN }) {
		b.rec.passPrincipal(ctx, gs[0].Principal, idsOf(gs)...) //nolint:errcheck // a fault of the bench
	}
}

// dueBy returns the due grants by a key, in the order of the first of each.
func (b *bench) dueBy(w grant.Worker, key func(grant.Grant) string) (all [][]grant.Grant) {
	at := map[string]int{}
	for _, g := range b.rec.grants(ctx, b.rec.due(ctx, w, dueAtOnce)) {
		i, seen := at[key(g)]
		if !seen {
			i = len(all)
			at[key(g)], all = i, append(all, nil)
		}
		all[i] = append(all[i], g)
	}
	return all
}

// run runs the loops for a while. At each moment they must come to rest: work that stays due would
// read AWS as fast as it answers.
func (b *bench) run(d time.Duration) {
	b.Helper()
	until := b.clock.now().Add(d)
	for idle := 0; ; {
		now, next := b.clock.now(), b.store.Next()
		switch {
		case next.IsZero() || next.After(until) || now.After(until):
			if until.After(now) {
				b.clock.move(until.Sub(now))
			}
			return
		case next.After(now):
			b.clock.move(next.Sub(now))
			idle = 0
			continue
		case idle == 20:
			b.Fatalf("the loops do not come to rest: %s", b.owing())
		}
		b.turn()
		if idle++; b.clock.now().After(now) {
			idle = 0
		}
	}
}

func (b *bench) owing() string {
	var out strings.Builder
	for _, g := range b.store.all() {
		fmt.Fprintf(&out, "\n%s %s owner %+v grantee %+v", g.ID, g.State, g.Owner, g.Grantee)
	}
	return out.String()
}

// sweep runs a sweep and the passes that it starts, one after the other.
func (b *bench) sweep() {
	b.alive(func() {
		b.rec.passes = alone()     // no pause after a fault
		defer b.rec.passes.close() // passes that wait are left to the next turn, and none begins by itself
		b.rec.sweep(ctx)           //nolint:errcheck // a fault of the bench
	})
}

// alone runs passes one after the other.
func alone() *workers {
	p := newWorkers()
	p.spawn = func(f func()) { f() }
	return p
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func (b *bench) put(old, next grant.Grant) {
	b.Helper()
	c := store.Tx{At: b.clock.now()}
	c.Put(old, next)
	if err := b.store.Commit(ctx, c); err != nil {
		b.Fatal(err)
	}
}

// request commits a request.
func (b *bench) request(target, level, principal, term string) grant.ID {
	b.Helper()
	b.ids++
	id := grant.ID(strings.NewReplacer("I", "A", "L", "B", "O", "C", "U", "D").Replace(fmt.Sprintf("T%07d", b.ids)))
	g, err := b.rules.Draft(id, grant.Draft{Target: target, Level: level, Principal: principal, Term: term, Reason: "a test", Requester: rita}, 0, b.clock.now())
	if err != nil {
		b.Fatal(err)
	}
	b.put(grant.Grant{}, g)
	return id
}

// approved commits a request that was checked and approved.
func (b *bench) approved(target, level, principal, term string) grant.ID {
	b.Helper()
	id := b.request(target, level, principal, term)
	old := b.get(id)
	p := old.Principal
	p.UniqueID = b.aws.build.UniqueID(p.ARN)
	b.put(old, must(old.Apply(grant.Check{Principal: &p, Rule: &old.Rule}, b.clock.now())))
	b.apply(id, grant.Approve{By: ada, Today: b.today(id)})
	return id
}

// apply commits an act on a grant.
func (b *bench) apply(id grant.ID, a grant.Action) {
	b.Helper()
	old := b.get(id)
	next, err := old.Apply(a, b.clock.now())
	if err != nil {
		b.Fatalf("%s: %v", a.Kind(), err)
	}
	b.put(old, next)
}

// today returns today's rule for a grant. A grant concerns the owners in its record.
func (b *bench) today(id grant.ID) grant.Today {
	return grant.Today{Rule: b.rules.Today(b.get(id)).Rule}
}

func (b *bench) extend(id grant.ID, more grant.Term) {
	b.Helper()
	b.apply(id, grant.RequestExtension{By: grant.Actor{Person: rita, Standing: grant.Member}, Today: b.today(id), Term: more, Why: "not done yet"})
	b.apply(id, grant.Extend{By: ada, Today: b.today(id), Revision: b.get(id).Revision})
}

func (b *bench) end(id grant.ID) {
	b.Helper()
	b.apply(id, grant.End{By: grant.Actor{Person: rita, Standing: grant.Member}, Today: b.today(id)})
}

func (b *bench) get(id grant.ID) grant.Grant { return must(b.store.Get(ctx, id)) }

// policyOf returns the policy without delay.
func (b *bench) policyOf(bucket string) policy.Document {
	text := b.aws.nonprod.Policy(bucket)
	if text == "" {
		return policy.Document{}
	}
	return must(policy.Parse([]byte(text)))
}

// addStatements appends another writer's statements to a policy.
func (b *bench) addStatements(bucket string, statements ...string) {
	b.Helper()
	for _, st := range b.policyOf(bucket).Statements() {
		statements = append(statements, string(st.Raw()))
	}
	b.setPolicy(bucket, statements...)
}

func (b *bench) setPolicy(bucket string, statements ...string) {
	b.Helper()
	text := ""
	if len(statements) > 0 {
		text = `{"Version":"2012-10-17","Statement":[` + strings.Join(statements, ",") + `]}`
	}
	if err := b.aws.nonprod.SetPolicy(bucket, text); err != nil {
		b.Fatal(err)
	}
}

// removeStatements removes a grant's statements from a policy, as another writer.
func (b *bench) removeStatements(bucket string, id grant.ID) {
	b.Helper()
	doc := b.policyOf(bucket).Without(func(st policy.Statement) bool { return preflight.IsOf(st, id) })
	text := ""
	if !doc.IsEmpty() {
		text = string(doc.Bytes())
	}
	if err := b.aws.nonprod.SetPolicy(bucket, text); err != nil {
		b.Fatal(err)
	}
}

func (b *bench) can(user, key string) bool {
	return b.aws.Can("build/"+user, "s3:GetObject", fixtures, key).Allowed
}

// expectState checks the state of a grant, its outcome and its reason.
func (b *bench) expectState(id grant.ID, want ...string) {
	b.Helper()
	g := b.get(id)
	if got := strings.TrimSpace(fmt.Sprintf("%s %s", g.State, g.Outcome)); got != want[0] || len(want) > 1 && g.Why != want[1] {
		b.Errorf("%s is %s because of %q, want %q; owner %+v, grantee %+v", id, got, g.Why, want, g.Owner, g.Grantee)
	}
}

func (b *bench) events(id grant.ID, k grant.EventKind) (evs []grant.Event) {
	for _, ev := range b.get(id).History {
		if ev.Kind == k {
			evs = append(evs, ev)
		}
	}
	return evs
}

// expectNoWrites checks that everything agrees: another full pass writes nothing.
func (b *bench) expectNoWrites() {
	b.Helper()
	before := b.aws.writes()
	b.sweep()
	if n := b.aws.writes() - before; n != 0 {
		b.Errorf("another look at everything makes %d writes, want none", n)
	}
}
