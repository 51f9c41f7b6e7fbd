package commands

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"s3share/internal/grant"
)

func lower(s string) string { return strings.ToLower(s) }

// Slack wraps what it takes for a link, a person or a channel, and it escapes
// three characters. What the person typed is inside.
var (
	link     = regexp.MustCompile(`<((?:https?|s3|mailto|arn):[^>|]*)(?:\|([^>]*))?>`)
	unescape = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&")
)

// typed undoes what Slack did to a text.
func typed(s string) string {
	s = link.ReplaceAllStringFunc(s, func(m string) string {
		parts := link.FindStringSubmatch(m)
		if parts[2] != "" {
			return parts[2]
		}
		return strings.TrimPrefix(parts[1], "mailto:")
	})
	return unescape.Replace(s)
}

// quotes are the characters that join words, each with the one that closes it.
// Typographic quotes count: phones put them in unasked.
var quotes = map[rune]string{'"': `"`, '\'': `'`, '`': "`", '“': "”“", '”': "”“", '„': "“”", '‘': "’‘", '’': "’‘", '«': "»"}

// beforeReason is how many words a command has in front of its reason.
func beforeReason(words []word) int {
	if len(words) > 0 {
		switch lower(words[0].text) {
		case "freeze", "unfreeze":
			return 1
		case "deny", "end", "review", "end-all":
			return 2
		case "extend":
			return 3
		}
	}
	return 5
}

// A word is one word of a command, or several that quotes have joined.
type word struct {
	text string // without the quotes
	tail string // everything from here to the end of the command, as typed
}

// split cuts a command into words. Quotes and backticks join words; one in the
// middle of a word is an apostrophe, and one that is never closed is refused
// only in front of the reason: there it is part of it.
func split(text string) ([]word, error) {
	var words []word
	rest := []rune(strings.TrimSpace(typed(text)))
	for len(rest) > 0 {
		if unicode.IsSpace(rest[0]) {
			rest = rest[1:]
			continue
		}
		closing, quoted := quotes[rest[0]]
		if quoted {
			if end := slices.IndexFunc(rest[1:], func(r rune) bool { return strings.ContainsRune(closing, r) }); end >= 0 {
				if after := end + 2; after == len(rest) || unicode.IsSpace(rest[after]) {
					words = append(words, word{string(rest[1 : end+1]), string(rest)})
					rest = rest[after:]
					continue
				}
			} else if len(words) < beforeReason(words) {
				return nil, grant.Refuse("A %c is opened and never closed.", rest[0]).WithHint("Close it, or leave it out.")
			}
		}
		end := slices.IndexFunc(rest, unicode.IsSpace)
		if end < 0 {
			end = len(rest)
		}
		words = append(words, word{string(rest[:end]), string(rest)})
		rest = rest[end:]
	}
	return words, nil
}

// phrase returns what a person wrote from the first of the words on: as typed,
// or without its quotes if they enclose all of it.
func phrase(words []word) string {
	switch len(words) {
	case 0:
		return ""
	case 1:
		return words[0].text
	}
	return words[0].tail
}

// The places of a request's first four words, in the documented order.
const (
	placeTarget = iota
	placeLevel
	placePrincipal
	placeTerm
	places
)

// arrange finds out which of the first four words of a request is the target,
// the level, the principal and the term. If there is one way only to read all
// four, their order does not matter; else it is the documented one.
func arrange(words []word, rules grant.Rules) [places]string {
	var documented [places]string
	var reads [places][places]bool // word, place
	for i := range documented {
		w := words[i].text
		documented[i] = w
		reads[i][placeTarget] = !slices.ContainsFunc(targetsIn(w), func(t string) bool { _, _, err := grant.ParseTarget(t); return err != nil })
		_, reads[i][placeLevel] = rules.Levels[lower(w)]
		reads[i][placePrincipal] = !slices.ContainsFunc(principalsIn(w), func(p string) bool {
			_, err := grant.ParsePrincipal(p, rules.Accounts)
			return err != nil
		})
		_, err := grant.ParseTerm(w)
		reads[i][placeTerm] = err == nil
	}
	var found [][places]string
	var fill func(place int, so [places]string, taken [places]bool)
	fill = func(place int, so [places]string, taken [places]bool) {
		if place == places {
			found = append(found, so)
			return
		}
		for i, w := range documented {
			if !taken[i] && reads[i][place] {
				so[place], taken[i] = w, true
				fill(place+1, so, taken)
				taken[i] = false
			}
		}
	}
	fill(0, [places]string{}, [places]bool{})
	if len(found) == 1 {
		return found[0]
	}
	return documented
}
