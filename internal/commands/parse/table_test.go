package parse

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // the machine may lack time zones

	"s3share/internal/grant"
)

// typed are typed lines with their meaning or refusal. The time is Monday, 30
// November 2026, 12:00 in London, where the person is. "R " stands for "request
// my-bucket/builds read build/test.user 2h ".
//
// A request is written as [for U…] [from INSTANT] reason. "…" means that the
// answer repeats the reason, because a word of it could have been a clause.
var typed = []struct{ text, means string }{
	// Plain requests, with the character changes of phones.
	{"R nightly build", `nightly build`},
	{"R the next day", `the next day`},
	{"R about two hours of work", `about two hours of work`},
	{"R\u00a0nightly\u200b build\ufeff", `nightly build`},
	{"R “nightly build”", `nightly build`},
	{"request 2h, build/test.user: read my-bucket/builds. nightly build", `nightly build`},
	{"request my-bucket/builds read arn:aws:iam::<tel:111111111111|111111111111>:user/test.user 2h nightly build", `nightly build`},
	{"R see <https://jira.example.com/X-1|X-1> — it's late", `see X-1 — it's late`},

	// For another person: only a mention makes a beneficiary.
	{"R for <@U0BOB|bob> the nightly build", `for U0BOB: the nightly build`},
	{"R for <@U0BOB|bob the builder>, the nightly build", `for U0BOB: the nightly build`},
	{"R for: (<@U0BOB>): nightly", `for U0BOB: nightly`},
	{"R on behalf of <@U0BOB> nightly", `for U0BOB: nightly`},
	{"R for @bob the nightly build", `refused: Slack doesn't know who @bob is.`},
	{"R for &lt;bob&gt; the nightly build", `refused: Slack doesn't know who <bob> is.`},
	{"R for Bob's nightly build", `refused: Is this request for Bob's? A name without @ doesn't identify a person.`},
	{"R for <!subteam^S0PLATFORM|@platform team> nightly", `refused: That is a user group, not a person.`},
	{"R for <@U0BOB> and <@U0EVE> nightly", `refused: You named two people, and a request is for one.`},
	{`R for "<@U0BOB>" nightly`, `refused: I can't tell who this request is for: "for <@U0BOB>".`},
	{"R for <@U0BOB>'s team", `refused: I can't tell who this request is for: "'s" follows the name.`},
	{"R for my colleague <@U0BOB> nightly", `refused: I can't tell who this request is for: "for my colleague <@U0BOB>".`},
	{`R for "Bob Smith" the build`, `refused: Is this request for Bob Smith? A name without @ doesn't identify a person.`},
	{"R for our colleague Bob, the build", `refused: Is this request for Bob? A name without @ doesn't identify a person.`},
	{"R on <@U0BOB>'s behalf nightly", `refused: I can't tell who this request is for: "on <@U0BOB> 's behalf".`},
	{"R for ＠bob: the build", `refused: Slack doesn't know who @bob is.`},
	{"R <@U0BOB> reads the logs", `<@U0BOB> reads the logs …`},
	{"R nightly build for <@U0BOB>", `refused: Is this request for <@U0BOB>? The name is inside the reason.`},
	{"R for the release, reviewed by <@U0ADA>", `for the release, reviewed by <@U0ADA> …`},
	{`R "for <@U0BOB>, as he asked"`, `for <@U0BOB>, as he asked`},

	// From a time that is read completely.
	{"R from tomorrow 09:00 the release", `from Tue 1 Dec 09:00 UTC: the release`},
	{"R from thurs 09:00 the release", `from Thu 3 Dec 09:00 UTC: the release`},
	{"R from tues. at 9:30 pm, the release", `from Tue 1 Dec 21:30 UTC: the release`},
	{"R (from mon. 09:00) the release", `from Mon 7 Dec 09:00 UTC: the release`},
	{"R starting: dec 5 09:00 the release", `from Sat 5 Dec 09:00 UTC: the release`},
	{"R from sat 5th of december 2026, 9am for <@U0BOB> the release", `for U0BOB from Sat 5 Dec 09:00 UTC: the release`},
	{"R at noon tomorrow the release", `from Tue 1 Dec 12:00 UTC: the release`},
	{"R from midnight the release", `from Tue 1 Dec 00:00 UTC: the release`},
	{"R from tonight 22:00 the release", `from Mon 30 Nov 22:00 UTC: the release`},
	{"R in 2 hours the release", `from Mon 30 Nov 14:00 UTC: the release`},
	{"R from 09:00 GMT on 2026-12-01 the release", `from Tue 1 Dec 09:00 UTC: the release`},
	{"R on friday 14:00 the release", `from Fri 4 Dec 14:00 UTC: the release`},

	{"R from now on, the release", `the release`},
	{"R 9 am tomorrow: the release", `from Tue 1 Dec 09:00 UTC: the release`},
	{"R from tomorrow @ ０９:００ the release", `from Tue 1 Dec 09:00 UTC: the release`},
	{"R from tomorrow 09:00 London time, the release", `from Tue 1 Dec 09:00 UTC: the release`},
	{"R from tomorrow 09:00 canary release", `from Tue 1 Dec 09:00 UTC: canary release`},

	// From a time that cannot be read: refused.
	{"R from tomorrow 09:00 EST/EDT the release", `refused: I can't read when access should start: "from tomorrow 09:00 EST/EDT". I can read only your own time zone and UTC: write the time in one of them.`},
	{"R from tomorrow 09:00 New York, the release", `refused: I can't read when access should start: "from tomorrow 09:00 New York,". I can read only your own time zone and UTC: write the time in one of them.`},
	{"R tmrw 9am the release", `refused: I can't read when access should start: "tmrw 9am the".`},
	{"R tommorow 09:00 the release", `refused: I can't read when access should start: "tommorow 09:00 the".`},
	{"R 5dec 09:00 the release", `refused: I can't read when access should start: "5dec 09:00 the".`},
	{"R from the 5th the release", `refused: I can't read when access should start: "from the 5th".`},
	{"R in about 2 hours the release", `refused: I can't read when access should start: "in about 2".`},
	{"R in 2-3 hours the release", `refused: I can't read when access should start: "in 2-3 hours".`},
	{"R for tomorrow, the release", `refused: I can't read when access should start: "for tomorrow, the".`},
	{"R no earlier than 09:00 the release", `refused: I can't read when access should start: "earlier than 09:00 the" is inside the reason.`},
	{"R from fri 5 dec 09:00 the release", `refused: I can't read when access should start: "from fri 5 dec 09:00". 5 December 2026 is a Saturday.`},
	{"R from tomorrow 09:00 EST the release", `refused: I can't read when access should start: "from tomorrow 09:00 EST". I can read only your own time zone and UTC: write the time in one of them.`},
	{"R from fri 5 the release", `refused: I can't read when access should start: "from fri 5".`},
	{"R from next week the release", `refused: I can't read when access should start: "from next week".`},
	{"R from tomorow 09:00 the release", `refused: I can't read when access should start: "from tomorow 09:00".`},
	{"R from 9-17 the release", `refused: I can't read when access should start: "from 9-17 the".`},
	{"R from 12/05 09:00 the release", `refused: I can't read when access should start: "from 12/05 09:00".`},
	{"R from tomorrow 09:00 to 17:00 the release", `refused: I can't read when access should start: "from tomorrow 09:00 to". Name only the start; the duration sets the end.`},
	{"R from midnight tomorrow the release", `refused: I can't read when access should start: "from midnight tomorrow". Midnight is at both ends of a day: write 00:00 or 23:59.`},
	{"R from mon 14:00 the release", `refused: I can't read when access should start: "from mon 14:00". That could be today or in a week: write ` + "`today`" + ` or the date.`},
	{"R tomorrow the release", `refused: I can't read when access should start: "tomorrow the release".`},
	{"R the release from tomorrow 09:00", `refused: I can't read when access should start: "from tomorrow 09:00" is inside the reason.`},
	{"R in two hours the release", `refused: I can't read when access should start: "in two hours".`},
	{"R until friday 17:00 the release", `refused: I can't read how long access should last: "until friday 17:00".`},
	{"R the hosts run at 9 sites", `refused: I can't read when access should start: "at 9 sites" is inside the reason.`},

	// Words like the beginning of a clause that belong to the reason, which is
	// repeated.
	{"R from the build team", `from the build team …`},
	{"R at the request of Robert", `at the request of Robert …`},
	{"R until further notice", `until further notice …`},
	{"R logs from yesterday, and from last week", `logs from yesterday, and from last week …`},
	{"R from the 5th floor, in the last 2 hours", `from the 5th floor, in the last 2 hours …`},
	{"R for friday's release", `for friday's release …`},
	{"R in one account or two", `in one account or two`},
	{"R from 10.0.0.5 we read, for 3 hosts", `from 10.0.0.5 we read, for 3 hosts …`},
	{`R "from 9 customers on"`, `from 9 customers on`},

	// end-all: the target is read completely, and only its grants end.
	{"end-all build/test.user: the laptop was stolen", `end-all build/test.user: the laptop was stolen`},
	{"end-all my-bucket/builds, the laptop was stolen", `end-all my-bucket/builds: the laptop was stolen`},
	{"end-all <@U0BOB>; now: the laptop was stolen", `end-all <@U0BOB> now: the laptop was stolen`},
	{"end-all everything! keys leaked", `end-all everything: keys leaked`},
	{"end-all everything now keys leaked", `end-all everything now: keys leaked`},
	{"end-all everything NOW, keys leaked", `end-all everything now: keys leaked`},
	{"end-all my-bucket - now - keys leaked", `end-all my-bucket now: keys leaked`},
	{"end-all everything keys leaked now", `end-all everything: keys leaked now`},
	{"end-all everything now that keys leaked", `end-all everything: now that keys leaked`},
	{"end-all everything now: that key leaked", `end-all everything now: that key leaked`},
	{`end-all everything "now" or never`, `end-all everything: "now" or never`},
	{`end-all everything "now or never"`, `end-all everything: now or never`},
	{"end-all everything now now or never", `end-all everything now: now or never`},
	{"end-all everything nowhere to hide", `end-all everything: nowhere to hide`},
	{"end-all <@U0NOW|now> keys leaked", `end-all <@U0NOW>: keys leaked`},
	{"end-all <@U0NOW|now> now keys leaked", `end-all <@U0NOW> now: keys leaked`},
	{"end-all build/now keys leaked", `end-all build/now: keys leaked`},
	{"end-all everything now", `refused: A reason is missing.`},
	{"end-all now everything keys leaked", "refused: `now` comes after the target."},
	{`end-all "now" keys leaked`, `end-all now: keys leaked`},
	{"end-all @bob keys leaked", `refused: Slack doesn't know who @bob is.`},
	{"end-all build/test.user, build/other.user keys leaked", "refused: Nothing was done: `end-all` takes one " +
		"target, and \"build/other.user\" looks like another."},
	{"end-all my-bucket and my-other: keys leaked", "refused: Nothing was done: `end-all` takes one target, and " +
		"\"my-other\" looks like another."},
	{"end-all My_Bucket keys leaked", `refused: "My_Bucket" is not a bucket, a principal, a person or the id of a grant.`},
	{"end-all my-bucket & my-other: keys leaked", "refused: Nothing was done: `end-all` takes one target, and " +
		"\"my-other\" looks like another."},
	{"end-all build/test.user on my-bucket: keys leaked", "refused: Nothing was done: `end-all` takes one " +
		"target, and \"my-bucket\" looks like another."},
	{"end-all everything of <@U0BOB> keys leaked", "refused: Nothing was done: `end-all` takes one target, and " +
		"\"<@U0BOB>\" looks like another."},
	{"end-all 7K2M9QXA 8K2M9QXA keys leaked", "refused: Nothing was done: `end-all` takes one target, and " +
		"\"8K2M9QXA\" looks like another."},
	{"end-all <@U0BOB>: <@U0EVE> has his laptop", `end-all <@U0BOB>: <@U0EVE> has his laptop`},
	{"end-all my-bucket/builds:keys leaked", `refused: Nothing was done: I can't tell where the target ends in "my-bucket/builds:keys".`},
	{"end-all my-bucket at 9", "refused: Nothing was done: `end-all` takes effect at once, and \"at 9\" names a " +
		"time."},
	{"end-all my-bucket tomorrow, keys leaked", "refused: Nothing was done: `end-all` takes effect at once, and " +
		"\"tomorrow, keys leaked\" names a time."},
	{"list active build/test.user, page 2", `list active build/test.user page 2`},
	{"list my-bucket other-bucket", `refused: You named two buckets.`},
	{"history <@U0BOB|bob the builder> csv", `history <@U0BOB> csv`},

	// Ids: exactly one, without further words that would be dropped.
	{"approve 7k2m9qxa.", `approve 7K2M9QXA`},
	{"approve 7K2M9QXA, 8K2M9QXA", "refused: Nothing was done: `approve` takes one id, and you named two."},
	{"deny 7K2M9QXA and 8K2M9QXA no need", "refused: Nothing was done: `deny` takes one id, and you named two."},
	{"deny 7K2M9QXA or (8K2M9QXA) no need", "refused: Nothing was done: `deny` takes one id, and you named two."},
	{"deny 7K2M9QXA: same as 8K2M9QXA", `deny 7K2M9QXA: same as 8K2M9QXA`},
	{"deny 7K2M9QXA: database is frozen", `deny 7K2M9QXA: database is frozen`},
	{"approve 7K2M9QXA looks good", "refused: Nothing was done: `approve` takes only an id, and I can't read " +
		"\"looks\"."},
	{"deny 7K2M9QXA no need\n/s3share approve 8K2M9QXA", `refused: Nothing was done: your message has two commands.`},
	{"deny 7K2M9QXA no need\n> end-all everything now keys leaked", `refused: Nothing was done: your message has two commands.`},
	{"deny 7K2M9QXA no need\nfreeze keys leaked", `refused: Nothing was done: your message has two commands.`},
	{"deny 7K2M9QXA no need /s3share approve 8K2M9QXA", `refused: Nothing was done: your message has two commands.`},
	{"R nightly\u2028request my-other read build/test.user 2h nightly", `refused: Nothing was done: your message has two commands.`},
	{"R nightly\nend of the list", "nightly\nend of the list"},
	{"end 7K2M9QXA at 18:00 we are done", "refused: Nothing was done: `end` takes effect at once, and \"at 18:00 " +
		"we\" names a time."},
	{"extend 7K2M9QXA until friday", `refused: I can't read how long access should last: "until friday".`},
	{"extend 7K2M9QXA by 2h still building", `extend 7K2M9QXA 2h: still building`},
}

const typedAt = "2026-11-30T12:00:00Z"

func TestTyped(t *testing.T) {
	for _, c := range typed {
		if got := meaning(read(t, c.text, "Europe/London", typedAt)); got != c.means {
			t.Errorf("%s\ngot  %s\nwant %s", c.text, got, c.means)
		}
	}
}

func known() Known {
	return Known{
		Levels:   grant.BuiltinLevels(),
		Accounts: []grant.Account{{Name: "nonprod", ID: "222222222222", Partition: "aws"}, {Name: "build", ID: "111111111111", Partition: "aws"}},
		Bucket:   func(name string) bool { return strings.HasPrefix(name, "my") },
		Grant:    func(id grant.ID) (bool, error) { return id == "7K2M9QXA", nil },
		Person:   func(name string) (bool, error) { return name == "bob" || name == "ada", nil },
	}
}

func read(t testing.TB, text, zone, at string) (Command, error) {
	t.Helper()
	now, err := time.Parse(time.RFC3339, at)
	if err != nil {
		t.Fatal(err)
	}
	in := Input{Text: text, At: now, Known: known()}
	if zone != "" {
		if in.Zone, err = time.LoadLocation(zone); err != nil {
			t.Fatal(err)
		}
	}
	if rest, is := strings.CutPrefix(in.Text, "R"); is {
		in.Text = "request my-bucket/builds read build/test.user 2h" + rest
	}
	return Parse(in)
}

// meaning formats a reading in the form of the table.
func meaning(c Command, err error) string {
	var no *grant.Refusal
	switch {
	case errors.As(err, &no):
		return "refused: " + no.Sentence
	case err != nil:
		return "fault: " + err.Error()
	}
	and := func(reason string) string {
		if reason == "" {
			return ""
		}
		return ": " + reason
	}
	pages := func(f Filter) string {
		s := f.String()
		if f.Page > 0 {
			s += fmt.Sprint(" page ", f.Page)
		}
		return strings.TrimSpace(s)
	}
	switch c := c.(type) {
	case Request:
		return request(c)
	case List:
		return fmt.Sprintf("list %s %s", c.Which, pages(c.Filter))
	case History:
		s := "history " + pages(c.Filter)
		if c.CSV {
			s += " csv"
		}
		return s
	case Approve:
		return fmt.Sprint("approve ", c.ID)
	case Deny:
		return fmt.Sprint("deny ", c.ID, and(c.Reason))
	case End:
		return fmt.Sprint("end ", c.ID, and(c.Reason))
	case Extend:
		return fmt.Sprint("extend ", c.ID, " ", c.Term, and(c.Reason))
	case EndAll:
		s := "end-all everything"
		if !c.IsEmpty() {
			s = "end-all " + c.Filter.String()
		}
		if c.Now {
			s += " now"
		}
		return s + and(c.Reason)
	}
	return fmt.Sprintf("%T%+v", c, c)
}

func request(q Request) string {
	d := q.Draft
	if d.Target != "my-bucket/builds" || d.Level != "read" || !strings.HasSuffix(d.Principal, "test.user") || d.Term != "2h" {
		return fmt.Sprintf("%+v", d)
	}
	s := ""
	if d.Beneficiary.User != "" {
		s += "for " + d.Beneficiary.User + " "
	}
	if !d.Start.IsZero() {
		s += "from " + d.Start.UTC().Format("Mon 2 Jan 15:04 MST") + " "
	}
	if s != "" {
		s = strings.TrimSpace(s) + ": "
	}
	if s += d.Reason; q.Said.Reason {
		s += " …"
	}
	return s
}
