package commands

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"s3share/internal/grant"
)

// preview returns the unconfirmed end-all of a responder.
func (o *office) preview(text string) EndAllPreview {
	o.t.Helper()
	p, err := o.PreviewEndAll(context.Background(), by("UAUDIT"), text)
	if err != nil {
		o.t.Fatalf("%s: %v", text, err)
	}
	return p
}

// The preview lists what an end-all would end, and stores nothing.
func TestPreviewEndAll(t *testing.T) {
	o := newOffice(t, 1)
	o.makeResponder("UAUDIT")
	one, two := o.active(), o.active()
	o.edit(two, func(g *grant.Grant) { g.Beneficiary.User = "UBOB" })
	o.pending()
	p := o.preview("end-all everything a leak")
	if p.Question() != "End 2 grants of 2 people?" || p.Target != "everything" || p.Reason != "a leak" {
		t.Errorf("%s %s %s", p.Question(), p.Target, p.Reason)
	}
	if want := "1 request still waits for a decision; `/s3share freeze <reason>` blocks its approval."; p.Notes != want {
		t.Errorf("notes %q, want %q", p.Notes, want)
	}
	want := "Nothing was ended: I couldn't open the dialog that asks first. It would end 2 grants of 2 people: everything. " +
		"To end them now, type `/s3share end-all everything now a leak`."
	if got := p.Unconfirmed().Text; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	p = o.preview("end-all " + one + " a leak")
	if p.Question() != "End 1 grant of 1 person?" || p.Grants[0].ID != grant.ID(one) {
		t.Errorf("%s %v", p.Question(), p.Grants)
	}
	o.slash(by("UAUDIT"), "freeze a leak")
	if want := "1 request still waits for a decision; it can't be approved while s3share is frozen."; o.preview("end-all everything a leak").Notes != want {
		t.Errorf("notes while frozen: %q", o.preview("end-all everything a leak").Notes)
	}
	o.answers(by("UAUDIT"), "end-all my-other now a leak", "Nothing to end: no active access on s3://my-other/.")
	for _, g := range o.all() {
		if g.State == grant.Ending {
			t.Errorf("%s is ended by a preview", g.ID)
		}
	}
}

func TestPreviewEndAllRefusals(t *testing.T) {
	o := newOffice(t, 1)
	o.makeResponder("UAUDIT")
	o.active()
	for _, c := range []struct{ by, text, want string }{
		{"UADA", "end-all everything a leak", "Only responders can do that."},
		{"UADA", "end-all my-other a leak", "Only responders can do that."},
		{"UAUDIT", "end-all everything", "Name a target and a reason."},
		{"UAUDIT", "end-all now everything a leak", "`now` comes after the target."}, // it is no bucket
		{"UAUDIT", "end-all build/tset.user: a leak", "No grant names the user build/tset.user."},
		{"UAUDIT", "end-all <@UNOBODY> a leak", "Slack does not know the person UNOBODY"},
		{"UAUDIT", "end-all everything " + strings.Repeat("a", 2001), "the limit is 2000"},
		{"UAUDIT", "approve 7K2M9QXA", "That is no end-all."},
	} {
		p, err := o.PreviewEndAll(context.Background(), by(c.by), c.text)
		if err == nil || !strings.Contains(err.Error(), c.want) || len(p.Grants) > 0 {
			t.Errorf("%s: %s: %v, %d grants; want %s", c.by, clip(c.text), err, len(p.Grants), c.want)
		}
	}
	for text, want := range map[string]string{
		"end-all my-other a leak": "Nothing to end: no active access on s3://my-other/.",
		"end-all <@UEVE> a leak":  "Nothing to end: no active access of " + PersonMark + ".",
	} {
		if p := o.preview(text); len(p.Grants) > 0 || p.Unconfirmed().Text != want {
			t.Errorf("%s: %s", text, p.Unconfirmed().Text)
		}
	}
}

// The command in the answer does the same without a confirmation.
func TestEndAllNowCommand(t *testing.T) {
	o := newOffice(t, 1)
	o.makeResponder("UAUDIT")
	id := o.active()
	for text, want := range map[string]string{
		"end-all my-bucket/builds: a leak":               "`/s3share end-all my-bucket/builds now a leak`",
		"end-all build/test.user a leak":                 "`/s3share end-all build/test.user now a leak`",
		"end-all " + id + " a leak":                      "`/s3share end-all " + id + " now a leak`",
		"end-all <@UTEST|test> a leak":                   "/s3share end-all " + PersonMark + " now a leak",
		"end-all everything now that it leaked":          "`/s3share end-all everything now now that it leaked`",
		`end-all everything "at 18:00 a key leaked"`:     "`/s3share end-all everything now <reason>`",
		"end-all everything see `a`":                     "`/s3share end-all everything now <reason>`",
		"end-all everything " + strings.Repeat("b", 201): "`/s3share end-all everything now <reason>`",
	} {
		if got := o.preview(text).Now; got != want {
			t.Errorf("%s\ngot  %s\nwant %s", text, got, want)
		}
	}
}

// The preview counts grants with damaged records, and names those that it cannot read.
func TestPreviewOfDamagedRecords(t *testing.T) {
	o := newOffice(t, 1)
	o.makeResponder("UAUDIT")
	id := o.active()
	o.configure(func(c *Config) { c.Store = damagedStore{c.Store, id} })
	p := o.preview("end-all my-bucket a leak")
	if p.Question() != "End 1 grant of 1 person?" || fmt.Sprint(p.Damaged) != "["+id+"]" || p.Notes != "" {
		t.Errorf("%s %v %q", p.Question(), p.Damaged, p.Notes)
	}
	o.configure(func(c *Config) { c.Store = damagedStore{c.Store.(damagedStore).Store, "7K2M9QXA"} })
	p = o.preview("end-all my-other a leak")
	const unclear = "Damaged records that I can't read or end: `7K2M9QXA`. The operators of s3share can remove their " +
		"statements by hand."
	if text := p.Unconfirmed().Text; text != "Nothing to end: no active access on s3://my-other/. "+unclear {
		t.Error(text)
	}
	if p = o.preview("end-all my-bucket a leak"); len(p.Grants) != 1 || p.Notes != unclear {
		t.Errorf("%d grants, %q", len(p.Grants), p.Notes)
	}
}

// The answer tells how the ended grants differ from the list that was confirmed.
func TestEndAllTellsTheDifference(t *testing.T) {
	listed := &Listed{Grants: 2, At: noon}
	approved := func(minutes int) grant.Grant {
		return grant.Grant{History: []grant.Event{{Kind: grant.EventApprove, At: noon.Add(time.Duration(minutes) * time.Minute)}}}
	}
	for _, c := range []struct {
		listed *Listed
		ended  []grant.Grant
		n      int
		want   string
	}{
		{nil, []grant.Grant{approved(1)}, 1, ""},
		{listed, []grant.Grant{approved(-1), approved(-2)}, 2, ""},
		{listed, []grant.Grant{approved(-1)}, 2, ""}, // and a damaged record
		{listed, []grant.Grant{approved(-1), approved(-2), approved(1)}, 3, " 1 of them was not in the list: approved after you opened it."},
		{listed, []grant.Grant{approved(-1), approved(1), approved(2)}, 3,
			" 2 of them were not in the list: approved after you opened it. 1 in the list was ending or ended already."},
		{listed, nil, 0, " 2 in the list were ending or ended already."},
		{listed, []grant.Grant{approved(1), approved(2)}, 2,
			" 2 of them were not in the list: approved after you opened it. 2 in the list were ending or ended already."},
	} {
		if got := c.listed.difference(c.ended, c.n); got != c.want {
			t.Errorf("%d ended: %q, want %q", c.n, got, c.want)
		}
	}
}
