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
	return fmt.Sprintf("Access also needs the KMS key %s of the bucket. Its policy and the principal's account must "+
		"allow it, which s3share can't check.",
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
	return fmt.Sprintf("Ask the owner of the KMS key %s to add this statement to its policy. It expires with the "+
		"access.\n```%s```",
		Safe(g.Findings.KMSKey, 200), Safe(spread(string(text)), 1500))
}

// KeyBlocks shows that statement in *Details*.
func KeyBlocks(g grant.Grant) []slack.Block {
	switch text := keyStatement(g); {
	case text != "":
		return []slack.Block{Section(text)}
	case g.Findings.KMSKey != "" && g.ExpiresAt.IsZero():
		return []slack.Block{Section(kms(g) + " The approval brings the statement for the key's owner.")}
	}
	return nil
}
