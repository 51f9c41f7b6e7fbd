package reconcile

import (
	"context"
	"errors"
	"fmt"
	"time"

	"s3share/internal/awsaccess"
	"s3share/internal/grant"
	"s3share/internal/policy"
	"s3share/internal/store"
)

// inflightWrites maps the grants whose statements are in policy writes with an unknown outcome to
// the time of sending. A write contains the whole policy. If it arrives late, it brings back
// statements of grants that were removed since.
type inflightWrites map[grant.ID]time.Time

// signedFor is how long S3 accepts a request after it was signed. A later arrival has no effect.
const signedFor = 15 * time.Minute

// has reports whether a write that contains the grant's statements may still arrive.
func (c inflightWrites) has(id grant.ID, now time.Time) bool {
	sent, carries := c[id]
	return carries && now.Sub(sent) < signedFor
}

// anyWrite is the key of the write itself, also of one that only removes statements.
const anyWrite grant.ID = ""

// latest returns when the last of the writes was sent; zero if there is none.
func (c inflightWrites) latest() (at time.Time) {
	for _, sent := range c {
		if sent.After(at) {
			at = sent
		}
	}
	return at
}

// with returns the writes in flight once a policy is sent.
func (c inflightWrites) with(sent policy.Document, owned ownership, now time.Time) inflightWrites {
	next := inflightWrites{anyWrite: now}
	for id, at := range c {
		if c.has(id, now) && id != anyWrite {
			next[id] = at
		}
	}
	for _, st := range sent.Statements() {
		if id, _ := policy.IDOfSid(st.Sid()); owned.owns(st) {
			next[grant.ID(id)] = now
		}
	}
	return next
}

// lateWrites is the memory of one bucket's writes that may still arrive. It outlives a pass. A bucket
// has one pass at a time.
type lateWrites struct {
	loaded   bool
	carried  inflightWrites
	intent   *intent // the last one; nil if its outcome is known
	lostEdit bool    // an edit by others was overwritten, and the operators do not know yet
}

// inflightKey returns the key of the note about the last write of a bucket. The next process reads
// it if this one ends before the reply.
func (p bucketPass) inflightKey() string {
	return "carried " + p.bucket.AccountID + " " + p.bucket.Name
}

// loadLateWrites reads the writes of an earlier process with an unknown outcome. Its last write
// counts as one, unless the note says that its outcome is known.
func (p bucketPass) loadLateWrites(ctx context.Context, rs records) error {
	if p.late.loaded {
		return nil
	}
	_, err := store.ReadDocument(ctx, p.r.store, p.inflightKey(), &p.late.carried)
	switch {
	case errors.Is(err, store.ErrUnreadable): // the last write may have contained any of them
		p.late.carried = inflightWrites{anyWrite: p.began}
		for _, g := range rs.all() {
			p.late.carried[g.ID] = p.began
		}
	case err != nil:
		return fmt.Errorf("reading what the last write of the policy of %s carries: %w", p.bucket.Name, err)
	}
	if p.late.intent, err = p.loadIntent(ctx); err != nil { // the bucket is passed all the same: access has to end
		p.r.log.ErrorContext(ctx, "reading the last write of a bucket", "bucket", p.bucket.Name, "err", err)
	}
	p.late.loaded = err == nil
	return nil
}

func (p bucketPass) inflightDocument(ctx context.Context, c inflightWrites) (store.Document, error) {
	note, err := store.ReadDocument(ctx, p.r.store, p.inflightKey(), new(inflightWrites))
	if err != nil && !errors.Is(err, store.ErrUnreadable) {
		return note, err
	}
	return note.WithValue(c)
}

// settle records the grants in late writes after the outcome of the last write is known. If the note
// cannot be stored, the next process is more careful than necessary.
func (p bucketPass) settle(ctx context.Context, left inflightWrites) {
	p.late.carried = left
	note, err := p.inflightDocument(ctx, left)
	if err == nil {
		err = p.r.store.Commit(ctx, store.Tx{At: p.r.now(), Documents: []store.Document{note}})
	}
	if err != nil {
		p.r.log.WarnContext(ctx, "recording that a write is settled", "bucket", p.bucket.Name, "err", err)
	}
}

// put writes a policy. Its grants stay in flight until the outcome is known.
func (p bucketPass) put(ctx context.Context, before, after policy.Document, carried inflightWrites) (refusal error) {
	left := p.late.carried
	p.late.carried = carried
	if after.IsEmpty() {
		refusal = p.r.aws.DeleteBucketPolicy(ctx, p.bucket)
	} else {
		refusal = p.r.aws.PutBucketPolicy(ctx, p.bucket, string(after.Bytes()))
	}
	if awsaccess.ClassOf(refusal) == awsaccess.Unknown {
		p.late.intent = &intent{before: before, after: after, until: p.r.now().Add(signedFor)}
		return refusal
	}
	p.settle(ctx, left)
	return refusal
}
