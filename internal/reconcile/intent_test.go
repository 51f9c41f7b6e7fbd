package reconcile

import (
	"context"
	"strings"
	"testing"
	"time"

	"s3share/internal/grant"
	"s3share/internal/preflight"
)

// late keeps the last policy that was sent, so that a test can let it arrive later.
type late struct {
	*aws
	sent string
}

func (l *late) PutBucketPolicy(ctx context.Context, b grant.Bucket, text string) error {
	l.sent = text
	return l.aws.PutBucketPolicy(ctx, b, text)
}

func (l *late) DeleteBucketPolicy(ctx context.Context, b grant.Bucket) error {
	l.sent = ""
	return l.aws.DeleteBucketPolicy(ctx, b)
}

// failOnce breaks the next call of an operation.
func (b *bench) failOnce(op string, how fault) {
	b.fault = func(_ int, called string, _ bool) fault {
		if called == op {
			b.fault = nil
			return how
		}
		return works
	}
}

const theirEdit = `{"Sid":"Edit","Effect":"Deny","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::fixtures/new/*"}`

// A write was in flight when the process was killed, or its reply was lost. Another writer edits
// the policy, and then the write arrives. The edit is gone, and the operators are alerted once.
func TestLateWriteOverwritesAnEdit(t *testing.T) {
	const told = "An edit of the policy of fixtures was lost: it was made outside s3share"
	for _, c := range []struct {
		name    string
		how     fault
		removal bool // the write only removes
		edit    bool
		arrives time.Duration
		want    int // number of alerts
	}{
		{"killed", killed, false, true, 2 * time.Minute, 1},
		{"killed while it removes", killed, true, true, 2 * time.Minute, 1},
		{"timed out", lostBefore, false, true, 2 * time.Minute, 1},
		{"killed, without an edit", killed, false, false, 2 * time.Minute, 0},
		{"killed, and the write never arrives", killed, false, true, 0, 0},
		{"killed, and it arrived at once", killedAfter, false, true, 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t)
			b.addStatements(fixtures, foreign)
			kept := &late{aws: b.aws}
			id := b.approved("fixtures/a", "read", "build/ann", "8h")
			if c.removal {
				b.run(time.Minute)
				b.end(id)
			}
			b.rec.aws = kept
			op := "PutBucketPolicy"
			b.failOnce(op, c.how)
			b.turn()
			sent := kept.sent
			if sent == "" {
				t.Fatal("nothing was sent")
			}
			b.rec.aws = kept
			if c.edit {
				b.addStatements(fixtures, theirEdit)
			}
			b.run(time.Minute)
			if c.arrives > 0 {
				b.run(c.arrives)
				if err := b.aws.nonprod.SetPolicy(fixtures, sent); err != nil {
					t.Fatal(err)
				}
			}
			for range 4 {
				b.sweep()
				b.run(5 * time.Minute)
			}
			n := 0
			for _, text := range b.alerts {
				if strings.HasPrefix(text, told) {
					n++
				}
			}
			if n != c.want {
				t.Errorf("told %d times, want %d: %q", n, c.want, b.alerts)
			}
		})
	}
}

// A write without a reply before an early end arrives 14 minutes later. The bucket is read every
// minute until every request has expired, and then no more.
func TestRechecksUntilRequestsExpire(t *testing.T) {
	for _, how := range []fault{lostBefore, killed} {
		t.Run(string(how), func(t *testing.T) {
			b := newBench(t)
			kept := &late{aws: b.aws}
			b.rec.aws = kept
			id := b.approved("fixtures/a", "read", "build/ann", "8h")
			b.failOnce("PutBucketPolicy", how)
			b.turn()
			sent := kept.sent
			b.end(id)
			b.run(6 * time.Minute)
			b.expectState(id, "ended relinquished")
			b.run(8 * time.Minute)
			if err := b.aws.nonprod.SetPolicy(fixtures, sent); err != nil || preflight.Absent(b.policyOf(fixtures), id) {
				t.Fatalf("nothing has arrived, %v", err)
			}
			b.run(lateEvery + time.Second) // without a sweep
			if !preflight.Absent(b.policyOf(fixtures), id) {
				t.Error("what arrived late is still there a minute later")
			}
			b.run(5 * time.Minute)
			b.aws.calls = nil
			b.run(30 * time.Minute)
			if n := b.aws.count("GetBucketPolicy"); n > 1 {
				t.Errorf("looked %d times in half an hour, when nothing can arrive any more", n)
			}
		})
	}
}

// The same for a membership.
func TestRechecksForALateMembership(t *testing.T) {
	b := newBench(t)
	id := b.approved("fixtures/a", "read", "build/ann", "8h")
	b.failOnce("Join", lostBefore)
	b.turn()
	b.end(id)
	b.run(6 * time.Minute)
	b.expectState(id, "ended relinquished")
	b.run(8 * time.Minute)
	p := b.get(id).Principal
	if err := b.aws.Join(ctx, p); err != nil || !b.aws.joined(p) {
		t.Fatal("nothing has arrived")
	}
	b.run(lateEvery + time.Second)
	if b.aws.joined(p) {
		t.Error("the membership that arrived late is still there a minute later")
	}
}

// An audit entry that cannot be read does not delay a removal after a kill.
func TestRemovalNeedsNoAuditEntry(t *testing.T) {
	b := newBench(t)
	b.addStatements(fixtures, foreign)
	id := b.approved("fixtures/a", "read", "build/ann", "8h")
	b.run(time.Minute)
	b.end(id)
	b.failOnce("PutBucketPolicy", killed)
	b.turn()
	b.rec.store = unreadableChain{b.rec.store.(faulty)}
	b.sweep()
	if !preflight.Absent(b.policyOf(fixtures), id) {
		t.Error("the statement is still there")
	}
}
