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
)

// inflightWrites is which grants' statements are in a write of a bucket's policy of
// which nobody knows what came of it, and when it was sent. A write has all the
// statements that the policy is to have, so one that is late brings back those of
// grants that it was not sent for.
type inflightWrites map[grant.ID]time.Time

// signedFor is for how long S3 takes a request after it was signed: what is on
// its way for longer never takes effect.
const signedFor = 15 * time.Minute

// has reports whether a write that has the grant's statements may still arrive.
func (c inflightWrites) has(id grant.ID, now time.Time) bool {
	sent, carries := c[id]
	return carries && now.Sub(sent) < signedFor
}

// anyWrite is the key of a write itself, also of one that only removes.
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

// inflightKey is the note of what was carried by the last write of a bucket: a
// process that ends before it has the reply leaves it to the next.
func (p *bucketPass) inflightKey() string {
	return "carried " + p.bucket.AccountID + " " + p.bucket.Name
}

// loadInflight reads what writes whose outcome is unknown carry. A process that has
// just started knows the outcome of none that the last one sent.
func (p *bucketPass) loadInflight(ctx context.Context) error {
	if known, ok := p.carries.Load(p.inflightKey()); ok {
		p.carried = known.(inflightWrites)
		return nil
	}
	_, err := grant.ReadDocument(ctx, p.Store, p.inflightKey(), &p.carried)
	switch {
	case errors.Is(err, grant.ErrUnreadable): // any of them may have been in the last write
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

// withInflight returns what is carried once a policy is sent, with the note that says so.
func (p *bucketPass) withInflight(ctx context.Context, after policy.Document, now time.Time) (inflightWrites, grant.Document, error) {
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

func (p *bucketPass) inflightDocument(ctx context.Context, c inflightWrites) (grant.Document, error) {
	note, err := grant.ReadDocument(ctx, p.Store, p.inflightKey(), new(inflightWrites))
	if err != nil && !errors.Is(err, grant.ErrUnreadable) {
		return note, err
	}
	return note.WithValue(c)
}

// writesSettled keeps in mind, and for the next process, what is carried now that the
// outcome of the last write is known. Where that cannot be stored, the next process
// is more careful than it has to be.
func (p *bucketPass) writesSettled(ctx context.Context, left inflightWrites) {
	p.arrived = func() {}
	p.keepInflight(left)
	note, err := p.inflightDocument(ctx, left)
	if err == nil {
		err = p.Store.Commit(ctx, grant.Tx{At: p.Now(), Documents: []grant.Document{note}})
	}
	if err != nil {
		p.Log.WarnContext(ctx, "recording that a write is settled", "bucket", p.bucket.Name, "err", err)
	}
}

// put writes a policy, and keeps in mind what it carries until its outcome is known.
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
