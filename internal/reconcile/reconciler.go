package reconcile

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"s3share/internal/awsaccess"
	"s3share/internal/backoff"
	"s3share/internal/grant"
	"s3share/internal/preflight"
)

// Access is what AWS is asked and told. Errors are sorted by
// [awsaccess.ClassOf].
type Access interface {
	preflight.AWS
	PutBucketPolicy(ctx context.Context, b grant.Bucket, text string) error
	DeleteBucketPolicy(ctx context.Context, b grant.Bucket) error
	Join(ctx context.Context, p grant.Principal) error
	Leave(ctx context.Context, p grant.Principal) error
	Members(ctx context.Context, accountID string) ([]awsaccess.Member, error)
}

// People asks Slack who somebody is; the same as the commands use.
type People = preflight.People

// Config says how a [Reconciler] works. Store, Access and Rules are required;
// the zero value of every other field is a sound default.
type Config struct {
	Store  grant.Store
	Access Access
	Rules  grant.Rules
	People People // nil: every request is refused, because nobody is known
	// Closing reports whether somebody's act that would close a grant waits to be
	// carried out: meanwhile the grant is not opened without a person. nil: none does.
	Closing func(grant.Grant) bool

	Every  time.Duration // between two sweeps; zero means 5 minutes
	Kick   <-chan struct{}
	Now    func() time.Time
	Alert  func(ctx context.Context, text string) error // sees to it that those who run the bot are told, however late; nil discards
	Log    *slog.Logger
	Spread func() float64                                  // from 0 to 1, for back-off; nil means random
	Pause  func(ctx context.Context, d time.Duration) bool // waits in real time; false if ctx ended first
}

// A Reconciler runs the loops. Its methods are safe for concurrent use.
type Reconciler struct {
	Config
	passes     workers
	histories  *histories                    // of the grants whose records are damaged
	carries    *sync.Map                     // what writes with an unknown outcome carry, by bucket: [inflightWrites]
	intents    *sync.Map                     // writes that may still arrive, by bucket: [intent]
	unattended *sync.Mutex                   // held while it is decided whether a request needs a person
	ledger     *ledger                       // what the audit chain says of grants
	disowned   *sync.Map                     // the grants whose records are not what was approved, of which people were told
	asked      map[grant.Person]personChecks // when Slack was asked about those who have something open; of the sweep alone
}

// New returns a reconciler.
func New(c Config) *Reconciler {
	if c.Every == 0 {
		c.Every = 5 * time.Minute
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Alert == nil {
		c.Alert = func(context.Context, string) error { return nil }
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Closing == nil {
		c.Closing = func(grant.Grant) bool { return false }
	}
	if c.Spread == nil {
		c.Spread = rand.Float64
	}
	if c.Pause == nil {
		c.Pause = backoff.Wait
	}
	return &Reconciler{Config: c, passes: newWorkers(sideBySide), histories: new(histories), carries: new(sync.Map), intents: new(sync.Map), unattended: new(sync.Mutex),
		ledger: newLedger(), disowned: new(sync.Map), asked: map[grant.Person]personChecks{}}
}

const (
	poll       = time.Second // how late a due time can be noticed; also after a clock was set
	sideBySide = 32          // passes: those that wait for an account that is down must not hold up the rest
	dueAtOnce  = 1000        // records
	lifeAtOnce = 250         // records in one commit, which holds up every other for as long as it takes
	grace      = 8 * time.Second
)

// Run runs the loops until ctx ends, then waits for the passes in flight: a
// write that was sent is read back and recorded, as long as that takes no
// longer than the grace.
func (r *Reconciler) Run(ctx context.Context) error {
	work, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	ticker := time.NewTicker(poll)
	defer ticker.Stop()
	var swept time.Time
	told := clockRight
	for {
		told = r.tellClock(work, told)
		more := r.expireDue(work)
		r.dispatch(work)
		if now := r.Now(); now.Sub(swept) >= r.Every || now.Before(swept) {
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
		case <-r.Kick:
		case <-r.passes.done:
		case <-ticker.C:
		}
	}
}

// dispatch starts a pass for every bucket and principal that a due grant needs,
// and a check for every request.
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
	if len(r.Store.Unreadable(ctx)) > 0 && r.histories.isDue(r.Now()) {
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

// passOf names the pass over a principal. Where the config has called its account
// external for a while, there are two: each keeps to the half that is in its hands.
func passOf(p grant.Principal) string {
	if p.External {
		return "external principal " + p.ARN
	}
	return "principal " + p.ARN
}

func (r *Reconciler) due(ctx context.Context, l grant.Worker, limit int) []grant.ID {
	ids, err := r.Store.Due(ctx, l, r.Now(), limit)
	if err != nil {
		r.Log.ErrorContext(ctx, "reading what is due", "loop", l, "err", err)
	}
	return ids
}

func (r *Reconciler) dueGrants(ctx context.Context, l grant.Worker) []grant.Grant {
	return r.grants(ctx, r.due(ctx, l, dueAtOnce))
}

func (r *Reconciler) grants(ctx context.Context, ids []grant.ID) []grant.Grant {
	var gs []grant.Grant
	for _, id := range ids {
		g, err := r.Store.Get(ctx, id)
		if err != nil {
			r.Log.ErrorContext(ctx, "reading a grant", "grant", id, "err", err)
			continue
		}
		gs = append(gs, g)
	}
	return gs
}
