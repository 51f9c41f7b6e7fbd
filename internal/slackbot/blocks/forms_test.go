package blocks

import (
	"strings"
	"testing"

	"github.com/slack-go/slack"

	"s3share/internal/grant"
)

// The ARN of a user with a long path exceeds the limit of an option's value. The option has a
// shorter name of the same user.
func TestSuggestionOfALongARN(t *testing.T) {
	arn := "arn:aws:iam::111111111111:user/" + strings.Repeat("team/", 60) + "test.user"
	option := func(value string) *slack.OptionBlockObject {
		p, err := grant.ParsePrincipal(value, rules().Accounts)
		if err != nil {
			t.Fatal(err)
		}
		return Suggestion(value, p)
	}
	for name, want := range map[string]string{arn: "build/user/test.user",
		"arn:aws:iam::111111111111:user/test.user": "arn:aws:iam::111111111111:user/test.user"} {
		value := option(name).Value
		p, err := grant.ParsePrincipal(value, rules().Accounts)
		if value != want || err != nil || p.Name != "test.user" || p.Kind != grant.KindUser {
			t.Errorf("%s: the value is %s (%v)", name, value, err)
		}
		if again := option(value).Value; again != want {
			t.Errorf("drawn again, the value is %s", again)
		}
	}
}

// The summary names those who will decide: never the requester or the beneficiary.
func TestRequestSummaryNamesTheApprovers(t *testing.T) {
	summary := func(by, behalf string, auto ...grant.AutoRule) string {
		t.Helper()
		v := RequestValues{Bucket: "my-bucket", Prefix: "builds", Level: "read", Principal: "build/test.user", Term: "8h",
			Reason: "nightly", For: behalf}
		g, err := rules().Draft("00000000", v.Draft(person(by)), 0, noon)
		if err != nil {
			t.Fatal(err)
		}
		g.Rule.Auto = auto
		return RequestSummary(g, 0, nil)
	}
	const request = "You request read access: test.user → s3://my-bucket/builds/ for 8h, to be approved by "
	for _, c := range []struct{ got, want string }{
		{summary("U0RITA", ""), request + "<@U0ADA>, <@U0BOB> or <!subteam^S0OPS>."},
		{summary("U0ADA", ""), request + "<@U0BOB> or <!subteam^S0OPS>."},
		{summary("U0RITA", "U0BOB"), request + "<@U0ADA> or <!subteam^S0OPS>. On behalf of <@U0BOB>, who confirms first."},
		{summary("U0ADA", "", grant.AutoRule{}), request + "<@U0BOB> or <!subteam^S0OPS>, or automatically by the rule."},
	} {
		if c.got != c.want {
			t.Errorf("got  %s\nwant %s", c.got, c.want)
		}
	}
	ticket := grant.About(grant.FieldReason, grant.Refuse("The reason must match OPS-[0-9]+."))
	if got := RequestSummary(grant.Grant{}, 0, ticket); got != "The reason must match OPS-[0-9]+." {
		t.Errorf("a reason that is not typed yet: %s", got)
	}
}
