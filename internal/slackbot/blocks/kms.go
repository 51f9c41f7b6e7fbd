package blocks

import (
	"fmt"
	"time"

	"github.com/slack-go/slack"

	"s3share/internal/grant"
	"s3share/internal/policy"
)

// kms adds to a card or notice that the bucket's key has to allow the access too.
func kms(g grant.Grant) string {
	if g.Findings.KMSKey == "" {
		return ""
	}
	return fmt.Sprintf("The bucket encrypts with a KMS key (%s). Access to the key was not checked: objects can be used "+
		"once the key's policy allows it, and this account's policy too.",
		Safe(g.Findings.KMSKey, 200))
}

// keyStatement returns the addition to the key's policy for an approved grant; "" if none is
// necessary or known.
func keyStatement(g grant.Grant) string {
	if g.ExpiresAt.IsZero() || g.State == grant.Ending || g.State == grant.Ended {
		return ""
	}
	var from time.Time
	if g.Scheduled {
		from = g.StartAt
	}
	text := policy.Access{ID: string(g.ID), Principal: g.Principal.ARN, Object: g.Level.Object, NotBefore: from,
		Before: g.ExpiresAt, KMSKey: g.KeyARN()}.KeyStatement()
	if text == nil {
		return ""
	}
	return fmt.Sprintf("For the owner of the key %s: add this statement to its policy. It ends with the grant.\n```%s```",
		Safe(g.Findings.KMSKey, 200), Safe(spread(string(text)), 1500))
}

// KeyBlocks shows that statement in *Details*.
func KeyBlocks(g grant.Grant) []slack.Block {
	switch text := keyStatement(g); {
	case text != "":
		return []slack.Block{Section(text)}
	case g.Findings.KMSKey != "" && g.ExpiresAt.IsZero():
		return []slack.Block{Section(kms(g) + " The statement for the key's owner comes with the approval.")}
	}
	return nil
}
