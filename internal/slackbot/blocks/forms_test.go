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
