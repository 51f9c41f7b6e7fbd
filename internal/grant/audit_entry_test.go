package grant

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// An audit entry is complete without the record: each has its subject, and
// entries of decisions have the full meaning.
func TestEntries(t *testing.T) {
	about := func(more ...string) map[string]string {
		facts := map[string]string{
			"bucket": "my-shared-bucket-20932", "prefix": "builds", "owner_account": "222222222222", "principal": testUser, "principal_id": "AIDATEST",
			"level": "read", "term": "8h", "requester": rita.User, "beneficiary": bea.User,
		}
		for i := 0; i < len(more); i += 2 {
			facts[more[i]] = more[i+1]
		}
		return facts
	}
	const (
		object = "s3:GetObject s3:GetObjectVersion s3:GetObjectTagging s3:GetObjectAttributes"
		expiry = "2026-11-02T20:05:00Z"
	)
	opens := []string{"start", "", "object_actions", object, "bucket_actions", "s3:ListBucket", "expiry"}
	approved := about(append(opens, expiry, "revision", "0", "missing", "0")...)
	warned, _ := ApplyTimers(in(Active), in(Active).ExpiresAt.Add(-2*time.Hour))
	extended, _ := attempt(EventExtend, member(bob))
	changed, _ := attempt(EventNarrow, member(bob))
	narrow := about("revision", "1", "object_actions", object, "bucket_actions", "s3:ListBucket")
	narrow["term"] = "1h"
	for _, c := range []struct {
		g    Grant
		want Entry
	}{
		{changed, Entry{At: noon.Add(2 * time.Hour), Kind: "change", State: Pending, By: bob, Why: "8h → 1h", Facts: narrow}},
		{more(in(Active), 90), Entry{At: noon.Add(30 * time.Minute), Kind: "ask extension", State: Active, By: rita, Why: "not done yet", Facts: about("more", "1h30m", "revision", "1")}},
		{in(Approved), Entry{At: noon.Add(5 * time.Minute), Kind: "approve", State: Approved, By: ada, Facts: approved, Opens: true}},
		{in(Denied), Entry{At: noon.Add(5 * time.Minute), Kind: "deny", State: Denied, By: ada, Why: "ask for the test bucket", Facts: about()}},
		{in(Cancelled), Entry{At: noon.Add(5 * time.Minute), Kind: "cancel", State: Cancelled, By: rita, Facts: about()}},
		{in(Lapsed), Entry{At: noon.Add(24 * time.Hour), Kind: "lapse", State: Lapsed, Facts: about()}},
		{in(Active), Entry{At: noon.Add(6 * time.Minute), Kind: "applied", State: Active, Facts: about()}},
		{warned, Entry{At: noon.Add(6*time.Hour + 5*time.Minute), Kind: "warn", State: Active, Facts: about("left", "2h0m0s")}},
		{extended, Entry{At: noon.Add(2 * time.Hour), Kind: "extend", State: Active, By: bob, Facts: about(append(opens, "2026-11-02T21:05:00Z")...), Opens: true}},
		{drifted(in(Active)), Entry{At: noon.Add(30 * time.Minute), Kind: "drift", State: Active, Why: "The statement was removed.", Facts: about("half", "owner")}},
		{in(Ending), Entry{At: noon.Add(time.Hour), Kind: "end", State: Ending, By: rita, Facts: about("outcome", "relinquished")}},
		{in(Ended), Entry{At: noon.Add(time.Hour + time.Second), Kind: "removed", State: Ended, Facts: about("outcome", "relinquished")}},
	} {
		c.want.Grant = "7K2M9QXA"
		if diff := cmp.Diff(c.want, newEntry(c.g, c.g.History[len(c.g.History)-1])); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.want.Kind, diff)
		}
	}
	asked := about("reason", "nightly build", "object_actions", object, "bucket_actions", "s3:ListBucket", "lapses", "2026-11-03T12:00:00Z")
	delete(asked, "principal_id") // AWS was not asked yet
	if diff := cmp.Diff(Entry{At: noon, Kind: "asked", Grant: "7K2M9QXA", State: Checking, By: rita, Facts: asked}, newEntry(in(Checking), in(Checking).History[0])); diff != "" {
		t.Errorf("asked (-want +got):\n%s", diff)
	}
}

// A reason is evidence: it is kept whole, or refused, but never cut.
func TestReasonIsKeptVerbatim(t *testing.T) {
	reason := "<@U0ADMIN1> &amp; " + strings.Repeat("&<>: ", 400)
	reason = reason[:2000-1] + "."
	g, no := ask(theRules(), func(d *Draft) { d.Reason = "  " + reason + "\n" }, 0)
	if no != "" || g.Reason != reason || newEntry(g, g.History[0]).Facts["reason"] != reason {
		t.Errorf("kept %d characters of %d, %s", len(g.Reason), len(reason), no)
	}
	rule, why := theRule(), reason
	denied := must(in(Pending).Apply(Deny{By: member(ada), Today: Today{Rule: &rule}, Why: why}, noon))
	if denied.Why != why || newEntry(denied, *denied.Last(EventDeny)).Why != why {
		t.Error("the reason of a denial was changed")
	}
}

func TestNewEntriesAndNews(t *testing.T) {
	g, onBehalf := in(Approved), must(theRules().Draft("7K2M9QXA", theDraft(), 0, noon))
	now := noon.Add(6 * time.Minute)
	half := must(asked(g, OwnerHalf, now).Half(OwnerHalf).RecordPresent(now))
	both := must(asked(half, GranteeHalf, now).Half(GranteeHalf).RecordPresent(now))
	for _, c := range []struct {
		name      string
		old, next Grant
		entries   string
		news      bool
	}{
		{"asked", Grant{}, onBehalf, "asked", false},
		{"the person it is for can be asked", onBehalf, onBehalf.WithConsentAllowed(), "", true},
		{"one event", g, half, "confirm", true},
		{"two at once", half, both, "confirm applied", true},
		{"bookkeeping", g, asked(g, OwnerHalf, now), "", false},
		{"bookkeeping that says that it is stuck", both, both.Half(OwnerHalf).Retry("x", noon, 0).Half(OwnerHalf).Retry("x", noon.Add(time.Hour), 0), "stuck", true},
	} {
		var entries []string
		for _, e := range NewEntries(c.old, c.next) {
			entries = append(entries, e.Kind)
		}
		if got, news := strings.Join(entries, " "), HasNews(c.old, c.next); got != c.entries || news != c.news {
			t.Errorf("%s: entries %q, news %v; want %q, %v", c.name, got, news, c.entries, c.news)
		}
	}
}
