package reconcile

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"s3share/internal/awsaccess"
	"s3share/internal/grant"
	"s3share/internal/policy"
	"s3share/internal/store"
)

func TestOneLife(t *testing.T) {
	b := newBench(t)
	b.addStatements(fixtures, foreign)
	id := b.approved("fixtures/builds", "read", "build/ann", "2h")
	b.run(time.Second)
	b.expectState(id, "active")
	if !b.can("ann", "builds/a.txt") || b.can("ann", "builds2/a.txt") || b.can("ben", "builds/a.txt") {
		t.Error("not exactly what was approved is open")
	}
	if n := b.aws.writes(); n != 2 {
		t.Errorf("%d writes, want one for each half", n)
	}
	b.expectNoWrites()
	b.run(2 * time.Hour)
	b.expectState(id, "ended expired", "")
	if b.can("ann", "builds/a.txt") || len(b.policyOf(fixtures).Statements()) != 1 || len(b.aws.build.Members(groupOf)) != 0 {
		t.Error("something is left")
	}
	b.expectNoWrites()
}

// Forty approvals at once on one bucket cost one read, one write and one read-back.
func TestBurstIsOneWrite(t *testing.T) {
	b := newBench(t)
	var ids []grant.ID
	for n := range 40 {
		user := fmt.Sprintf("user%d", n)
		b.aws.build.User(user)
		ids = append(ids, b.approved("fixtures", "read", "build/"+user, "2h"))
	}
	b.run(time.Second)
	for _, id := range ids {
		b.expectState(id, "active")
	}
	if r, w := b.aws.count("GetBucketPolicy"), b.aws.count("PutBucketPolicy"); r != 2 || w != 1 {
		t.Errorf("%d reads and %d writes of the policy, want 2 and 1", r, w)
	}
	for _, id := range ids[:20] {
		b.end(id)
	}
	b.approved("fixtures", "write", "build/ann", "2h")
	b.run(time.Second)
	if w := b.aws.count("PutBucketPolicy"); w != 2 {
		t.Errorf("twenty ends and an approval make %d writes of the policy, want 1 more", w-1)
	}
	b.expectNoWrites()
}

// Differences by AWS's normalization are ignored: it sorts lists, unwraps single elements, and
// shows ARNs for ids.
func TestComparesByMeaning(t *testing.T) {
	b := newBench(t)
	id := b.approved("fixtures/builds", "write", "build/ann", "2h")
	b.run(time.Second)
	st := b.policyOf(fixtures).Statements()[0]
	sorted := strings.Replace(string(st.Raw()), `"Effect":"Allow"`, `"Effect" : "Allow"`, 1)
	sorted = strings.Replace(sorted, `"s3:PutObject",`, `"S3:putobject", "s3:PutObject",`, 1)
	b.setPolicy(fixtures, sorted)
	b.expectNoWrites()
	b.expectState(id, "active")
}

// After any error except NoSuchBucketPolicy the policy is unknown, and nothing is written.
func TestUnreadablePolicyIsNotEmpty(t *testing.T) {
	for name, err := range map[string]error{
		"AccessDenied": awsErr(awsaccess.Denied, "GetBucketPolicy", "AccessDenied", "Access Denied"),
		"a throttle":   awsErr(awsaccess.Retry, "GetBucketPolicy", "SlowDown", "Please reduce your request rate."),
		"a 5xx":        awsErr(awsaccess.Retry, "GetBucketPolicy", "InternalError", "We encountered an internal error."),
		"a time-out":   awsErr(awsaccess.Retry, "GetBucketPolicy", "NoAnswer", "context deadline exceeded"),
		"bad JSON":     awsErr(awsaccess.Retry, "GetBucketPolicy", "BadReply", "what came back is not a policy"),
		"a plain one":  errors.New("of nobody knows what"),
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			b.addStatements(fixtures, foreign)
			gone := b.approved("fixtures", "read", "build/ben", "2h")
			b.run(time.Second)
			b.end(gone)
			id := b.approved("fixtures", "read", "build/ann", "2h")
			b.aws.errs["GetBucketPolicy"] = err
			b.aws.calls = nil
			b.run(5 * time.Minute)
			b.sweep()
			if n := b.aws.count("PutBucketPolicy", "DeleteBucketPolicy"); n != 0 {
				t.Errorf("%d writes of a policy that could not be read", n)
			}
			b.expectState(id, "approved")
			b.expectState(gone, "ending relinquished")
			if stuck := b.events(id, grant.EventStalled); len(stuck) != 1 || stuck[0].Half != grant.OwnerHalf || stuck[0].Why != err.Error() {
				t.Errorf("people are told %+v, want the half and the error, once", stuck)
			}
			delete(b.aws.errs, "GetBucketPolicy")
			b.run(10 * time.Minute)
			b.expectState(id, "active")
			b.expectState(gone, "ended relinquished")
			if b.policyOf(fixtures).Statements()[0].Sid() != "Theirs" {
				t.Error("somebody else's statement is gone")
			}
		})
	}
}

// rubbish is valid JSON, but no policy.
const rubbish = `{"Version":"2012-10-17","Statements":[]}`

// An unreadable second read after a change does not count as an empty policy either.
func TestUnreadableSecondRead(t *testing.T) {
	for name, answer := range map[string]struct {
		text string
		err  error
	}{
		"an error":      {"", awsErr(awsaccess.Retry, "GetBucketPolicy", "SlowDown", "")},
		"not a policy":  {rubbish, nil},
		"a stop":        {"stop", nil},
		"of the bucket": {"", awsErr(awsaccess.Denied, "GetBucketPolicy", "AccessDenied", "")},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			b.addStatements(fixtures, foreign)
			id := b.approved("fixtures", "read", "build/ann", "2h")
			b.run(2 * time.Minute)
			b.removeStatements(fixtures, id)
			b.paused = func(d time.Duration) bool {
				b.clock.move(d)
				b.rec.aws = scripted{b.aws, answer.text, answer.err}
				return answer.text != "stop"
			}
			b.aws.calls = nil
			b.sweep()
			if n := b.aws.writes(); n != 0 {
				t.Errorf("%d writes, want none", n)
			}
			if len(b.policyOf(fixtures).Statements()) != 1 {
				t.Error("the policy has changed")
			}
			if len(b.events(id, grant.EventDrift)) != 0 {
				t.Error("flagged without a second look")
			}
			b.rec.aws, b.paused = b.aws, nil
			b.sweep()
			if len(b.events(id, grant.EventDrift)) != 1 {
				t.Error("not flagged once it could be looked at")
			}
		})
	}
}

// scripted replaces the answer to one read of a policy.
type scripted struct {
	*aws
	text string
	err  error
}

func (s scripted) BucketPolicy(ctx context.Context, b grant.Bucket) (string, error) {
	if s.text == "stop" {
		return s.aws.BucketPolicy(ctx, b)
	}
	return s.text, s.err
}

// The policy is deleted only when it has no statement left.
func TestLastStatement(t *testing.T) {
	for _, c := range []struct {
		name         string
		others       []string
		put, deleted int
	}{
		{"nothing else", nil, 1, 1},
		{"a foreign statement", []string{foreign}, 2, 0},
		{"another installation's", []string{`{"Sid":"S3ShareZZZZZZZZ","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111111111111:user/ben"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::fixtures/*"}`}, 2, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t)
			b.addStatements(fixtures, c.others...)
			before := b.policyOf(fixtures)
			b.approved("fixtures", "read", "build/ann", "1h")
			b.run(2 * time.Hour)
			if p, d := b.aws.count("PutBucketPolicy"), b.aws.count("DeleteBucketPolicy"); p != c.put || d != c.deleted {
				t.Errorf("%d puts and %d deletes, want %d and %d", p, d, c.put, c.deleted)
			}
			if !policy.Equivalent(before, b.policyOf(fixtures)) {
				t.Errorf("left is %s", b.policyOf(fixtures).Bytes())
			}
		})
	}
}

// Only the grant at fault fails: its principal was deleted after the approval. Removals come first,
// then additions, oldest first.
func TestBadPrincipalFailsAlone(t *testing.T) {
	b := newBench(t)
	old := b.approved("fixtures", "read", "build/cas", "8h")
	b.run(time.Second)
	b.end(old)
	first := b.approved("fixtures/a", "read", "build/ann", "2h")
	b.clock.move(time.Second)
	culprit := b.approved("fixtures/b", "read", "build/ben", "2h")
	b.clock.move(time.Second)
	last := b.approved("fixtures/c", "read", "build/cas", "2h")
	b.aws.build.DeleteUser("ben")
	var order []string
	b.store.Made = func(c store.Tx) {
		for _, e := range c.Entries {
			if e.Kind == "write" && e.Facts["bucket"] != "" {
				order = append(order, e.Facts["what"])
			}
		}
	}
	b.run(2 * time.Minute) // the removal of the failed one is confirmed at the second read
	b.expectState(first, "active")
	b.expectState(last, "active")
	b.expectState(old, "ended relinquished")
	b.expectState(culprit, "ended failed", "arn:aws:iam::111111111111:user/ben does not exist any more.")
	if len(order) != 5 { // all, the removals, three additions
		t.Errorf("%d writes, want 5: %q", len(order), order)
	}
	b.expectNoWrites()
}

// A principal that was just created is refused for a while. It is retried with growing pauses and
// blocks no other.
func TestNewPrincipal(t *testing.T) {
	b := newBench(t)
	other := b.approved("fixtures/a", "read", "build/ann", "2h")
	b.clock.move(time.Second)
	id := b.approved("fixtures/b", "read", "build/ben", "2h")
	refusing := true
	b.rec.aws = refuses{b.aws, func(text string) error {
		if refusing && strings.Contains(text, "user/ben") {
			return awsErr(awsaccess.Malformed, "PutBucketPolicy", "MalformedPolicy", "Invalid principal in policy")
		}
		return nil
	}}
	b.run(time.Minute)
	b.expectState(other, "active")
	b.expectState(id, "approved")
	tries := b.get(id).Owner.Attempts
	if tries < 8 || tries > 14 {
		t.Errorf("%d tries in the first minute, want one every 5 seconds", tries)
	}
	b.run(30 * time.Minute)
	more := b.get(id).Owner.Attempts - tries
	if more > 20 {
		t.Errorf("%d tries in the half hour after it, want growing pauses", more)
	}
	if o := b.get(other); o.Owner.Attempts != 0 || len(b.events(other, grant.EventStalled)) != 0 {
		t.Error("the failure of one is held against another")
	}
	refusing = false
	b.run(10 * time.Minute)
	b.expectState(id, "active")
	b.expectNoWrites()
}

type refuses struct {
	*aws
	why func(text string) error
}

func (r refuses) PutBucketPolicy(ctx context.Context, b grant.Bucket, text string) error {
	if err := r.why(text); err != nil {
		return r.aws.call("PutBucketPolicy", true, func() error { return err })
	}
	return r.aws.PutBucketPolicy(ctx, b, text)
}

// A full policy fails the latest grants, with the limit as the reason.
func TestFullPolicy(t *testing.T) {
	b := newBench(t)
	filler := `{"Sid":"%d","Effect":"Deny","Principal":"*","Action":"s3:PutObject","Resource":"arn:aws:s3:::fixtures/` + strings.Repeat("x", 900) + `%d"}`
	var theirs []string
	for n := range 18 {
		theirs = append(theirs, fmt.Sprintf(filler, n, n))
	}
	b.setPolicy(fixtures, theirs...)
	var ids []grant.ID
	for n := range 10 {
		user := fmt.Sprintf("user%d", n)
		b.aws.build.User(user)
		ids = append(ids, b.approved("fixtures", "read", "build/"+user, "2h"))
		b.clock.move(time.Second)
	}
	b.run(time.Minute)
	in := 0
	for n, id := range ids {
		if b.get(id).State == grant.Active {
			if in != n {
				t.Errorf("number %d went in before an older one", n)
			}
			in++
			continue
		}
		b.expectState(id, "ended failed", "The policy of fixtures is full: AWS allows 20480 bytes.")
	}
	if in == 0 || in == len(ids) {
		t.Errorf("%d of %d went in", in, len(ids))
	}
	if size := b.policyOf(fixtures).Size(); size > policy.MaxBucketPolicy-policy.SpareBucketPolicy {
		t.Errorf("the policy has %d bytes", size)
	}
	b.expectNoWrites()
}

// Another writer's deleted principal makes AWS refuse every write, also removals. The grantee half
// is removed, the grant stays ending, and the operators learn the remedy.
func TestOrphanBlocksEveryWrite(t *testing.T) {
	b := newBench(t)
	theirs := `{"Sid":"Old","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111111111111:user/cas"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::fixtures/*"}`
	b.setPolicy(fixtures, theirs)
	stays := b.approved("fixtures/b", "read", "build/ben", "8h")
	id := b.approved("fixtures/a", "read", "build/ann", "8h")
	b.run(time.Second)
	orphan := b.aws.build.UniqueID("arn:aws:iam::111111111111:user/cas")
	b.aws.build.DeleteUser("cas")
	b.end(id)
	waits := b.approved("fixtures/c", "read", "build/ann", "10m")
	b.end(waits) // requested and ended: the membership is removed too
	b.aws.calls = nil
	b.run(5 * time.Minute)
	b.expectState(id, "ending relinquished")
	if b.can("ann", "a/x.txt") || len(b.aws.build.Members(groupOf)) != 1 {
		t.Error("the grantee half is still there")
	}
	stuck := b.events(id, grant.EventStalled)
	want := fmt.Sprintf(`AWS refuses every change of this policy because its statement 1 (Sid "Old") names the deleted principal %s. Take that principal out of the statement: {"Sid":"Old",`, orphan)
	if len(stuck) != 1 || stuck[0].Half != grant.OwnerHalf || !strings.HasPrefix(stuck[0].Why, want) {
		t.Errorf("people are told %+v, want %q…", stuck, want)
	}
	b.expectState(stays, "active")
	if b.get(stays).Owner.Attempts != 0 || len(b.events(stays, grant.EventStalled)) != 0 {
		t.Error("a grant that needs nothing is said to be stuck")
	}
	tries, writes := b.get(id).Owner.Attempts, b.aws.count("PutBucketPolicy")
	if writes > tries+2 {
		t.Errorf("%d writes in %d tries that could not succeed", writes, tries)
	}
	b.setPolicy(fixtures, func() (kept []string) {
		for _, st := range b.policyOf(fixtures).Statements() {
			if st.Sid() != "Old" {
				kept = append(kept, string(st.Raw()))
			}
		}
		return kept
	}()...)
	b.run(5 * time.Minute)
	b.expectState(id, "ended relinquished")
	b.expectState(stays, "active")
	b.expectNoWrites()
}

// While a deleted principal blocks the policy, additions are tried once together.
func TestOrphanBlocksAdditions(t *testing.T) {
	b := newBench(t)
	b.setPolicy(fixtures, `{"Effect":"Allow","Principal":{"AWS":["arn:aws:iam::111111111111:user/cas","arn:aws:iam::111111111111:root"]},"Action":"s3:GetBucketTagging","Resource":"arn:aws:s3:::fixtures"}`)
	b.aws.build.DeleteUser("cas")
	var ids []grant.ID
	for n := range 10 {
		user := fmt.Sprintf("user%d", n)
		b.aws.build.User(user)
		ids = append(ids, b.approved("fixtures", "read", "build/"+user, "1h"))
	}
	b.turn()
	if n := b.aws.count("PutBucketPolicy"); n > 2 {
		t.Errorf("%d writes that could not succeed, want all and the first", n)
	}
	b.run(3 * time.Hour)
	for _, id := range ids {
		b.expectState(id, "ended expired")
	}
	if len(b.aws.build.Members(groupOf)) != 0 {
		t.Error("members are left")
	}
}

// A refused write fails only the grants it was sent for.
func TestRefusedWriteFailsOnlyItsGrants(t *testing.T) {
	for _, class := range []awsaccess.Class{awsaccess.Denied, awsaccess.Retry, awsaccess.Unknown} {
		t.Run(string(class), func(t *testing.T) {
			b := newBench(t)
			stays := b.approved("fixtures/a", "read", "build/ann", "8h")
			b.run(time.Second)
			b.aws.errs["PutBucketPolicy"] = awsErr(class, "PutBucketPolicy", "Some", "reason")
			id := b.approved("fixtures/b", "read", "build/ben", "8h")
			b.run(10 * time.Minute)
			b.expectState(id, "approved")
			b.expectState(stays, "active")
			if g := b.get(stays); g.Owner.Attempts != 0 || len(b.events(stays, grant.EventStalled)) != 0 {
				t.Errorf("held against another: %+v", g.Owner)
			}
			if stuck := b.events(id, grant.EventStalled); len(stuck) != 1 {
				t.Errorf("people are told %d times, want once", len(stuck))
			}
			b.aws.errs = map[string]error{}
			b.run(10 * time.Minute)
			b.expectState(id, "active")
		})
	}
}

// An extension replaces the expiry in place: the statement is never missing, even if the whole
// write is refused because of another statement.
func TestExtensionLeavesNoGap(t *testing.T) {
	b := newBench(t)
	id := b.approved("fixtures/a", "read", "build/ann", "1h")
	b.run(30 * time.Minute)
	b.extend(id, 60)
	bad := b.approved("fixtures/b", "read", "build/ben", "1h")
	b.aws.build.DeleteUser("ben")
	b.rec.aws = refuses{b.aws, func(text string) error {
		if len(b.policyOf(fixtures).Statements()) == 0 || !strings.Contains(text, string(id)) {
			t.Errorf("a gap: %s", text)
		}
		return nil
	}}
	b.run(2 * time.Minute)
	b.expectState(bad, "ended failed")
	until := b.get(id).ExpiresAt
	if got, _ := b.policyOf(fixtures).Statements()[0].Expiry(); !got.Equal(until) || !until.Equal(noon.Add(2*time.Hour)) {
		t.Errorf("the statement ends at %v, the record at %v", got, until)
	}
	if evs := b.events(id, grant.EventHalfApplied); len(evs) != 4 || !evs[3].Expiry.Equal(until) {
		t.Errorf("confirmed %d times, want each half twice", len(evs))
	}
	b.rec.aws = b.aws
	b.expectNoWrites()
}

// Passes over different buckets run concurrently; each bucket has one at a time.
func TestOnePassForEachBucket(t *testing.T) {
	b := newBench(t)
	b.approved("fixtures", "read", "build/ann", "1h")
	b.approved("releases", "read", "build/ben", "1h")
	a := &meeting{aws: b.aws, met: make(chan bool), in: map[string]bool{}}
	b.rec.aws, b.rec.passes = a, newWorkers()
	for range 3 {
		dispatcher{b.rec}.dispatch(ctx)
	}
	select {
	case <-a.met:
	case <-time.After(time.Minute):
		t.Error("two buckets were never read at the same time")
	}
	b.rec.passes.wait()
	if a.twice {
		t.Error("two passes at once on one bucket")
	}
}

// meeting blocks the reads of policies until two buckets are being read.
type meeting struct {
	*aws
	met   chan bool
	in    map[string]bool
	twice bool
}

func (m *meeting) BucketPolicy(ctx context.Context, b grant.Bucket) (string, error) {
	m.b.mu.Lock()
	m.twice = m.twice || m.in[b.Name]
	m.in[b.Name] = true
	if len(m.in) == 2 {
		select {
		case <-m.met:
		default:
			close(m.met)
		}
	}
	m.b.mu.Unlock()
	select {
	case <-m.met:
	case <-time.After(time.Minute):
	}
	m.b.mu.Lock()
	m.in[b.Name] = false
	m.b.mu.Unlock()
	return m.aws.BucketPolicy(ctx, b)
}

// The audit entry of each write has the earlier policy.
func TestEntryHasTheEarlierPolicy(t *testing.T) {
	b := newBench(t)
	b.addStatements(fixtures, foreign)
	before := b.aws.nonprod.Policy(fixtures)
	b.approved("fixtures", "read", "build/ann", "1h")
	b.run(time.Second)
	between := b.aws.nonprod.Policy(fixtures)
	b.run(2 * time.Hour)
	var befores, kinds []string
	for _, e := range b.store.Entries() {
		if e.Kind == "write" && e.Facts["bucket"] == fixtures {
			befores = append(befores, e.Facts["before"])
		}
		if e.Kind == "write" && e.Facts["principal"] != "" {
			kinds = append(kinds, e.Facts["what"])
		}
	}
	if !slices.Equal(befores, []string{before, between}) {
		t.Errorf("the entries have %q", befores)
	}
	if !slices.Equal(kinds, []string{"joins", "leaves"}) {
		t.Errorf("of the membership there is %q", kinds)
	}
}

// The record is committed before the write, so that after a crash it shows whether there may be
// access.
func TestRecordBeforeWrite(t *testing.T) {
	b := newBench(t)
	id := b.approved("fixtures", "read", "build/ann", "1h")
	for _, op := range []string{"PutBucketPolicy", "Join"} {
		b.aws.around[op] = func() {
			for _, part := range b.get(id).Parts {
				if part.WrittenExpiry.Equal(b.get(id).ExpiresAt) {
					return
				}
			}
			t.Errorf("%s is sent, and the record does not know", op)
		}
	}
	b.run(time.Second)
	b.expectState(id, "active")
}

// Another writer's edit before the bot's read or after its write survives. An edit in between is
// lost; if a read shows that, the operators are alerted.
func TestForeignEdits(t *testing.T) {
	edit := strings.Replace(foreign, "Theirs", "Edit", 1)
	has := func(b *bench, sid string) bool {
		return slices.ContainsFunc(b.policyOf(fixtures).Statements(), func(st policy.Statement) bool { return st.Sid() == sid })
	}
	t.Run("before the read", func(t *testing.T) {
		b := newBench(t)
		b.approved("fixtures", "read", "build/ann", "1h")
		b.aws.around["GetBucketPolicy"] = func() { b.addStatements(fixtures, edit) }
		b.run(time.Second)
		if !has(b, "Edit") || len(b.alerts) != 0 {
			t.Error("lost, or an alarm", b.alerts)
		}
	})
	t.Run("after the write", func(t *testing.T) {
		b := newBench(t)
		id := b.approved("fixtures", "read", "build/ann", "1h")
		b.aws.around["PutBucketPolicy"] = func() { // the next read is the read-back
			b.aws.around["GetBucketPolicy"] = func() { b.addStatements(fixtures, edit) }
		}
		b.run(time.Second)
		b.expectState(id, "active")
		if !has(b, "Edit") || len(b.alerts) != 0 {
			t.Error("lost, or an alarm", b.alerts)
		}
	})
	t.Run("in between, and a read shows it", func(t *testing.T) {
		b := newBench(t)
		id := b.approved("fixtures", "read", "build/ann", "1h")
		b.aws.lag = 2 * time.Second
		b.aws.around["PutBucketPolicy"] = func() { b.addStatements(fixtures, edit) }
		b.run(time.Minute)
		b.expectState(id, "active")
		want := "An edit of the policy of fixtures was lost: it was made outside s3share in the same moment as s3share's own write. Make the edit again; the audit log has the policy from before the write."
		if has(b, "Edit") || !slices.Equal(b.alerts, []string{want}) {
			t.Errorf("alerts %q", b.alerts)
		}
	})
}
