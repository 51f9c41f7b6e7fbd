package commands

import (
	"context"
	"strings"
	"sync"
	"testing"

	"s3share/internal/grant"
	"s3share/internal/mutants"
)

func TestRequestIsRead(t *testing.T) {
	const u = "arn:aws:iam::111111111111:user/test.user"
	for _, c := range []struct{ text, target, reason string }{
		{good, "my-bucket/builds", "nightly"},
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
		got := o.say(by("URITA"), c.text)
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

// The help lists all parts of a request, and fits into one section of a message.
func TestHelp(t *testing.T) {
	text := newOffice(t, 1).say(by("URITA"), "help")
	holds(t, text, "In front of the reason there may be `from tomorrow 09:00`, and `for @somebody`")
	holds(t, text, "`aws s3 sync` needs a level that can list, so it fails with write alone.")
	if n := len([]rune(text)); n > 3000 {
		t.Errorf("%d characters", n)
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
		{"request 8h build/test.user read other why", "other cannot be shared: no rule covers"},
		{"request 8h read build/test.user 2h why", `"8h" is not the name of a bucket.`},
		{"request read access to my-bucket build/test.user 8h why", "a word like `for` or `to` has no place between them."},
		{"request my-bucket read " + u + " for 8h why", "\"for\" is not a length of time. Try 45m, 8h or 3d. I took your first four words for the bucket, the level, the principal and the term: a word like `for` or `to` has no place between them."},
		{"request", "Something is missing: the bucket, the level, the principal, the term and a reason."},
		{"xyzzyxyz", `I do not know "xyzzyxyz".`},
		{"extend X 1h", `"X" is not the id of a grant.`},
		{"doctor", "`doctor` is not available yet."},
		{"request \"my-bucket read", `A " is opened and never closed.`},
		{"request my-bucket read", "Something is missing: the principal, the term and a reason."},
		{"request my-bucket read build/test.user 8h", "A reason is missing."},
		{"request my-bucket read build/test.user 8h " + strings.Repeat("x", 2001), "The reason is too long"},
		{"request my-bucket read build/test.user 8h a\u202eb", "The reason has a character that a reader cannot see: U+202E."},
		{"request my-bucket read build/test.user 8h \u00a0", "A reason is missing."},
		{r("other", "read", u, "8h"), "other cannot be shared: no rule covers"},
		{r("my-bucket/x", "read", u, "8h"), "my-bucket/x cannot be shared."},
		{r("my-bucket/a*", "read", u, "8h"), "A prefix cannot have wildcards."},
		{r("my-bucket/a?", "read", u, "8h"), "A prefix cannot have wildcards."},
		{r("my-bucket//a", "read", u, "8h"), "A prefix cannot begin with a slash."},
		{r("my-bucket/${a}", "read", u, "8h"), "A prefix cannot have ${…} in it"},
		{r("my-bucket/builds/\u202ea", "read", u, "8h"), "The prefix has a character"},
		{r("my-bucket/builds/Ω", "read", u, "8h"), "The prefix has a character"},
		{r("my-bucket", "full", u, "8h"), "my-bucket cannot be shared at the level full."},
		{r("my-bucket", "own", u, "8h"), `There is no level called "own".`},
		{r("my-bucket", "read", u, "0h"), "has to be longer than nothing"},
		{r("my-bucket", "read", u, "-1h"), "has to be longer than nothing"},
		{r("my-bucket", "read", u, "9h"), "9h is longer than the 8h"},
		{r("my-bucket", "read", "*", "8h"), "Access is never shared with everybody."},
		{r("my-bucket", "read", "arn:aws:iam::111111111111:root", "8h"), "That is a whole account"},
		{r("my-bucket", "read", "arn:aws-cn:iam::111111111111:user/a", "8h"), "is in the partition aws-cn"},
		{r("my-bucket", "read", "arn:aws:iam::111111111111:group/a", "8h"), "S3 cannot give access to an IAM group."},
		{r("my-bucket", "read", "arn:aws:sts::111111111111:assumed-role/a/b", "8h"), "is a session of a role"},
		{r("my-bucket", "read", "arn:aws:iam::333333333333:user/a", "8h"), "is not one that access can be given to here"},
		{r("my-bucket", "read", "nonprod/a", "8h"), "is in the account that owns my-bucket"},
		{r("my-bucket", "read", "build/role/s3share", "8h"), "is the bot's own role"},
	} {
		t.Run(c.want, func(t *testing.T) { holds(t, o.say(by("URITA"), c.text), c.want) })
	}
	if n := len(o.all()); n != 0 {
		t.Errorf("%d refused requests were stored", n)
	}
}

// A redelivered request is stored once, and answered from the record.
func TestRequestIsStoredOnce(t *testing.T) {
	o := newOffice(t, 1)
	first := o.say(by("URITA", "e1"), good)
	holds(t, first, "I am checking it")
	if again := o.say(by("URITA", "e1"), good); again != first {
		t.Errorf("carried out again: %s; at first: %s", again, first)
	}
	holds(t, o.say(by("URITA", "e2"), good), "I am checking it")
	holds(t, o.say(by("URITA", "e2"), good), "I am checking it") // also when the cap is reached
	holds(t, o.say(by("URITA", "e3"), good), "You have 2 open requests, which is as many as one person may have.")
	if n := len(o.all()); n != 2 {
		t.Errorf("%d are stored", n)
	}
}

func TestDecisions(t *testing.T) {
	type step struct{ who, text, want string }
	for name, steps := range map[string][]step{
		"requester":   {{"URITA", "approve", "You cannot approve your own request."}, {"URITA", "deny ID no", "You cannot deny your own request."}},
		"behind":      {{"UTEST", "approve", "You cannot approve this: test.user is yours."}},
		"guest":       {{"UGUEST", "approve", "Guests can neither"}},
		"stranger":    {{"UNOBODY", "approve", "Only people of this workspace"}},
		"nobody":      {{"UEVE", "approve", "You are not one of the people who may decide"}, {"UEVE", "cancel", "Only the person who asked"}},
		"second":      {{"UADA", "approve", "Approved"}, {"UBOB", "approve", "approved already"}, {"UBOB", "deny ID no", "approved already"}},
		"by group":    {{"UGINA", "approve", "Approved"}},
		"deny":        {{"UADA", "deny", "A reason is missing."}, {"UADA", "deny ID 'tis wrong", "Denied"}, {"UADA", "approve", "denied already"}},
		"cancel":      {{"URITA", "cancel", "Cancelled"}, {"UADA", "approve", "cancelled already"}},
		"end pending": {{"UADA", "end", "waiting for a decision"}},
		"revoke":      {{"UADA", "approve", "Approved"}, {"UEVE", "end", "Only the person who asked, or one who may approve"}, {"UBOB", "end", "is over"}, {"URITA", "end", "over already"}},
		"relinquish":  {{"UADA", "approve", "Approved"}, {"URITA", "end ID done", "is over"}},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t, 1)
			id := o.pending()
			for _, st := range steps {
				text := st.text + " " + id
				if strings.Contains(st.text, "ID") {
					text = strings.Replace(st.text, "ID", id, 1)
				}
				holds(t, o.say(by(st.who), text), st.want)
			}
		})
	}
}

func TestQuorum(t *testing.T) {
	o := newOffice(t, 2)
	id := o.pending()
	holds(t, o.say(by("UADA", "c1"), "approve "+id), "counts; 1 more to go")
	holds(t, o.say(by("UADA", "c1"), "approve "+id), "counts; 1 more to go")
	holds(t, o.say(by("UADA", "c2"), "approve "+id), "You have approved this already")
	holds(t, o.say(by("UBOB", "c3"), "approve "+id), "Approved")
	holds(t, o.say(by("UBOB", "c3"), "approve "+id), "Approved")
}

func TestApproversAtOnce(t *testing.T) {
	for quorum := 1; quorum <= 2; quorum++ {
		o := newOffice(t, quorum)
		id := o.pending()
		var wg sync.WaitGroup
		for _, u := range []string{"UADA", "UBOB"} {
			wg.Go(func() { o.say(by(u), "approve "+id) })
		}
		wg.Wait()
		if g := o.all()[0]; g.State != grant.Approved || len(g.Decisions) != quorum {
			t.Errorf("quorum %d: %s after %d decisions", quorum, g.State, len(g.Decisions))
		}
	}
}

func TestNothingIsAllowedWithoutSlack(t *testing.T) {
	o := newOffice(t, 1)
	id := o.pending()
	o.configure(func(c *Config) { c.People = people(nil) })
	for _, text := range []string{"approve " + id, "deny " + id + " no", "cancel " + id} {
		holds(t, o.say(by("UADA"), text), "Slack could not say who you are")
	}
	holds(t, o.say(by("UADA"), "show "+id), "There is no grant")
	holds(t, o.say(by("UADA"), "list all"), "There is nothing that you may see.")
}

func TestCurrentRuleDecides(t *testing.T) {
	o := newOffice(t, 1)
	id := o.pending()
	levels := o.config.Rules.Levels
	o.configure(func(c *Config) {
		c.Rules.Levels = map[string]grant.Level{"read": {Name: "read", Object: []string{"s3:GetObject"}}}
	})
	holds(t, o.say(by("UADA"), "approve "+id), "The rules have changed since this was asked. The level read allows less today than when this was asked.")
	o.configure(func(c *Config) { c.Rules.Levels = levels })
	o.configure(func(c *Config) { c.Rules.Rules[0].MaxTerm = 60 })
	holds(t, o.say(by("UADA"), "approve "+id), "The rules have changed since this was asked. 8h is longer")
	o.configure(func(c *Config) { c.Rules.Rules = nil })
	holds(t, o.say(by("UADA"), "approve "+id), "No rule covers my-bucket any more")
}

func TestWhoSees(t *testing.T) {
	o := newOffice(t, 1)
	id := o.pending()
	for _, c := range []struct{ who, show, list string }{
		{"URITA", "shown " + id, id},
		{"UADA", "shown " + id, id},
		{"UGINA", "shown " + id, id},
		{"UAUDIT", "shown " + id, id},
		{"UEVE", "or it is not yours to see", "There is nothing that you may see."},
		{"UNOBODY", "or it is not yours to see", "There is nothing that you may see."},
	} {
		holds(t, o.say(by(c.who), "show "+strings.ToLower(id)), c.show)
		holds(t, o.say(by(c.who), "list all"), c.list)
	}
	holds(t, o.say(by("UADA"), "list"), "You have no open requests")
	holds(t, o.say(by("UADA"), "list x"), "is no bucket, no principal, no person and no id of a grant.")
}

func FuzzCommand(f *testing.F) {
	for _, text := range mutants.Of(1000, "", good, "deny X 'tis", "request “a b", "<http://a|b>", "show `", "\"", "end") {
		f.Add(text)
	}
	o := newOffice(f, 1)
	f.Fuzz(func(t *testing.T, text string) {
		o.Command(context.Background(), by("URITA"), text)
		TypedVerb(text)
	})
}

func TestListShowsAPage(t *testing.T) {
	o := newOffice(t, 1)
	o.configure(func(c *Config) { c.Rules.MaxPending = 0 }) // no cap
	for range perPage + 3 {
		o.say(by("URITA"), good)
	}
	a, err := o.Command(context.Background(), by("URITA"), "list mine")
	if err != nil || len(a.Grants) != perPage || a.More != 3 {
		t.Errorf("%d shown, %d more, %v", len(a.Grants), a.More, err)
	}
}

// The list "mine" also holds requests that others made for the caller.
func TestListMine(t *testing.T) {
	o := newOffice(t, 1)
	o.say(by("URITA"), good)
	o.say(by("URITA"), "request my-bucket/builds read build/test.user 8h for <@UBOB> nightly build")
	for who, want := range map[string]int{"URITA": 2, "UBOB": 1, "UADA": 0} {
		a, err := o.Command(context.Background(), by(who), "list")
		if err != nil || len(a.Grants) != want {
			t.Errorf("%s: %d shown, want %d, %v", who, len(a.Grants), want, err)
		}
	}
}

func TestRedeliveredEnds(t *testing.T) {
	o := newOffice(t, 1)
	id := o.pending()
	holds(t, o.say(by("URITA", "c1"), "cancel "+id), "Cancelled")
	holds(t, o.say(by("URITA", "c1"), "cancel "+id), "Cancelled")
	holds(t, o.say(by("URITA", "c2"), "cancel "+id), "cancelled already")
}

// A redelivered cancel of an extension answers about the extension, because the grant itself stays
// open.
func TestRedeliveredCancelOfAnExtension(t *testing.T) {
	o := newOffice(t, 1)
	id := o.active()
	holds(t, o.say(by("URITA"), "extend "+id+" 1h"), "is asked for")
	for range 2 {
		holds(t, o.say(by("URITA", "c1"), "cancel "+id), "The extension of `"+id+"` is taken back")
	}
	if g := o.get(id); g.State != grant.Active {
		t.Errorf("it is %s", g.State)
	}
}

// A redelivered extension is not called approved if it was denied meanwhile.
func TestRedeliveredExtension(t *testing.T) {
	o := newOffice(t, 1)
	id := o.active()
	holds(t, o.say(by("URITA", "c1"), "extend "+id+" 1h"), "is asked for")
	holds(t, o.say(by("UADA"), "deny "+id+" not tonight"), "is denied")
	holds(t, o.say(by("URITA", "c1"), "extend "+id+" 1h"), "was not approved")
	holds(t, o.say(by("URITA", "c2"), "extend "+id+" 1h"), "is asked for")
	holds(t, o.say(by("UADA", "c3"), "approve "+id), "is approved")
	for _, c := range []Invocation{by("URITA", "c2"), by("UADA", "c3")} {
		holds(t, o.say(c, "extend "+id+" 1h"), "is approved")
	}
}

// A redelivered approval of a request that others denied does not call it approved.
func TestRedeliveredApprovalOfADeniedRequest(t *testing.T) {
	o := newOffice(t, 2)
	id := o.pending()
	holds(t, o.say(by("UADA", "c1"), "approve "+id), "1 more to go")
	holds(t, o.say(by("UBOB"), "deny "+id+" no"), "Denied")
	holds(t, o.say(by("UADA", "c1"), "approve "+id), "`"+id+"` was not approved")
}
