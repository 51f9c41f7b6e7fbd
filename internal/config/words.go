package config

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/agnivade/levenshtein"
)

const noCredentials = "a credential never comes from the config file: set SLACK_BOT_TOKEN and SLACK_APP_TOKEN in the environment, " +
	"and let AWS's own chain find its keys"

// credential matches what Slack and AWS hand out as secrets.
var credential = regexp.MustCompile(`\bxox[a-z]-|\bxapp-|\b(AKIA|ASIA)[A-Z0-9]{16}\b|-----BEGIN `)

// secretKey matches the names of keys under which people would keep a secret.
var secretKey = regexp.MustCompile(`(?i)token|secret|passw|credential|private_?key|access_?key|api_?key|session_?key`)

// suggest names the known word that is nearest to one that is not, or all.
func suggest(word string, known []string) string {
	all := "there is none"
	if len(known) > 0 {
		all = "known are " + strings.Join(known, ", ")
	}
	return nearest(strings.ReplaceAll(strings.ToLower(clip(word)), "-", "_"), known, all)
}

// nearest asks back for the known word that is nearest to one that is not, if one is
// near, and says something else otherwise.
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

// shown quotes a short value in a sentence, and names the kind of a longer one.
func shown(n node) string {
	if n.kind == textKind || n.kind == numberKind {
		return strconv.Quote(clip(n.text))
	}
	return string(n.kind)
}
