package reconcile

import (
	"testing"
	"time"

	"s3share/internal/awsaccess"
	"s3share/internal/grant"
	"s3share/internal/store"
)

// A write that cannot be read back is not confirmed, whatever AWS replied to it.
func TestUnreadWriteIsNotConfirmed(t *testing.T) {
	for write, read := range map[string]string{"PutBucketPolicy": "GetBucketPolicy", "Join": "Joined"} {
		b := newBench(t)
		id := b.approved("fixtures", "read", "build/ann", "8h")
		b.aws.around[write] = func() { b.aws.errs[read] = awsErr(awsaccess.Retry, read, "SlowDown", "a test") }
		b.run(time.Minute)
		b.expectState(id, "approved")
		if n := len(b.events(id, grant.EventHalfApplied)); n != 1 {
			t.Errorf("%d halves are confirmed, and only one was read", n)
		}
		delete(b.aws.errs, read)
		b.run(10 * time.Minute)
		b.expectState(id, "active")
	}
}

// A statement stays while the store cannot say whose it is.
func TestStatementOfAnUnknownOwnerStays(t *testing.T) {
	b := newBench(t)
	id := b.approved("fixtures", "read", "build/ann", "8h")
	b.run(time.Minute)
	b.addStatements(fixtures, `{"Sid":"S3ShareT0000009","Effect":"Deny","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::fixtures/*"}`)
	before, writes := b.policyOf(fixtures), b.aws.writes()
	bucket := b.get(id).Bucket
	b.fault = func(_ int, op string, _ bool) fault {
		if op == "Get" {
			return refused
		}
		return works
	}
	if err := b.rec.passBucket(ctx, bucket); err == nil {
		t.Error("the read error was not returned")
	}
	if b.aws.writes() != writes || string(b.policyOf(fixtures).Bytes()) != string(before.Bytes()) {
		t.Error("the policy was written")
	}
}

// The bot approves nothing if a freeze or an end-all is committed after its last look at both.
func TestFreezeDuringAnAutomaticApproval(t *testing.T) {
	for _, c := range []grant.Cutoff{{}, {Freeze: true}} {
		b := autoBench(t)
		id := b.request("fixtures/a", "read", "build/ann", "1h")
		b.fault = func(_ int, op string, write bool) fault {
			if !write || b.get(id).State != grant.Checking {
				return works
			}
			b.fault = nil
			change := store.Tx{At: b.clock.now()}
			if c.Freeze {
				change.Documents = []store.Document{{Key: store.FreezeKey, JSON: `{"Why":"a test"}`}}
			} else {
				c.At, c.By = b.clock.now().Add(time.Second), ada.Person
				if err := change.AddCutoff(ctx, b.store, c); err != nil {
					t.Fatal(err)
				}
			}
			if err := b.store.Commit(ctx, change); err != nil {
				t.Fatal(err)
			}
			return works
		}
		b.run(time.Minute)
		b.expectState(id, "pending")
	}
}

// A record that is edited between the read of the grants and the write opens nothing.
func TestRecordForgedDuringAPass(t *testing.T) {
	for read, write := range map[string]string{"GetBucketPolicy": "PutBucketPolicy", "Joined": "Join"} {
		b := newBench(t)
		id := b.approved("fixtures", "read", "build/ann", "8h")
		b.aws.around[read] = func() {
			b.edit(id, func(g *grant.Grant) { g.Prefix, g.Level = "", b.rules.Levels["write"] })
		}
		b.run(time.Minute)
		b.expectState(id, "ended failed")
		if n := b.aws.count(write); n != 0 {
			t.Errorf("forged during %s: %s was called %d times", read, write, n)
		}
	}
}
