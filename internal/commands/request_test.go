package commands

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"s3share/internal/commands/parse"
	"s3share/internal/grant"
	"s3share/internal/store"
)

func TestRequestIsRead(t *testing.T) {
	const u = "arn:aws:iam::111111111111:user/test.user"
	for _, c := range []struct{ text, target, reason string }{
		{requestText, "my-bucket/builds", "nightly"},
		{"REQUEST `my-bucket/builds` `read` build/test.user 8h “it is late”", "my-bucket/builds", "it is late"},
		{`request s3://my-bucket/builds READ build/test.user 8h it's "very"  late`, "my-bucket/builds", `it's "very"  late`},
		{"request <http://my.bucket|my.bucket> read build/test.user 8h a &amp; b &lt;c&gt;", "my.bucket", "a & b <c>"},
		{"request 8h build/test.user read my-bucket/builds any order", "my-bucket/builds", "any order"},
		{"request build/test.user my-bucket/builds 480m read any order", "my-bucket/builds", "any order"},
		{"request read 8h my-bucket/builds build/test.user see <https://jira.example.com/X-1>", "my-bucket/builds", "see https://jira.example.com/X-1"},
		{"request my-bucket read " + u + " 8h 'tis late", "my-bucket", "'tis late"},
		{"request 'my-bucket/builds/a b' read build/test.user 8h x", "my-bucket/builds/a b", "x"},
	} {
		o := newOffice(t, 1)
		got := o.slash(by("URITA"), c.text)
		gs := o.all()
		if len(gs) != 1 {
			t.Errorf("%s: %s", c.text, got)
			continue
		}
		g := gs[0]
		target := strings.TrimSuffix(g.Bucket.Name+"/"+g.Prefix, "/")
		if target != c.target || g.Reason != c.reason || g.Principal.ARN != u || g.Level.Name != "read" || g.Term != 480 {
			t.Errorf("%s: got %q %q %+v", c.text, target, g.Reason, g.Principal)
		}
	}
}

func TestRefused(t *testing.T) {
	r := func(bucket, level, principal, term string) string {
		return "request " + bucket + " " + level + " " + principal + " " + term + " why"
	}
	const u = "build/test.user"
	o := newOffice(t, 1)
	for _, c := range []struct{ text, want string }{
		{"aprove X", "Did you mean `/s3share approve`?"},
		{"extnd X 1h", "Did you mean `/s3share extend`?"},
		{"docter my-bucket", "Did you mean `/s3share doctor`?"},
		{"request 8h build/test.user read other why", "other can't be shared: no rule covers"},
		{"request 8h read build/test.user 2h why", `"8h" is not a bucket name.`},
		{"request read access to my-bucket build/test.user 8h why", "leave out words like `for` and `to` between them."},
		{"request my-bucket read " + u + " for 8h why", "\"for\" is not a duration. Try 45m, 8h or 3d. I read " +
			"your first four words as the bucket, the level, the principal and the duration: leave out words like " +
			"`for` and `to` between them."},
		{"request", "Your request is incomplete: it lacks the bucket, the level, the principal, the term and a " +
			"reason."},
		{"xyzzyxyz", `There is no command "xyzzyxyz".`},
		{"extend X 1h", `"X" is not the id of a grant.`},
		{"doctor", "`doctor` is not available yet."},
		{"request \"my-bucket read", `A quotation mark (") is not closed.`},
		{"request my-bucket read", "Your request is incomplete: it lacks the principal, the term and a reason."},
		{"request my-bucket read build/test.user 8h", "A reason is missing."},
		{"request my-bucket read build/test.user 8h " + strings.Repeat("x", 2001), "The reason has 2001 characters"},
		{"request my-bucket read build/test.user 8h a\u202eb", "The reason has an invisible character: U+202E."},
		{"request my-bucket read build/test.user 8h \u00a0", "A reason is missing."},
		{r("other", "read", u, "8h"), "other can't be shared: no rule covers"},
		{r("my-bucket/x", "read", u, "8h"), "my-bucket/x can't be shared."},
		{r("my-bucket/a*", "read", u, "8h"), "A folder can't have wildcards."},
		{r("my-bucket/a?", "read", u, "8h"), "A folder can't have wildcards."},
		{r("my-bucket//a", "read", u, "8h"), "A folder can't begin with a slash."},
		{r("my-bucket/${a}", "read", u, "8h"), "A folder can't contain ${…}"},
		{r("my-bucket/builds/\u202ea", "read", u, "8h"), "The folder has a character"},
		{r("my-bucket/builds/Ω", "read", u, "8h"), "The folder has a character"},
		{r("my-bucket", "full", u, "8h"), "my-bucket can't be shared at the level full."},
		{r("my-bucket", "own", u, "8h"), `There is no access level "own".`},
		{r("my-bucket", "read", u, "0h"), "has to be longer than zero"},
		{r("my-bucket", "read", u, "-1h"), "has to be longer than zero"},
		{r("my-bucket", "read", u, "9h"), "9h is longer than the limit of 8h"},
		{r("my-bucket", "read", "*", "8h"), "Access can't be shared with everybody."},
		{r("my-bucket", "read", "arn:aws:iam::111111111111:root", "8h"), "That is a whole account"},
		{r("my-bucket", "read", "arn:aws-cn:iam::111111111111:user/a", "8h"), "is in the partition aws-cn"},
		{r("my-bucket", "read", "arn:aws:iam::111111111111:group/a", "8h"), "S3 can't give access to an IAM " +
			"group."},
		{r("my-bucket", "read", "arn:aws:sts::111111111111:assumed-role/a/b", "8h"), "is a temporary session of a role"},
		{r("my-bucket", "read", "arn:aws:iam::333333333333:user/a", "8h"), "s3share can't give access to the account"},
		{r("my-bucket", "read", "nonprod/a", "8h"), "is in the account that owns my-bucket"},
		{r("my-bucket", "read", "build/role/s3share", "8h"), "is s3share's own role"},
	} {
		o.answers(by("URITA"), c.text, c.want)
	}
	if n := len(o.all()); n != 0 {
		t.Errorf("%d refused requests were stored", n)
	}
}

// A redelivered request is stored once, and answered from the record.
func TestRequestIsStoredOnce(t *testing.T) {
	o := newOffice(t, 1)
	o.configure(func(c *Config) { c.Rules.MaxPending = 2 })
	first := o.slash(by("URITA", "e1"), requestText)
	contains(t, first, "approvers are notified once AWS checks pass")
	if again := o.slash(by("URITA", "e1"), requestText); again != first {
		t.Errorf("carried out again: %s; at first: %s", again, first)
	}
	o.answers(by("URITA", "e2"), requestText, "approvers are notified once AWS checks pass")
	o.answers(by("URITA", "e2"), requestText, "approvers are notified once AWS checks pass") // also when the cap is reached
	o.answers(by("URITA", "e3"), requestText, "You have 2 open requests, which is the limit.")
	if n := len(o.all()); n != 2 {
		t.Errorf("%d are stored", n)
	}
}

// An unclear start is refused; access does not open at once instead.
func TestUnclearStarts(t *testing.T) {
	for _, text := range []string{
		"from tomorrow on", "from monday", "from tomorrow 24 nightly", "from tomorrow morning nightly", "from 9 nightly", "from 25:00 nightly",
		"from 9.30 nightly", "from 9h nightly", "from 9-17 nightly", "from 12/24 nightly", "from 2026-13-01 09:00 nightly", "from 2026-12-01 nightly",
		"from 13 pm nightly", "from tomorrow 13 pm nightly", "from next monday 09:00 nightly", "from 930pm nightly", "from 2026-12-01T9 nightly",
		"from 'tomorrow 09:00' nightly", "from '9 tomorrow' nightly", "from tomorrow 9x nightly",
	} {
		o := newOffice(t, 1)
		got := o.slash(by("URITA"), "request my-bucket/builds read build/test.user 8h "+text)
		if !strings.HasPrefix(got, "I can't read when access should start: ") || len(o.all()) != 0 {
			t.Errorf("%s: %s", text, got)
		}
	}
}

// The cap on open requests counts each request of a batch.
func TestBatchCountsTowardsTheCap(t *testing.T) {
	o := newOffice(t, 1)
	o.configure(func(c *Config) { c.Rules.MaxPending = 2 })
	o.answers(by("URITA"), "request my-bucket/builds/a,my-bucket/builds/b,my-bucket/builds/c read build/test.user 8h nightly", "Your request counts as 3")
	o.answers(by("URITA"), "request my-bucket/builds/a,my-bucket/builds/b read build/test.user 8h nightly", "submitted with 2 grants that are decided as one")
	o.answers(by("URITA"), requestText, "which is the limit")
	if n := len(o.all()); n != 2 {
		t.Errorf("%d are stored", n)
	}
}

// fullDisk is a store that answers every commit with one shared refusal, as boltstore does while its disk is full.
type fullDisk struct {
	store.Store
	no error
}

func (f fullDisk) Commit(context.Context, store.Tx) error { return f.no }

// Each answer to a misordered request has its hint once, and the store's refusal stays as it was.
func TestSharedRefusalIsNotChanged(t *testing.T) {
	o, low := newOffice(t, 1), grant.Refuse("The disk is full.").WithHint("Tell somebody.")
	o.configure(func(c *Config) { c.Store = fullDisk{c.Store, fmt.Errorf("%w (no space)", low)} })
	const want = "The disk is full. Tell somebody. I read your first four words as the bucket, the level, the " +
		"principal and the duration: leave out words like `for` and `to` between them."
	q := parse.Request{Misordered: true}
	q.Draft = grant.Draft{Target: "my-bucket", Level: "read", Principal: "build/test.user", Term: "8h", Reason: "nightly"}
	for range 2 {
		if _, err := o.Requests.typed(t.Context(), by("URITA"), q); err == nil || err.Error() != want {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	}
	if low.Hint != "Tell somebody." {
		t.Errorf("the shared refusal was changed: %s", low)
	}
}
