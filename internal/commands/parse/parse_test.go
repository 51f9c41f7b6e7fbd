package parse

import (
	"errors"
	"strings"
	"testing"
	"time"

	"s3share/internal/grant"
)

// Starts are read in the person's zone, with their parts in any order.
func TestStarts(t *testing.T) {
	for _, c := range []struct{ text, want, rest string }{
		{"from tomorrow 09:00 nightly", "2026-11-26T09:00:00+01:00", "nightly"},
		{"from today 18:30 nightly", "2026-11-25T18:30:00+01:00", "nightly"},
		{"from 18:30 nightly", "2026-11-25T18:30:00+01:00", "nightly"},
		{"from 09:00 nightly", "2026-11-26T09:00:00+01:00", "nightly"},
		{"from 6pm nightly", "2026-11-25T18:00:00+01:00", "nightly"},
		{"from friday 09:00 nightly", "2026-11-27T09:00:00+01:00", "nightly"},
		{"From Wed 09:00 nightly", "2026-12-02T09:00:00+01:00", "nightly"},
		{"from 2026-12-01 09:00 nightly", "2026-12-01T09:00:00+01:00", "nightly"},
		{"from 2026-12-01T09:00 nightly", "2026-12-01T09:00:00+01:00", "nightly"},
		{"from 2026-12-01T09:00:00Z nightly", "2026-12-01T09:00:00Z", "nightly"},
		{"from the build team", "", "from the build team"},
		{"from 09:00 tomorrow migration", "2026-11-26T09:00:00+01:00", "migration"},
		{"from 18:30 today nightly", "2026-11-25T18:30:00+01:00", "nightly"},
		{"from 09:00 on friday, nightly", "2026-11-27T09:00:00+01:00", "nightly"},
		{"from 9 tomorrow nightly", "2026-11-26T09:00:00+01:00", "nightly"},
		{"from 9 on friday nightly", "2026-11-27T09:00:00+01:00", "nightly"},
		{"from tomorrow 9 nightly", "2026-11-26T09:00:00+01:00", "nightly"},
		{"from tomorrow, 9 pm nightly", "2026-11-26T21:00:00+01:00", "nightly"},
		{"from tomorrow at 9 p.m. nightly", "2026-11-26T21:00:00+01:00", "nightly"},
		{"from tomorrow at 0 nightly", "2026-11-26T00:00:00+01:00", "nightly"},
		{"from 9:30 PM nightly", "2026-11-25T21:30:00+01:00", "nightly"},
		{"from 6PM nightly", "2026-11-25T18:00:00+01:00", "nightly"},
		{"from 2026-12-01 9 nightly", "2026-12-01T09:00:00+01:00", "nightly"},
		{"from 9 2026-12-01 nightly", "2026-12-01T09:00:00+01:00", "nightly"},
		{"from dec 5, 2026 at 9 am: nightly", "2026-12-05T09:00:00+01:00", "nightly"},
		{"from the 5th of dec 09:00 nightly", "2026-12-05T09:00:00+01:00", "nightly"},
		{"from 09:00 sat 5 dec nightly", "2026-12-05T09:00:00+01:00", "nightly"},
		{"from 3 jan 09:00 nightly", "2027-01-03T09:00:00+01:00", "nightly"}, // the next such day
		{"from 09:00 UTC nightly", "2026-11-26T09:00:00Z", "nightly"},
		{"from 09:00z tomorrow nightly", "2026-11-26T09:00:00Z", "nightly"},
		{"from tomorrow 09:00 CET nightly", "2026-11-26T09:00:00+01:00", "nightly"},
		{"from tomorrow 09:00 Europe/Berlin nightly", "2026-11-26T09:00:00+01:00", "nightly"},
		{"from tomorrow 09:00 my time nightly", "2026-11-26T09:00:00+01:00", "nightly"},
		{"from 14:00 3rd attempt", "2026-11-25T14:00:00+01:00", "3rd attempt"},
		{"from now nightly", "", "nightly"},
		{"starting now, nightly", "", "nightly"},
		{"in 90m nightly", "2026-11-25T14:30:00+01:00", "nightly"},
		{"from in an hour nightly", "2026-11-25T14:00:00+01:00", "nightly"},
		{"09:00 nightly", "2026-11-26T09:00:00+01:00", "nightly"},
		{"tomorrow 09:00 nightly", "2026-11-26T09:00:00+01:00", "nightly"},
		{"from 10.0.0.5 we read", "", "from 10.0.0.5 we read"},
		{"from 3rd parties", "", "from 3rd parties"},
		{"from monday's backup", "", "from monday's backup"},
		{"from next of kin", "", "from next of kin"},
		{"from", "", "from"},
		{"today only", "", "today only"},
		{"the hosts of monday", "", "the hosts of monday"},
		{"start 2 workers", "", "start 2 workers"},
		{"in 3 accounts", "", "in 3 accounts"},
		{"for 3 days of tests", "", "for 3 days of tests"},
		{"the east wing, met at the site", "", "the east wing, met at the site"},
	} {
		got, err := read(t, "R "+c.text, "Europe/Berlin", "2026-11-25T12:00:00Z") // a Wednesday, 13:00 in Berlin
		if err != nil {
			t.Errorf("%s: %v", c.text, err)
			continue
		}
		q, start := got.(Request), ""
		if !q.Draft.Start.IsZero() {
			start = q.Draft.Start.Format(time.RFC3339)
		}
		if start != c.want || q.Draft.Reason != c.rest {
			t.Errorf("%s: %q, then %q; want %q, then %q", c.text, start, q.Draft.Reason, c.want, c.rest)
		}
	}
}

// A request with an unreadable start is refused; it does not open at once.
func TestUnclearStarts(t *testing.T) {
	for _, text := range []string{
		"from tomorrow on", "from monday", "from tomorrow 24 nightly", "from tomorrow morning nightly", "from 9 nightly", "from 25:00 nightly",
		"from 9.30 nightly", "from 9h nightly", "from 9-17 nightly", "from 12/24 nightly", "from 2026-13-01 09:00 nightly", "from 2026-12-01 nightly",
		"from 13 pm nightly", "from tomorrow 13 pm nightly", "from next monday 09:00 nightly", "from 930pm nightly", "from 2026-12-01T9 nightly",
		"from 'tomorrow 09:00' nightly", "from '9 tomorrow' nightly", "from tomorrow 9x nightly", "from 0:30am nightly",
		"from 14:00 2 hosts", "nightly from tomorrow 09:00", "from firday nightly", "from thrusday at nine", "from 31 april 09:00 nightly",
		"from 29 february 2027 09:00 nightly", "from fri 9 nightly", "from friday the 9th", "from 0900 nightly", "from 0900 hrs nightly", "from half past nine tomorrow",
		"from tonight 9 nightly", "from tonight 02:00 nightly", "from tonight nightly", "from 2 hours nightly", "2 hours from now nightly", "in 2 days nightly",
		"from tomorrow today 09:00", "from 09:00 10:00 nightly", "from tomorrow 09:00 and friday 10:00", "from 09:00-17:00 nightly", "from 09:00 - 17:00 nightly",
		"from tomorrow 09:00 +0200 nightly", "from tomorrow 09:00 UTC+2 nightly", "from 9am et nightly", "from 9am ET nightly", "from 09:00 America/New_York nightly", "from tomorrow 09:00 London time nightly",
		"from tomorrow 09:00 CEST nightly", "from eod nightly", "from around 18:00-ish nightly", "not before tomorrow 09:00 nightly", "after 18:00 nightly", "by friday 09:00", "on monday nightly",
		"friday nightly", "2026-12-01 nightly", "5 december nightly", "dec 5 nightly", "tonight nightly", "the release, tomorrow at 9", "the release on friday 09:00",
		"the release, starting 9 sharp", "*from* tomorrow nightly", "_from tomorrow_ nightly", "from: tomorrow", "(from) tomorrow", "from the monday meeting", "from noon friday saturday", "from now 09:00",
		"after 6 the release", "before 5, the release", "by 6 for the release", "not before 9", "between 9 and 10 the release", "after the 5th the release",
		"later tomorrow the release", "sometime tomorrow the release", "later this week the release", "during next week the release", "cob friday the release", "eod today",
		"from week 49 nightly", "in a couple of hours", "in half an hour", "in the next two hours", "in a few hours", "from 2026/12/01 09:00 nightly", "from 1.12. 09:00 nightly", "from 09:00\u200bEST nightly",
	} {
		got := meaning(read(t, "R "+text, "Europe/Berlin", "2026-11-25T12:00:00Z"))
		if !strings.HasPrefix(got, "refused: I can't read when access should start: ") {
			t.Errorf("%s: %s", text, got)
		}
	}
}

// A number before a noun is no time, and neither is a vague word alone.
func TestNumbersThatAreNoTimes(t *testing.T) {
	for _, text := range []string{
		"after 6 failed builds", "between 2 accounts", "by 3 teams", "since 2 releases", "during 4 tests", "later builds need it", "yesterday friday's build failed",
	} {
		if got := meaning(read(t, "R "+text, "Europe/Berlin", "2026-11-25T12:00:00Z")); strings.HasPrefix(got, "refused: ") {
			t.Errorf("%s: %s", text, got)
		}
	}
}

// A time that the clocks skip or show twice is refused.
func TestStartsAtClockChanges(t *testing.T) {
	for _, c := range []struct{ zone, at, text, want string }{
		{"Europe/London", "2026-03-28T12:00:00Z", "from tomorrow 01:30 x", "refused: I can't read when access " +
			"should start: \"from tomorrow 01:30\". The clocks go forward that night and skip that time: name " +
			"another, or write it in UTC."},
		{"Europe/London", "2026-03-28T12:00:00Z", "from tomorrow 02:00 x", "from Sun 29 Mar 01:00 UTC: x"},
		{"Europe/London", "2026-03-28T12:00:00Z", "from tomorrow 00:59 x", "from Sun 29 Mar 00:59 UTC: x"},
		{"Europe/London", "2026-10-24T12:00:00Z", "from tomorrow 01:30 x", "refused: I can't read when access " +
			"should start: \"from tomorrow 01:30\". The clocks go back that night and show that time twice: name " +
			"another, or write it in UTC."},
		{"Europe/London", "2026-10-24T12:00:00Z", "from 2026-10-25 01:30 UTC x", "from Sun 25 Oct 01:30 UTC: x"},
		{"Europe/London", "2026-10-24T12:00:00Z", "from tomorrow 02:00 x", "from Sun 25 Oct 02:00 UTC: x"},
		{"America/New_York", "2026-10-31T12:00:00Z", "from tomorrow 01:30 x", "refused: I can't read when access " +
			"should start: \"from tomorrow 01:30\". The clocks go back that night and show that time twice: name " +
			"another, or write it in UTC."},
		{"Australia/Lord_Howe", "2026-04-04T00:00:00Z", "from tomorrow 01:45 x", "refused: I can't read when " +
			"access should start: \"from tomorrow 01:45\". The clocks go back that night and show that time twice: " +
			"name another, or write it in UTC."},
		{"America/New_York", "2026-07-01T12:00:00Z", "from tomorrow 09:00 EDT x", "from Thu 2 Jul 13:00 UTC: x"},
		{"America/New_York", "2026-07-01T12:00:00Z", "from tomorrow 09:00 EST x", "refused: I can't read when access should start: \"from tomorrow 09:00 EST\". " + othersZone},
		{"America/New_York", "2026-07-02T03:00:00Z", "from tomorrow 09:00 UTC x", "refused: I can't read when " +
			"access should start: \"from tomorrow 09:00 UTC\". Today is another day in UTC than in your time zone: " +
			"name the date."},
		{"Pacific/Apia", "2011-12-29T12:00:00Z", "from 2011-12-30 12:00 x", "refused: I can't read when access " +
			"should start: \"from 2011-12-30 12:00\". The clocks go forward that night and skip that time: name " +
			"another, or write it in UTC."},
	} {
		if got := meaning(read(t, "R "+c.text, c.zone, c.at)); got != c.want {
			t.Errorf("%s %s\ngot  %s\nwant %s", c.zone, c.text, got, c.want)
		}
	}
}

// Without the person's zone, only a date with UTC can be read.
func TestUnknownZone(t *testing.T) {
	for text, known := range map[string]bool{
		"from tomorrow 09:00 x": false, "from 09:00 x": false, "from 2026-12-01 09:00 x": false, "from tomorrow 09:00 UTC x": false,
		"from 2026-12-01 09:00 UTC x": true, "from 2026-12-01T09:00Z x": true, "from 2026-12-01T09:00:00Z x": true, "in 2 hours x": true, "no time": true,
	} {
		_, err := read(t, "R "+text, "", typedAt)
		if known != (err == nil) || !known && !errors.Is(err, ErrZone) {
			t.Errorf("%s: %v", text, err)
		}
		var no *grant.Refusal
		if !known && (!errors.As(err, &no) || !strings.Contains(no.Hint, "write the date and UTC")) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// The answer names the instant in the person's zone and in UTC.
func TestInstantsInBothZones(t *testing.T) {
	for zone, want := range map[string]string{
		"Europe/London": "Tue 1 Dec 2026 09:00 UTC", "Europe/Berlin": "Tue 1 Dec 2026 09:00 Europe/Berlin, which is Tue 1 Dec 2026 08:00 UTC",
	} {
		got, err := read(t, "R from tomorrow 09:00 x", zone, typedAt)
		if err != nil || got.(Request).Said.Start != want {
			t.Errorf("%s: %+v, %v", zone, got, err)
		}
	}
	if got, err := read(t, "R starting now x", "Europe/London", typedAt); err != nil || got.(Request).Said.Start != "at the approval" {
		t.Errorf("%+v, %v", got, err)
	}
}

// In every command with a reason, the reason may begin with an apostrophe.
func TestReasonsWithALeadingApostrophe(t *testing.T) {
	for _, text := range []string{
		"deny 7K2M9QXA 'tis late", "end 7K2M9QXA 'tis late", "extend 7K2M9QXA 2h 'tis late", "review 7K2M9QXA 'tis late", "settle 7K2M9QXA 'tis late",
		"end-all everything 'tis late", "freeze 'tis late", "unfreeze 'tis late", "R 'tis late", "break-glass my-bucket read build/test.user 1h 'tis late",
	} {
		c, err := read(t, text, "Europe/London", typedAt)
		if got := reasonOf(c); got != "'tis late" || err != nil {
			t.Errorf("%s: %q, %v", text, got, err)
		}
	}
}

func reasonOf(c Command) string {
	switch c := c.(type) {
	case Request:
		return c.Draft.Reason
	case Deny:
		return c.Reason
	case End:
		return c.Reason
	case Review:
		return c.Reason
	case Settle:
		return c.Reason
	case Extend:
		return c.Reason
	case Freeze:
		return c.Reason
	case Unfreeze:
		return c.Reason
	case EndAll:
		return c.Reason
	}
	return ""
}

func TestLists(t *testing.T) {
	r := reader{Input{Known: known()}}
	for _, c := range []struct{ words, target, principal string }{
		{"a-bucket,b-bucket read build/u 8h", "a-bucket|b-bucket", "build/u"},
		{"a-bucket, b-bucket read build/u 8h", "a-bucket|b-bucket", "build/u"},
		{"a-bucket/x,s3://b-bucket/y read build/u,build/role/r 8h", "a-bucket/x|s3://b-bucket/y", "build/u|build/role/r"},
		{"`a-bucket, b-bucket` read build/u 8h", "a-bucket|b-bucket", "build/u"},
		{"a-bucket/2026,Q1 read build/u 8h", "a-bucket/2026,Q1", "build/u"}, // Q1 cannot be a bucket
		{"a-bucket/x,,y read build/u 8h", "a-bucket/x,,y", "build/u"},
		{"a-bucket read build/u,v 8h", "a-bucket", "build/u,v"}, // an AWS name may have a comma
		{"read 8h build/u,build/v a-bucket,b-bucket", "a-bucket|b-bucket", "build/u|build/v"},
		{"a-bucket read build/u 8h, because", "a-bucket", "build/u"},
		{"a-bucket, read build/u, 8h", "a-bucket", "build/u"}, // a level and a term belong to no list
	} {
		q, _, err := r.draft(r.joinLists(split(normalise(c.words + " the build"))))
		if err != nil {
			t.Fatal(err)
		}
		target := strings.Join(append([]string{q.Draft.Target}, q.Draft.MoreTargets...), "|")
		principal := strings.Join(append([]string{q.Draft.Principal}, q.Draft.MorePrincipals...), "|")
		if !strings.EqualFold(target, c.target) || principal != c.principal {
			t.Errorf("%s: %s for %s; want %s for %s", c.words, target, principal, c.target, c.principal)
		}
	}
}

// A failed lookup ends the reading, so that an unknown person does not become
// part of the reason.
func TestFailedLookups(t *testing.T) {
	broken := errors.New("the disk is gone")
	in := Input{At: time.Now(), Known: known()}
	in.Known.Grant = func(grant.ID) (bool, error) { return false, broken }
	in.Known.Person = func(string) (bool, error) { return false, broken }
	for _, text := range []string{"request my-bucket read build/test.user 1h for carol", "list database", "deny 7K2M9QXA database no"} {
		in.Text = text
		if _, err := Parse(in); !errors.Is(err, broken) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// Peek finds the same verb as Parse, for every spelling.
func TestPeek(t *testing.T) {
	for text, want := range map[string]string{
		"approve 7K2M9QXA.": "approve 7K2M9QXA", "Approve: 7k2m9qxa": "approve 7k2m9qxa", "`approve` 7K2M9QXA": "approve 7K2M9QXA",
		"/s3share approve 7K2M9QXA": "approve 7K2M9QXA", "\u200bapprove\u00a07K2M9QXA": "approve 7K2M9QXA", " \n": " ", "end-all <@U0BOB|bob b>: x": "end-all <@U0BOB|bob b>",
	} {
		verb, about := Peek(text)
		if got := verb + " " + about; got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
