package reconcile

import (
	"context"
	"fmt"
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

// loadIntent loads the write of the bucket that may still arrive, or nil. A new process takes it
// from the audit entry of the last write, if the bucket's note says that the outcome is unknown. An
// unreadable entry counts as none, so that it delays no removal. The loss of an edit is not noticed
// then.
func (p *bucketPass) loadIntent(ctx context.Context) {
	if known, ok := p.intents.Load(p.inflightKey()); ok {
		p.intent = known.(*intent)
		return
	}
	sent := p.carried.latest()
	if p.now.Sub(sent) >= signedFor {
		return
	}
	e, err := p.lastWrite(ctx)
	if err != nil { // the bucket is passed all the same: access has to end
		p.Log.ErrorContext(ctx, "looking for the last write of a bucket", "bucket", p.bucket.Name, "err", err)
		return
	}
	if e == nil {
		return
	}
	i := &intent{until: e.At.Add(signedFor)}
	if i.before, err = asWritten(e.Facts["before"]); err == nil {
		i.after, err = asWritten(e.Facts["after"])
	}
	if err != nil {
		p.Log.ErrorContext(ctx, "reading the last write of a bucket", "bucket", p.bucket.Name, "err", err)
		return
	}
	p.keepIntent(i)
}

// asWritten parses a policy from an audit entry; "" is no policy.
func asWritten(text string) (policy.Document, error) {
	if text == "" {
		return policy.Document{}, nil
	}
	return policy.Parse([]byte(text))
}

func (p *bucketPass) keepIntent(i *intent) {
	p.intent = i
	p.intents.Store(p.inflightKey(), i)
}

// lastWrite returns the audit entry of the bucket's last write, or nil if that is older than the
// lifetime of a request.
func (p *bucketPass) lastWrite(ctx context.Context) (*grant.Recorded, error) {
	head, err := p.Store.Head(ctx)
	if err != nil {
		return nil, err
	}
	const atOnce = 100
	for end := head.Seq; end > 0; {
		from := end - min(end, atOnce)
		all, err := p.Store.Chain(ctx, from, int(end-from))
		if err != nil {
			return nil, fmt.Errorf("looking for the last write of the policy of %s: %w", p.bucket.Name, err)
		}
		for i := len(all) - 1; i >= 0; i-- {
			e := all[i]
			switch {
			case p.now.Sub(e.At) >= signedFor:
				return nil, nil
			case e.Kind == "write" && e.Facts["bucket"] == p.bucket.Name && e.Facts["owner_account"] == p.bucket.AccountID:
				return &e, nil
			}
		}
		end = from
	}
	return nil, nil
}

// compareWithIntent compares the policy with the one before a write that may still arrive. If
// another writer's edit was seen since and is gone again, the write has overwritten it, and the
// operators are alerted.
func (p *bucketPass) compareWithIntent(ctx context.Context) {
	i := p.intent
	if i == nil {
		return
	}
	if !p.Now().Before(i.until) {
		p.keepIntent(nil)
		return
	}
	switch same := policy.SameForeign(p.doc, i.before, p.ours.owns); {
	case !same:
		i.edited = true
	case i.edited:
		i.edited = false
		p.reportLostEdit(ctx)
	}
	if policy.Equivalent(p.doc, i.after) { // it has arrived
		p.keepIntent(nil)
	}
}
