package commands

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"s3share/internal/grant"
)

func TestBuckets(t *testing.T) {
	o := newOffice(t, 1)
	o.configure(func(c *Config) {
		c.Rules.Rules = append(c.Rules.Rules,
			grant.Rule{Bucket: "team-*", Account: "nonprod", Levels: []string{"read", "full"}, MaxTerm: 60, LevelApproval: map[string]int{"full": 2}, Requesters: grant.People{Groups: []string{"SOPS"}}},
			grant.Rule{Bucket: "two-keys", Account: "nonprod", Levels: []string{"read"}, MaxTerm: 60, Approvals: 2},
			grant.Rule{Bucket: "own-*", Account: "nonprod", Levels: []string{"read"}, MaxTerm: 60, OwnPrincipals: true})
	})
	const (
		mine = "[my* needs 1]"
		team = "[team-* needs read 1, full 2]"
		own  = "[own-* needs 1]"
	)
	for _, c := range []struct {
		who, text string
		want, not []string
	}{
		{"URITA", "buckets", []string{mine}, []string{"team-", "own-"}},
		{"UGINA", "buckets", []string{mine, team}, []string{"own-"}},
		{"UTEST", "buckets", []string{mine, team, own}, nil}, // owns a principal
		{"UTEST", "buckets two-keys", []string{"[two-keys needs 2]"}, nil},
		{"UGINA", "buckets team", []string{team}, []string{"my*"}},
		{"UGUEST", "buckets", []string{"You can request no bucket. The operators of s3share can add a rule."}, []string{"my*"}},
		{"URITA", "buckets xyz", []string{"You can request no bucket with `xyz` in its name. The operators of s3share can add a rule."}, nil},
	} {
		got := o.slash(by(c.who), c.text)
		for _, want := range c.want {
			contains(t, got, want)
		}
		for _, not := range c.not {
			if strings.Contains(got, not) {
				t.Errorf("%s is told of %s: %s", c.who, not, got)
			}
		}
	}
}

func TestBucketsHavePages(t *testing.T) {
	o := newOffice(t, 1)
	for n := range 45 {
		r := o.config.Rules.Rules[0]
		r.Bucket = fmt.Sprintf("data-%02d", n)
		o.configure(func(c *Config) { c.Rules.Rules = append(c.Rules.Rules, r) })
	}
	for text, want := range map[string]string{
		"buckets data page 3": "data-44", "buckets page 1": "[my* needs 1]", "buckets page 3": "data-44", "buckets data page 4": "There is no page 4; the last page is 3. `/s3share buckets data page 3` shows it.",
		"buckets data page x": `"x" is not a page number.`,
	} {
		o.answers(by("URITA"), text, want)
	}
	a, err := o.Command(context.Background(), by("URITA"), "buckets data")
	if want := (Page{First: 1, Last: 20, Total: 45, Next: "buckets data page 2"}); err != nil || a.Page != want {
		t.Errorf("%+v, %v", a.Page, err)
	}
}
