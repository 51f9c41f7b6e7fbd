package slackbot

import (
	"strings"
	"testing"

	"s3share/internal/grant"
)

// The ARN of a user with a long path exceeds the limit of an option's value. The option has a
// shorter name of the same user.
func TestSuggestionOfALongARN(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		arn := "arn:aws:iam::111111111111:user/" + strings.Repeat("team/", 60) + "test.user"
		for name, want := range map[string]string{arn: "build/user/test.user",
			"arn:aws:iam::111111111111:user/test.user": "arn:aws:iam::111111111111:user/test.user"} {
			option := o.bot.forms.suggestion(name)
			p, err := grant.ParsePrincipal(option.Value, rules().Accounts)
			if option.Value != want || err != nil || p.Name != "test.user" || p.Kind != grant.KindUser {
				t.Errorf("%s: the value is %s (%v)", name, option.Value, err)
			}
			if again := o.bot.forms.suggestion(option.Value); again.Value != want {
				t.Errorf("drawn again, the value is %s", again.Value)
			}
		}
	})
}
