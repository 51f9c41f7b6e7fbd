package grant

import (
	"strings"
	"testing"
	"time"
)

// chained are the entries of a grant as the chain stores them, without the
// field that only a commit needs.
func chained(g Grant) (all []Entry) {
	for _, ev := range g.History {
		e := newEntry(g, ev)
		e.Opens = false
		all = append(all, e)
	}
	return all
}

func openers(g Grant) (all []Entry) {
	for _, e := range chained(g) {
		if e.Opened() {
			all = append(all, e)
		}
	}
	return all
}

// Every event that opens, prolongs or restores access has an entry with every
// field that opens access. Other events have none.
func TestOpeningEntriesCarryTheAuthority(t *testing.T) {
	extended := must(attempt(EventExtend, member(bob)))
	first := must(in(Pending).Apply(Approve{By: member(ada), Today: Today{Rule: func() *Rule { r := theRule(); r.Approvals = 2; return &r }()}}, noon))
	putBack := must(drifted(in(Active)).Apply(Restore{By: member(bob), Today: Today{Rule: ptr(theRule())}}, noon.Add(time.Hour)))
	for _, c := range []struct {
		name string
		g    Grant
		want string // the kinds of the entries that open it
	}{
		{"approved", in(Approved), "approve"},
		{"one of two", first, ""},
		{"active", in(Active), "approve"},
		{"extended", extended, "approve extend"},
		{"extension requested", more(in(Active), 90), "approve"},
		{"changed outside s3share", drifted(in(Active)), "approve"},
		{"put back", putBack, "approve put back"},
		{"ended", in(Ended), "approve"},
		{"denied", in(Denied), ""},
	} {
		var kinds []string
		for i, e := range chained(c.g) {
			opens := newEntry(c.g, c.g.History[i]).Opens
			if opens != e.Opened() {
				t.Errorf("%s: the entry %q opens: %v when it is made, %v when it is read", c.name, e.Kind, opens, e.Opened())
			}
			if !opens {
				continue
			}
			kinds = append(kinds, e.Kind)
			for _, field := range authorityFields {
				if _, there := e.Facts[field]; !there {
					t.Errorf("%s: the entry %q has no %s", c.name, e.Kind, field)
				}
			}
		}
		if got := strings.Join(kinds, " "); got != c.want {
			t.Errorf("%s: %q open it; want %q", c.name, got, c.want)
		}
	}
}

func TestHeldTo(t *testing.T) {
	const later = "its expiry is \"2126-11-02T20:05:00Z\", and \"2026-11-02T20:05:00Z\" was approved"
	other := must(attempt(EventExtend, member(bob)))
	for _, c := range []struct {
		name string
		edit func(g *Grant, es []Entry) []Entry
		want string
	}{
		{"as approved", func(*Grant, []Entry) []Entry { return nil }, ""},
		{"expiry", func(g *Grant, _ []Entry) []Entry { g.ExpiresAt = g.ExpiresAt.AddDate(100, 0, 0); return nil }, later},
		{"principal", func(g *Grant, _ []Entry) []Entry { g.Principal.ARN += "2"; return nil }, `its principal is "` + testUser + `2", and "` + testUser + `" was approved`},
		{"unique id", func(g *Grant, _ []Entry) []Entry { g.Principal.UniqueID = "AIDAEVE"; return nil }, `its principal id is "AIDAEVE", and "AIDATEST" was approved`},
		{"bucket", func(g *Grant, _ []Entry) []Entry { g.Bucket.Name = "secrets"; return nil }, `its bucket is "secrets", and "my-shared-bucket-20932" was approved`},
		{"account", func(g *Grant, _ []Entry) []Entry { g.Bucket.AccountID = "333333333333"; return nil }, `its owner account is "333333333333", and "222222222222" was approved`},
		{"prefix", func(g *Grant, _ []Entry) []Entry { g.Prefix = ""; return nil }, `its prefix is "", and "builds" was approved`},
		{"object actions", func(g *Grant, _ []Entry) []Entry { g.Level.Object = []string{"s3:*"}; return nil },
			`its object actions is "s3:*", and "s3:GetObject s3:GetObjectVersion s3:GetObjectTagging s3:GetObjectAttributes" was approved`},
		{"bucket actions", func(g *Grant, _ []Entry) []Entry {
			g.Level.Bucket = append(g.Level.Bucket, "s3:PutBucketPolicy")
			return nil
		},
			`its bucket actions is "s3:ListBucket s3:PutBucketPolicy", and "s3:ListBucket" was approved`},
		{"start", func(g *Grant, _ []Entry) []Entry { g.Scheduled = true; return nil }, `its start is "2026-11-02T12:05:00Z", and "" was approved`},
		{"no entry", func(*Grant, []Entry) []Entry { return []Entry{} }, "no audit entry says that it was approved"},
		{"an entry that opens nothing", func(_ *Grant, es []Entry) []Entry { return chained(in(Denied)) }, "no audit entry says that it was approved"},
		{"one of another grant", func(_ *Grant, es []Entry) []Entry { es[0].Grant = "OTHER"; return es }, `an entry that it names is about "OTHER"`},
		{"a denial before the approval", func(_ *Grant, es []Entry) []Entry { return append(chained(in(Denied))[3:], es...) }, `an entry that it names ("deny") opens nothing`},
		{"an extension that it lacks", func(g *Grant, es []Entry) []Entry { return openers(other) },
			`its expiry is "2026-11-02T20:05:00Z", and "2026-11-02T21:05:00Z" was approved`},
	} {
		g := in(Active)
		es := openers(g)
		if edited := c.edit(&g, es); edited != nil {
			es = edited
		}
		if err := g.HeldTo(es...); said(err) != c.want && (err == nil || err.Error() != c.want) {
			t.Errorf("%s: %v; want %q", c.name, err, c.want)
		}
	}
}

// Before schema 3 the entries of an automatic approval and an extension had
// only the expiry. The request's entry has the actions.
func TestHeldToOldEntries(t *testing.T) {
	g := must(attempt(EventExtend, member(bob)))
	var old []Entry
	for _, e := range chained(g) {
		if e.Kind == string(EventApprove) {
			e.Kind = string(EventAutoApprove)
		}
		if e.Kind != string(EventRequest) {
			for _, f := range []string{"start", "object_actions", "bucket_actions"} {
				delete(e.Facts, f)
			}
		}
		if e.Opened() || e.Kind == string(EventRequest) {
			old = append(old, e)
		}
	}
	if len(old) != 3 {
		t.Fatalf("%d entries", len(old))
	}
	if err := g.HeldTo(old...); err != nil {
		t.Error(err)
	}
	g.Level.Object = []string{"s3:*"}
	if err := g.HeldTo(old...); err == nil || !strings.Contains(err.Error(), "object actions") {
		t.Errorf("other actions than asked for: %v", err)
	}
}

func TestClosed(t *testing.T) {
	for _, c := range []struct {
		g    Grant
		want bool // for its last event
	}{
		{in(Approved), false}, {in(Active), false}, {in(Ending), true}, {in(Ended), true}, {in(Denied), true}, {in(Pending), true}, {drifted(in(Active)), false},
	} {
		all := chained(c.g)
		if e := all[len(all)-1]; e.Closed() != c.want {
			t.Errorf("%q of a grant that is %s closes it: %v", e.Kind, e.State, e.Closed())
		} else if e.Paused() != !c.g.DriftedAt.IsZero() {
			t.Errorf("%q pauses it: %v", e.Kind, e.Paused())
		}
	}
	if (Entry{Kind: "write"}).Closed() {
		t.Error("a write closes a grant")
	}
}
