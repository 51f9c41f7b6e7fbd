package config

import (
	"regexp"
	"strings"

	"github.com/agnivade/levenshtein"
)

const noCredentials = "credentials are not allowed in the config: set SLACK_BOT_TOKEN and SLACK_APP_TOKEN in the " +
	"environment, and keep AWS keys in AWS's credential chain"

// credential matches secrets of Slack and AWS.
var credential = regexp.MustCompile(`\bxox[a-z]-|\bxapp-|\b(AKIA|ASIA)[A-Z0-9]{16}\b|-----BEGIN `)

// secretKey matches keys with a name for secrets.
var secretKey = regexp.MustCompile(`(?i)token|secret|passw|credential|private_?key|access_?key|api_?key|session_?key`)

// suggest proposes the nearest known word, or lists all known words.
func suggest(word string, known []string) string {
	all := "none is defined"
	if len(known) > 0 {
		all = "use one of " + strings.Join(known, ", ")
	}
	return nearest(strings.ReplaceAll(strings.ToLower(clip(word)), "-", "_"), known, all)
}

// nearest proposes the nearest known word if one is near, and returns otherwise
// if not.
func nearest(word string, known []string, otherwise string) string {
	word = clip(word)
	best, least := "", 1+max(2, len(word)/3)
	for _, k := range known {
		if d := levenshtein.ComputeDistance(word, k); d < least {
			best, least = k, d
		}
	}
	if best == "" {
		return otherwise
	}
	return "did you mean " + best + "?"
}
