package reconcile

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"time"

	"s3share/internal/awsaccess"
	"s3share/internal/grant"
)

// Access is what AWS is asked and told. Errors are sorted by
// [awsaccess.ClassOf].
type Access interface {
	BucketPolicy(ctx context.Context, b grant.Bucket) (string, error) // "" only where there is none
	PutBucketPolicy(ctx context.Context, b grant.Bucket, text string) error
	DeleteBucketPolicy(ctx context.Context, b grant.Bucket) error
	Facts(ctx context.Context, b grant.Bucket, ownership bool) (awsaccess.Facts, error)
	Principal(ctx context.Context, p grant.Principal) (arn, uniqueID string, err error)
	Joined(ctx context.Context, p grant.Principal) (awsaccess.Standing, error)
	Join(ctx context.Context, p grant.Principal) error
	Leave(ctx context.Context, p grant.Principal) error
	Members(ctx context.Context, accountID string) ([]awsaccess.Member, error)
}

// People asks Slack who somebody is; the same as the commands use.
type People interface {
	Actor(ctx context.Context, p grant.Person, groups []string) (grant.Actor, error)
}

// Config says how a [Reconciler] works. Store, Access and Rules are required;
// the zero value of every other field is a sound default.
type Config struct {
	Store  grant.Store
	Access Access
	Rules  grant.Rules
	People People // nil: every request is refused, because nobody is known

	Every  time.Duration // between two sweeps; zero means 5 minutes
	Kick   <-chan struct{}
	Now    func() time.Time
	Alert  func(ctx context.Context, text string) // tells those who run the bot; nil discards
	Log    *slog.Logger
	Spread func() float64                                  // from 0 to 1, for back-off; nil means random
	Pause  func(ctx context.Context, d time.Duration) bool // waits in real time; false if ctx ended first
}

// A Reconciler runs the loops. Its methods are safe for concurrent use.
type Reconciler struct {
	Config
	passes passes
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
		c.Alert = func(context.Context, string) {}
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Spread == nil {
		c.Spread = rand.Float64
	}
	if c.Pause == nil {
		c.Pause = pause
	}
	return &Reconciler{Config: c, passes: newPasses(sideBySide)}
}

const (
	poll       = time.Second // how late a due time can be noticed; also after a clock was set
	sideBySide = 8           // passes
	dueAtOnce  = 1000        // records
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
	for {
		r.live(work)
		r.dispatch(work)
		if now := r.Now(); now.Sub(swept) >= r.Every || now.Before(swept) {
			swept = now
			r.passes.start("sweep", func() { r.sweep(work) })
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
	for _, id := range r.due(ctx, grant.CheckLoop) {
		r.passes.start("check "+string(id), func() { r.check(ctx, id) })
	}
	for _, g := range r.dueGrants(ctx, grant.OwnerLoop) {
		r.startBucket(ctx, g.Bucket)
	}
	for _, g := range r.dueGrants(ctx, grant.GranteeLoop) {
		r.startPrincipal(ctx, g.Principal)
	}
}

func (r *Reconciler) startBucket(ctx context.Context, b grant.Bucket) {
	r.passes.start("bucket "+b.AccountID+" "+b.Name, func() { r.passBucket(ctx, b) })
}

func (r *Reconciler) startPrincipal(ctx context.Context, p grant.Principal) {
	r.passes.start("principal "+p.ARN, func() { r.passPrincipal(ctx, p) })
}

func (r *Reconciler) due(ctx context.Context, l grant.Loop) []grant.ID {
	ids, err := r.Store.Due(ctx, l, r.Now(), dueAtOnce)
	if err != nil {
		r.Log.ErrorContext(ctx, "reading what is due", "loop", l, "err", err)
	}
	return ids
}

func (r *Reconciler) dueGrants(ctx context.Context, l grant.Loop) []grant.Grant {
	var gs []grant.Grant
	for _, id := range r.due(ctx, l) {
		g, err := r.Store.Get(ctx, id)
		if err != nil {
			r.Log.ErrorContext(ctx, "reading a grant", "grant", id, "err", err)
			continue
		}
		gs = append(gs, g)
	}
	return gs
}

// errMoved says that a grant is no longer what a pass was made for. Its own
// change has woken whoever needs it.
var errMoved = errors.New("the grant has moved on")

// update stores what step makes of a grant, on whatever the grant is by then.
// step returns the grant unchanged, or errMoved, if there is nothing to store.
func (r *Reconciler) update(ctx context.Context, id grant.ID, step func(grant.Grant) (grant.Grant, error), entries ...grant.Entry) error {
	for {
		old, err := r.Store.Get(ctx, id)
		if err != nil {
			return err
		}
		next, err := step(old)
		if err != nil {
			return err
		}
		change := grant.Change{At: r.Now(), Entries: entries}
		change.Put(old, next)
		switch err := r.Store.Commit(ctx, change); {
		case err == nil:
			for _, ev := range next.History[len(old.History):] {
				r.Log.InfoContext(ctx, "grant changed", "event", ev.Kind, "grant", id, "state", ev.To, "half", ev.Half)
			}
			return nil
		case !errors.Is(err, grant.ErrConflict):
			return err
		}
	}
}

// record is update for a step whose failure only means that the loop comes by again.
func (r *Reconciler) record(ctx context.Context, id grant.ID, step func(grant.Grant) (grant.Grant, error)) {
	if err := r.update(ctx, id, step); err != nil && !errors.Is(err, errMoved) {
		var no *grant.Refusal
		if errors.As(err, &no) {
			return // it has moved on, and its own change has woken whoever needs it
		}
		r.Log.ErrorContext(ctx, "recording a pass", "grant", id, "err", err)
	}
}

// retry records a failed attempt at a half.
func (r *Reconciler) retry(ctx context.Context, id grant.ID, h grant.Half, cause error) {
	r.Log.WarnContext(ctx, "AWS call to be tried again", "grant", id, "half", h, "class", awsaccess.ClassOf(cause), "err", cause)
	r.record(ctx, id, func(g grant.Grant) (grant.Grant, error) {
		return g.Retry(h, cause.Error(), r.Now(), r.Spread()), nil
	})
}

// fail ends a grant that cannot be applied, or no longer can.
func (r *Reconciler) fail(ctx context.Context, id grant.ID, why string) {
	r.record(ctx, id, func(g grant.Grant) (grant.Grant, error) {
		return g.Next(grant.Act{Kind: grant.End, At: r.Now(), Outcome: grant.Failed, Why: why})
	})
}

func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}
