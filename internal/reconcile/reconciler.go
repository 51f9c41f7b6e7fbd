package reconcile

import (
	"cmp"
	"context"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"s3share/internal/alarm"
	"s3share/internal/awsaccess"
	"s3share/internal/backoff"
	"s3share/internal/grant"
	"s3share/internal/preflight"
	"s3share/internal/store"
)

// Access has the reads and writes of AWS. Errors are sorted by [awsaccess.ClassOf].
type Access interface {
	preflight.AWS
	PutBucketPolicy(ctx context.Context, b grant.Bucket, text string) error
	DeleteBucketPolicy(ctx context.Context, b grant.Bucket) error
	Join(ctx context.Context, p grant.Principal) error
	Leave(ctx context.Context, p grant.Principal) error
	Members(ctx context.Context, accountID string) ([]awsaccess.Member, error)
}

// People looks people up in Slack.
type People interface {
	preflight.People
	// Actor returns a person's standing and groups. Slack is asked about the person anew; an answer
	// about a group counts if its question was sent at since or later.
	Actor(ctx context.Context, p grant.Person, groups []string, since time.Time) (grant.Actor, error)
}

// Alerts are the alerts to the operators: an [alarm.Board].
type Alerts interface {
	Raise(ctx context.Context, a alarm.Alert) error
	End(ctx context.Context, key, how string) error
	EndAll(ctx context.Context, prefix string, isOver func(key string) bool, how func(key string) string) error
	Raised(ctx context.Context) (map[string]time.Time, error)
}

// Config configures a [Reconciler]. Store, Access and Rules are required; the zero value of every
// other field is a sound default.
type Config struct {
	Store  store.Store
	Access Access
	Rules  grant.Rules
	People People // nil: every request is retried, because people cannot be looked up
	// Closing reports whether an act that would close a grant waits to be carried out. Meanwhile
	// the grant is not opened automatically. nil: there is none.
	Closing func(grant.Grant) bool

	Every  time.Duration // between two sweeps; zero means 5 minutes
	Kick   <-chan struct{}
	Now    func() time.Time
	Alerts Alerts // nil discards them
	Log    *slog.Logger
	Spread func() float64                                  // from 0 to 1, for backoff; nil means random
	Pause  func(ctx context.Context, d time.Duration) bool // waits in real time; false if ctx ended first
}

// A Reconciler runs the loops. Its methods are safe for concurrent use.
type Reconciler struct {
	store   store.Store
	aws     Access
	rules   grant.Rules
	people  People
	closing func(grant.Grant) bool
	every   time.Duration
	kick    <-chan struct{}
	now     func() time.Time
	alerts  Alerts
	log     *slog.Logger
	spread  func() float64
	pause   func(ctx context.Context, d time.Duration) bool

	passes     workers
	histories  *histories                    // of damaged grants
	late       sync.Map                      // memory of each bucket, by key: [*lateWrites]
	unattended sync.Mutex                    // held during the decision whether a request needs a person
	ledger     *ledger                       // facts from the audit chain
	disowned   sync.Map                      // grants whose mismatch was alerted
	asked      map[grant.Person]personChecks // lookups of people with open grants; used by the sweep only
}

// New returns a reconciler.
func New(c Config) *Reconciler {
	r := &Reconciler{
		store: c.Store, aws: c.Access, rules: c.Rules, people: c.People, closing: c.Closing, kick: c.Kick,
		every: cmp.Or(c.Every, 5*time.Minute), log: cmp.Or(c.Log, slog.New(slog.DiscardHandler)),
		now: c.Now, alerts: c.Alerts, spread: c.Spread, pause: c.Pause,
		passes: newWorkers(sideBySide), histories: new(histories), ledger: newLedger(),
		asked: map[grant.Person]personChecks{},
	}
	if r.now == nil {
		r.now = time.Now
	}
	if r.alerts == nil {
		r.alerts = noAlerts{}
	}
	if r.closing == nil {
		r.closing = func(grant.Grant) bool { return false }
	}
	if r.spread == nil {
		r.spread = rand.Float64
	}
	if r.pause == nil {
		r.pause = backoff.Wait
	}
	return r
}

const (
	poll       = time.Second // the longest delay of due work, also after a clock change
	sideBySide = 32          // concurrent passes: those that wait for an unavailable account must not block the others
	dueAtOnce  = 1000        // records
	lifeAtOnce = 250         // records in one commit, which delays all other commits
	grace      = 8 * time.Second
)

// Run runs the loops until ctx ends, then waits for the passes in flight, at most for the grace
// period. A write that was sent is still read back and recorded.
func (r *Reconciler) Run(ctx context.Context) error {
	work, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	ticker := time.NewTicker(poll)
	defer ticker.Stop()
	var swept time.Time
	told, err := toldClock(work, r.alerts)
	if err != nil {
		return err
	}
	for {
		told = r.tellClock(work, told)
		more := r.expireDue(work)
		r.dispatch(work)
		if now := r.now(); now.Sub(swept) >= r.every || now.Before(swept) {
			swept = now
			r.passes.start("sweep", func() error { return r.sweep(work) })
		}
		if more && ctx.Err() == nil {
			continue
		}
		select {
		case <-ctx.Done():
			timer := time.AfterFunc(grace, stop)
			defer timer.Stop()
			r.passes.wait()
			return nil
		case <-r.kick:
		case <-r.passes.done:
		case <-ticker.C:
		}
	}
}

// dispatch starts a pass for every bucket and principal of a due grant, and a check for every due
// request.
func (r *Reconciler) dispatch(ctx context.Context) {
	for _, id := range r.due(ctx, grant.CheckWorker, dueAtOnce) {
		r.startCheck(ctx, id)
	}
	for _, g := range r.dueGrants(ctx, grant.OwnerWorker) {
		r.startBucket(ctx, g.Bucket)
	}
	for _, g := range r.dueGrants(ctx, grant.GranteeWorker) {
		r.startPrincipal(ctx, g.Principal)
	}
	if len(r.store.Unreadable(ctx)) > 0 && r.histories.isDue(r.now()) {
		r.passes.start("damaged records", func() error { r.dispatchDamaged(ctx); return nil })
	}
}

func (r *Reconciler) startCheck(ctx context.Context, id grant.ID) {
	r.passes.start("check "+string(id), func() error { return r.check(ctx, id) })
}

func (r *Reconciler) startBucket(ctx context.Context, b grant.Bucket) {
	r.passes.start("bucket "+b.AccountID+" "+b.Name, func() error { return r.passBucket(ctx, b) })
}

func (r *Reconciler) startPrincipal(ctx context.Context, p grant.Principal) {
	r.passes.start(passOf(p), func() error { return r.passPrincipal(ctx, p) })
}

// passOf returns the key of the pass over a principal. If its account was external for a while,
// there are two passes, one for each kind of grant.
func passOf(p grant.Principal) string {
	if p.External {
		return "external principal " + p.ARN
	}
	return "principal " + p.ARN
}

func (r *Reconciler) due(ctx context.Context, l grant.Worker, limit int) []grant.ID {
	ids, err := r.store.Due(ctx, l, r.now(), limit)
	if err != nil {
		r.log.ErrorContext(ctx, "reading what is due", "loop", l, "err", err)
	}
	return ids
}

func (r *Reconciler) dueGrants(ctx context.Context, l grant.Worker) []grant.Grant {
	return r.grants(ctx, r.due(ctx, l, dueAtOnce))
}

func (r *Reconciler) grants(ctx context.Context, ids []grant.ID) []grant.Grant {
	var gs []grant.Grant
	for _, id := range ids {
		g, err := r.store.Get(ctx, id)
		if err != nil {
			r.log.ErrorContext(ctx, "reading a grant", "grant", id, "err", err)
			continue
		}
		gs = append(gs, g)
	}
	return gs
}
