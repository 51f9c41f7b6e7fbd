package blocks

import (
	"fmt"
	"strings"
	"testing"

	"s3share/internal/grant"
)

// askedTogether returns the requests of a batch, each changed to a state of its own.
func askedTogether(t testing.TB, d grant.Draft, become ...func(grant.Grant) grant.Grant) (all []grant.Grant) {
	t.Helper()
	n := 0
	d.Requester = person("U0RITA")
	all, err := rules().DraftBatch(func() grant.ID { n++; return grant.ID(fmt.Sprintf("7K2M9QX%d", n)) }, d, 0, noon)
	if err != nil {
		t.Fatal(err)
	}
	for i := range all {
		all[i] = become[min(i, len(become)-1)](all[i])
	}
	return all
}

func TestGoldenTogether(t *testing.T) {
	rule := rules().Rules[1]
	found := grant.Findings{Change: "adds two statements to the policy of my-bucket", Diff: "+ S3Share7K2M9QX1", Warnings: []string{"A statement denies s3:GetObject without TLS."}}
	check := grant.Check{Findings: found}
	pending := func(g grant.Grant) grant.Grant { return after(t, g, check) }
	active := func(g grant.Grant) grant.Grant {
		return opened(t, after(t, g, check, grant.Approve{By: member("U0ADA"), Today: grant.Today{Rule: &rule}}))
	}
	ended := func(g grant.Grant) grant.Grant {
		return gone(t, after(t, active(g), grant.End{By: member("U0RITA"), Today: grant.Today{Rule: &rule}}))
	}
	d := usual
	d.MoreTargets, d.MorePrincipals = []string{"my-other/logs"}, []string{"build/role/deployer"}
	var looks []look
	for _, s := range []struct {
		name string
		all  []grant.Grant
	}{
		{"pending", askedTogether(t, d, pending)},
		{"denied", askedTogether(t, d, func(g grant.Grant) grant.Grant {
			return after(t, pending(g), grant.Deny{By: member("U0ADA"), Today: grant.Today{Rule: &rule}, Why: "one at a time"})
		})},
		{"active", askedTogether(t, d, active, ended)},
		{"ended", askedTogether(t, d, ended)},
	} {
		m := BatchCard(s.all[0], s.all[1:])
		looks = append(looks, look{s.name + ": card", "channel", m.Text, m.Blocks})
		for _, g := range s.all[:2] { // the lead, and another
			for i := range g.History {
				for _, n := range Notices(g, i) {
					looks = append(looks, look{fmt.Sprintf("%s: %s is told of %s", s.name, g.ID, g.History[i].Kind), "", n.Text, n.Blocks})
				}
			}
		}
	}
	golden(t, "together", looks)
	accepted(t, looks)
}

// A card with the largest contents is within Slack's limits.
func TestLargestCard(t *testing.T) {
	found := grant.Findings{Change: strings.Repeat("<&>", 2000)}
	for range 20 {
		found.Warnings = append(found.Warnings, strings.Repeat("<&>", 1000))
	}
	d := usual
	d.Target = "my-" + strings.Repeat("b", 60) + "/" + strings.Repeat("&", 36)
	d.Reason = strings.Repeat("&<>", 666)
	for n := range 9 {
		d.MoreTargets = append(d.MoreTargets, fmt.Sprintf("my-%s%d/%s", strings.Repeat("b", 59), n, strings.Repeat("&", 36)))
	}
	d.Principal = "arn:aws:iam::111111111111:user/" + strings.Repeat("p/", 255) + strings.Repeat("u", 64)
	pending := func(g grant.Grant) grant.Grant {
		g.Bucket.Account, g.Principal.Account = strings.Repeat("n", 64), strings.Repeat("n", 64)
		return after(t, g, grant.Check{Findings: found})
	}
	all := askedTogether(t, d, pending)
	if len(all) != grant.MaxBatch {
		t.Fatalf("%d are asked for", len(all))
	}
	m := BatchCard(all[0], all[1:])
	rule := rules().Rules[1]
	open := askedTogether(t, d, func(g grant.Grant) grant.Grant {
		return opened(t, after(t, pending(g), grant.Approve{By: member("U0ADA"), Today: grant.Today{Rule: &rule}}))
	})
	o := BatchCard(open[0], open[1:])
	accepted(t, []look{{"the most", "", m.Text, m.Blocks}, {"the most, open", "", o.Text, o.Blocks}})
	var details []Detailed
	for _, g := range all {
		details = append(details, Detailed{Grant: g})
	}
	acceptedViews(t, []sight{{"its details", DetailsView(details[0], details[1:]...)}})
}

// A list of requests: all waiting, some decided, none waiting, and the longest one, which fits Slack's limits.
func TestGoldenList(t *testing.T) {
	waits := after(t, asked(t, usual), grant.Check{})
	deny := grant.Deny{By: member("U0ADA"), Today: grant.Today{Rule: &waits.Rule}, Why: "no need"}
	denied, cancelled := after(t, waits, deny), after(t, waits, grant.Cancel{By: member("U0RITA")})
	approved := after(t, waits, grant.Approve{By: member("U0BOB"), Today: grant.Today{Rule: &waits.Rule}})
	unreadable := grant.Grant{ID: "0000DAMA"}
	looks := map[string]any{}
	for name, all := range map[string][]Listed{
		"all wait":           {{Grant: waits}, {Grant: waits}},
		"one of them":        {{Grant: waits, Opened: true}, {Grant: denied}, {Grant: cancelled}, {Grant: approved}, {Grant: unreadable}},
		"none of them":       {{Grant: denied}, {Grant: approved}},
		"one is reminded of": {{Grant: waits}},
	} {
		m := List(all)
		if name == "one is reminded of" {
			m = ReminderOfListed(waits, Message{Text: "The request is still waiting for a decision."})
		}
		looks[name] = map[string]any{"text": m.Text, "blocks": m.Blocks}
	}
	golden(t, "request_list", looks)

	long := waits
	long.Prefix, long.Principal.Name = strings.Repeat("a<&>", 200), strings.Repeat("&", 64)
	var all []Listed
	for i := range ListedMost {
		one := long
		if i%3 == 0 {
			one = after(t, one, deny)
		}
		all = append(all, Listed{Grant: one, Opened: i%3 == 1})
	}
	m, size := List(all), 0
	for _, b := range m.Blocks {
		size += BlockSize(b)
	}
	if len(m.Blocks) > 50 || size > MessageBudget {
		t.Errorf("%d blocks with %d characters", len(m.Blocks), size)
	}
}
