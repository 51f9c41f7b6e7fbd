package reconcile

import (
	"context"
	"fmt"
	"slices"
	"time"

	"s3share/internal/grant"
	"s3share/internal/policy"
)

// An intent is the last write of a bucket's policy with an unknown outcome, as its audit entry
// describes it. If it arrives late, it overwrites later edits by others: S3 has no conditional
// write.
type intent struct {
	before policy.Document // the policy read before the write
	after  policy.Document // the written policy
	until  time.Time       // when the request expires
	edited bool            // a read has shown another writer's edit since
}

// loadIntent returns the write of an earlier process that may still arrive, or nil. It is the last
// write in the audit log, if the bucket's note says that the outcome is unknown. Until the entry can
// be read, the loss of an edit is not noticed.
func (p bucketPass) loadIntent(ctx context.Context) (*intent, error) {
	if p.began.Sub(p.late.carried.latest()) >= signedFor {
		return nil, nil
	}
	e, err := p.lastWrite(ctx)
	if e == nil || err != nil {
		return nil, err
	}
	before, err := asWritten(e.Facts["before"])
	if err != nil {
		return nil, err
	}
	after, err := asWritten(e.Facts["after"])
	return &intent{before: before, after: after, until: e.At.Add(signedFor)}, err
}

// asWritten parses a policy from an audit entry; "" is no policy.
func asWritten(text string) (policy.Document, error) {
	if text == "" {
		return policy.Document{}, nil
	}
	return policy.Parse([]byte(text))
}

// lastWrite returns the audit entry of the bucket's last write, or nil if that is older than the
// lifetime of a request.
func (p bucketPass) lastWrite(ctx context.Context) (*grant.Recorded, error) {
	head, err := p.r.store.Head(ctx)
	if err != nil {
		return nil, err
	}
	const atOnce = 100
	for end := head.Seq; end > 0; {
		from := end - min(end, atOnce)
		all, err := p.r.store.Chain(ctx, from, int(end-from))
		if err != nil {
			return nil, fmt.Errorf("looking for the last write of the policy of %s: %w", p.bucket.Name, err)
		}
		for i := len(all) - 1; i >= 0; i-- {
			e := all[i]
			switch {
			case p.began.Sub(e.At) >= signedFor:
				return nil, nil
			case e.Kind == "write" && e.Facts["bucket"] == p.bucket.Name && e.Facts["owner_account"] == p.bucket.AccountID:
				return &e, nil
			}
		}
		end = from
	}
	return nil, nil
}

// statements returns those whose owners [lateWrites.compare] needs.
func (l *lateWrites) statements() []policy.Statement {
	if l.intent == nil {
		return nil
	}
	return slices.Clip(l.intent.before.Statements())
}

// compare compares a policy that was read with the one before a write that may still arrive. If
// another writer's edit was seen since and is gone again, the write has overwritten it.
func (l *lateWrites) compare(doc policy.Document, owned ownership, now time.Time) {
	i := l.intent
	if i == nil {
		return
	}
	if !now.Before(i.until) {
		l.intent = nil
		return
	}
	same := policy.SameForeign(doc, i.before, owned.owns)
	l.lostEdit = l.lostEdit || same && i.edited
	i.edited = !same
	if policy.Equivalent(doc, i.after) { // it has arrived
		l.intent = nil
	}
}

// reportLostEdit alerts the operators that another writer's edit between the bot's read and write
// was lost: reads showed it without the bot's write, and then the bot's write without it.
func (p bucketPass) reportLostEdit(ctx context.Context) error {
	if !p.late.lostEdit {
		return nil
	}
	p.r.log.ErrorContext(ctx, "an edit of a bucket policy outside s3share was overwritten", "bucket", p.bucket.Name)
	err := p.r.tell(ctx, fmt.Sprintf("An edit of the policy of %s was lost: it was made outside s3share in the "+
		"same moment as s3share's own write. Make the edit again; the audit log has the policy from before the "+
		"write.", p.bucket.Name))
	p.late.lostEdit = err != nil
	return err
}
