package reconcile

import (
	"context"
	"errors"
	"fmt"
	"time"

	"s3share/internal/awsaccess"
	"s3share/internal/grant"
	"s3share/internal/policy"
)

// settling is what a pass has written and now waits to see.
type settling struct {
	wrote  *policy.Document // nil: nothing; what was read is as good as a read-back
	before policy.Document
	doubt  error // why the write may not have taken effect; nil: AWS confirmed it
}

// readBacks are the pauses before each look at what was written. S3 may show the
// state of before for some seconds.
var readBacks = [...]time.Duration{0, 300 * time.Millisecond, 700 * time.Millisecond, time.Second, 2 * time.Second, 3 * time.Second, 3 * time.Second}

// settle reads back until everything is as the records ask, and records what was
// seen. What has not shown by then is looked at again later.
func (p *bucketPass) settle(ctx context.Context, s settling) {
	if s.wrote == nil {
		p.later(ctx, p.recordSeen(ctx), nil)
		return
	}
	if definite(s.doubt) {
		p.later(ctx, p.all(), s.doubt)
		return
	}
	open := p.all()
	var flash bool // somebody else's edit was seen
	for _, wait := range readBacks {
		if wait > 0 && !p.Pause(ctx, wait) {
			break
		}
		if err := p.read(ctx); err != nil {
			s.doubt = err // not seen is not there
			continue
		}
		if edited(p.doc, s, p.ours) {
			flash = true
		} else if flash && policy.SameForeign(p.doc, *s.wrote, p.ours.is) {
			p.lost(ctx)
			flash = false
		}
		if open = p.recordSeen(ctx); len(open) == 0 {
			break
		}
	}
	p.later(ctx, open, s.doubt)
}

// definite reports whether a write certainly did not take effect.
func definite(doubt error) bool {
	c := awsaccess.ClassOf(doubt)
	return c == awsaccess.Denied || c == awsaccess.Retry || c == awsaccess.Malformed || c == awsaccess.Limit
}

// edited reports whether the other people's statements are neither those that
// were read nor those that were written.
func edited(doc policy.Document, s settling, o *ours) bool {
	return !policy.SameForeign(doc, *s.wrote, o.is) && !policy.SameForeign(doc, s.before, o.is)
}

// lost tells people that a foreign edit fell into the window between our read
// and our write: it was seen, and then it was gone.
func (p *bucketPass) lost(ctx context.Context) {
	p.Log.ErrorContext(ctx, "somebody else's edit of a bucket policy was overwritten", "bucket", p.bucket.Name)
	p.Alert(ctx, fmt.Sprintf("Somebody else edited the policy of %s in the same moment as I did, and that edit was lost. The audit log has the policy from before my write.", p.bucket.Name))
}

func (p *bucketPass) all() []grant.ID {
	ids := make([]grant.ID, 0, len(p.grants)+len(p.ended))
	for _, g := range p.grants {
		ids = append(ids, g.ID)
	}
	return append(ids, p.ended...)
}

// recordSeen records what the last read shows, and returns the grants that it
// does not show as they should be.
func (p *bucketPass) recordSeen(ctx context.Context) (open []grant.ID) {
	for _, id := range p.all() {
		settled := true
		err := p.update(ctx, id, func(g grant.Grant) (next grant.Grant, err error) {
			next, settled, err = p.seen(g)
			return next, err
		})
		var no *grant.Refusal
		if err != nil && !errors.Is(err, errMoved) && !errors.As(err, &no) {
			p.Log.ErrorContext(ctx, "recording a pass", "grant", id, "err", err)
		}
		if !settled {
			open = append(open, id)
		}
	}
	return open
}

// seen returns what the last read makes of a grant, and whether AWS agrees with
// the record by now. errMoved: there is nothing to store.
func (p *bucketPass) seen(g grant.Grant) (next grant.Grant, settled bool, err error) {
	const h = grant.OwnerHalf
	now := p.Now()
	switch {
	case g.Asks(now):
		if !present(p.doc, g, g.ExpiresAt) {
			return g, false, errMoved
		}
		if g.Confirmed(h) {
			return p.rest(g)
		}
		next, err = g.Asking(h, grant.Statement, sids(g), now).Found(h, now)
		return next, true, err
	case !absent(p.doc, g.ID):
		return g, g.State == grant.Approved && g.DriftedAt.IsZero(), errMoved // expired: its end is being decided
	case g.State == grant.Ending && g.Owner.ClearedAt.IsZero():
		next, err = g.Gone(h, now)
		return next, true, err
	case !g.DriftedAt.IsZero() && g.WasConfirmed(h):
		return g.GivenUp(h), true, nil
	}
	return p.rest(g)
}

// rest stores that a half needs no more looks, unless that is stored already.
func (p *bucketPass) rest(g grant.Grant) (grant.Grant, bool, error) {
	if !due(g.Owner, p.Now()) {
		return g, true, errMoved
	}
	return g.LookAgain(grant.OwnerHalf, time.Time{}), true, nil
}

// later leaves the rest to a later pass: as a failure if AWS gave one.
func (p *bucketPass) later(ctx context.Context, open []grant.ID, doubt error) {
	for _, id := range open {
		if doubt != nil {
			p.retry(ctx, id, grant.OwnerHalf, doubt)
			continue
		}
		p.record(ctx, id, func(g grant.Grant) (grant.Grant, error) {
			if !g.State.InAWS() {
				return g, errMoved
			}
			return g.LookAgain(grant.OwnerHalf, p.Now().Add(5*time.Second)), nil
		})
	}
}

func asError(err error, target **awsaccess.Error) bool { return errors.As(err, target) }
