package reconcile

import (
	"context"
	"time"

	"s3share/internal/grant"
	"s3share/internal/preflight"
)

// A pass is one run of a loop on one key. It keeps the first internal fault, such as a full disk,
// because work that was not recorded is not done.
type pass struct {
	*Reconciler
	began time.Time
	fault error
}

func (r *Reconciler) pass() *pass { return &pass{Reconciler: r, began: r.now()} }

func (p *pass) failed(err error) {
	if p.fault == nil {
		p.fault = err
	}
}

// end returns and logs the fault of a pass that ended with err.
func (p *pass) end(ctx context.Context, err error, message string, about ...any) error {
	if err = ignoreStale(err); err == nil {
		err = p.fault
	}
	return p.Reconciler.end(ctx, err, message, about...)
}

func (p *pass) record(ctx context.Context, id grant.ID, next step) {
	p.failed(p.Reconciler.record(ctx, id, next))
}

func (p *pass) recordAll(ctx context.Context, ids []grant.ID, next step) {
	p.failed(p.Reconciler.recordAll(ctx, ids, next))
}

func (p *pass) retry(ctx context.Context, id grant.ID, h grant.Half, cause error) {
	p.failed(p.Reconciler.retry(ctx, id, h, cause))
}

func (p *pass) recheck(ctx context.Context, id grant.ID, h grant.Half, after time.Duration) {
	p.failed(p.Reconciler.recheck(ctx, p.began, id, h, after))
}

func (p *pass) fail(ctx context.Context, id grant.ID, why string) {
	p.failed(p.Reconciler.fail(ctx, id, why))
}

func (p *pass) tell(ctx context.Context, text string) { p.failed(p.Reconciler.tell(ctx, text)) }

func (p *pass) reportDrift(ctx context.Context, g grant.Grant, h grant.Half, what string) {
	p.failed(p.Reconciler.reportDrift(ctx, p.began, g, h, what))
}

func (p *pass) additionsBlocked(ctx context.Context) bool { return p.gate(ctx).isClosed() }

func (p *pass) wrongClock() error { return preflight.WrongClock(p.aws.ClockSkew()) }
