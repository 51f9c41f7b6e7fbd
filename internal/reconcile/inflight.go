package reconcile

import (
	"context"
	"errors"
	"fmt"
	"maps"
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

// inflightKey returns the key of the note about the last write of a bucket. The next process reads
// it if this one ends before the reply.
func (p *bucketPass) inflightKey() string {
	return "carried " + p.bucket.AccountID + " " + p.bucket.Name
}

// loadInflight reads the grants in writes with an unknown outcome. A new process treats the last
// write of the previous process as unknown, unless the note says that its outcome is known.
func (p *bucketPass) loadInflight(ctx context.Context) error {
	if known, ok := p.carries.Load(p.inflightKey()); ok {
		p.carried = known.(inflightWrites)
		return nil
	}
	_, err := store.ReadDocument(ctx, p.Store, p.inflightKey(), &p.carried)
	switch {
	case errors.Is(err, store.ErrUnreadable): // the last write may have contained any of them
		p.carried = inflightWrites{anyWrite: p.now}
		for _, g := range p.all() {
			p.carried[g.ID] = p.now
		}
	case err != nil:
		return fmt.Errorf("reading what the last write of the policy of %s carries: %w", p.bucket.Name, err)
	}
	p.keepInflight(p.carried)
	return nil
}

func (p *bucketPass) keepInflight(c inflightWrites) {
	p.carried = c
	p.carries.Store(p.inflightKey(), c)
}

// withInflight returns the carried grants once a policy is sent, and the note to store first.
func (p *bucketPass) withInflight(ctx context.Context, after policy.Document, now time.Time) (
	inflightWrites, store.Document, error) {
	next := maps.Clone(p.carried)
	maps.DeleteFunc(next, func(_ grant.ID, sent time.Time) bool { return now.Sub(sent) >= signedFor })
	if next == nil {
		next = inflightWrites{}
	}
	next[anyWrite] = now
	for _, st := range after.Statements() {
		if id, _ := policy.IDOfSid(st.Sid()); p.ours.owns(st) {
			next[grant.ID(id)] = now
		}
	}
	note, err := p.inflightDocument(ctx, next)
	return next, note, err
}

func (p *bucketPass) inflightDocument(ctx context.Context, c inflightWrites) (store.Document, error) {
	note, err := store.ReadDocument(ctx, p.Store, p.inflightKey(), new(inflightWrites))
	if err != nil && !errors.Is(err, store.ErrUnreadable) {
		return note, err
	}
	return note.WithValue(c)
}

// writesSettled records the carried grants after the outcome of the last write is known. If the
// note cannot be stored, the next process is more careful than necessary.
func (p *bucketPass) writesSettled(ctx context.Context, left inflightWrites) {
	p.arrived = func() {}
	p.keepInflight(left)
	note, err := p.inflightDocument(ctx, left)
	if err == nil {
		err = p.Store.Commit(ctx, store.Tx{At: p.Now(), Documents: []store.Document{note}})
	}
	if err != nil {
		p.Log.WarnContext(ctx, "recording that a write is settled", "bucket", p.bucket.Name, "err", err)
	}
}

// put writes a policy, and keeps its grants as carried until the outcome is known.
func (p *bucketPass) put(ctx context.Context, from, after policy.Document, carries inflightWrites) (refusal error) {
	before := p.carried
	p.keepInflight(carries)
	if after.IsEmpty() {
		refusal = p.Access.DeleteBucketPolicy(ctx, p.bucket)
	} else {
		refusal = p.Access.PutBucketPolicy(ctx, p.bucket, string(after.Bytes()))
	}
	p.arrived = func() { p.writesSettled(ctx, before) }
	if awsaccess.ClassOf(refusal) != awsaccess.Unknown {
		p.arrived()
		return refusal
	}
	p.keepIntent(&intent{before: from, after: after, until: p.Now().Add(signedFor)})
	return refusal
}
