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
	"s3share/internal/loadgate"
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
	Gate   *loadgate.Gate // holds back checks while envelopes arrive; nil: always open
	Now    func() time.Time
	Alerts Alerts // nil discards them
	Log    *slog.Logger
	Spread func() float64                                  // from 0 to 1, for backoff; nil means random
	Pause  func(ctx context.Context, d time.Duration) bool // waits in real time; false if ctx ended first
}

// A Reconciler runs the loops. Its methods are safe for concurrent use.
type Reconciler struct {
	store    store.Store
	aws      Access
	rules    grant.Rules
	people   People
	closing  func(grant.Grant) bool
	every    time.Duration
	loadGate *loadgate.Gate
	kick     <-chan struct{}
	now      func() time.Time
	alerts   Alerts
	log      *slog.Logger
	spread   func() float64
	pause    func(ctx context.Context, d time.Duration) bool

	passes     *workers
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
		store: c.Store, aws: c.Access, rules: c.Rules, people: c.People, closing: c.Closing, kick: c.Kick, loadGate: c.Gate,
		every: cmp.Or(c.Every, 5*time.Minute), log: cmp.Or(c.Log, slog.New(slog.DiscardHandler)),
		now: c.Now, alerts: c.Alerts, spread: c.Spread, pause: c.Pause,
		passes: newWorkers(), histories: new(histories), ledger: newLedger(),
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
	dueAtOnce  = 1000        // records read by one dispatch
	dueListed  = 100_000     // due times in one read
	lifeAtOnce = 250         // records in one commit, which delays all other commits
	grace      = 8 * time.Second

	idleFactor  = 8 // a dispatch is followed by a pause of this many times its length
	longestIdle = 200 * time.Millisecond
)

// Run runs the loops until ctx ends, then waits for the passes in flight, at most for the grace
// period. A write that was sent is still read back and recorded.
func (r *Reconciler) Run(ctx context.Context) error {
	work, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	told, err := toldClock(work, r.alerts)
	if err != nil {
		return err
	}
	d := dispatcher{r}
	var timers sync.WaitGroup
	ring := make(chan struct{}, 1)
	timers.Go(func() { d.runTimers(ctx, work, ring) })
	ticker := time.NewTicker(poll)
	defer ticker.Stop()
	for swept := (time.Time{}); ctx.Err() == nil; {
		told = r.tellClock(work, told)
		select {
		case ring <- struct{}{}:
		default:
		}
		began := time.Now()
		more := d.dispatch(work)
		if now := r.now(); now.Sub(swept) >= r.every || now.Before(swept) {
			swept = now
			r.passes.start(job{key: "sweep", kind: sweepWork, run: func([]grant.ID) error { return r.sweep(work) }})
		}
		if more {
			continue
		}
		if busy := time.Since(began); busy > 0 { // every commit wakes the loop, and each dispatch reads all due times
			backoff.Wait(ctx, min(busy*idleFactor, longestIdle))
		}
		select {
		case <-ctx.Done():
		case <-r.kick:
		case <-r.passes.done:
		case <-ticker.C:
		}
	}
	timer := time.AfterFunc(grace, stop)
	defer timer.Stop()
	r.passes.close()
	r.passes.wait()
	timers.Wait()
	return nil
}

func (r *Reconciler) due(ctx context.Context, l grant.Worker, limit int) []grant.ID {
	ids, err := r.store.Due(ctx, l, r.now(), limit)
	if err != nil {
		r.log.ErrorContext(ctx, "reading what is due", "loop", l, "err", err)
	}
	return ids
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
