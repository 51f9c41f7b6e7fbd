package commands

import (
	"strings"

	"s3share/internal/grant"
)

// What is here reads several buckets, or several principals, in one word of a
// request: with commas between them.

// joinLists joins what a comma and a space have cut in two, in front of the reason.
func joinLists(words []word) []word {
	for i := 0; i < places && i+1 < len(words); i++ {
		for len(words[i].text) > 1 && strings.HasSuffix(words[i].text, ",") && i+1 < len(words) {
			both := word{words[i].text + words[i+1].text, words[i].tail}
			words = append(append(words[:i:i], both), words[i+2:]...)
		}
	}
	return words
}

// MoreTargets returns the buckets that somebody typed into a field of their own.
func MoreTargets(s string) []string { return more(s, targetsIn) }

// MorePrincipals returns the users and roles that somebody typed into a field of
// their own.
func MorePrincipals(s string) []string { return more(s, principalsIn) }

func more(s string, in func(string) []string) []string {
	if s = strings.Trim(s, ", \n"); s == "" {
		return nil
	}
	return in(s)
}

// targetsIn returns the buckets that a word names. A comma may also be part of a
// folder's name: it is where what follows it could not be a bucket.
func targetsIn(w string) []string {
	all := listed(w)
	for _, one := range all {
		if _, _, err := grant.ParseTarget(one); err != nil {
			return []string{w}
		}
	}
	return all
}

// principalsIn returns the users and roles that a word names: AWS allows a comma
// in a name, and a word with an account's name or an ARN behind the comma is none.
func principalsIn(w string) []string {
	all := listed(w)
	for _, one := range all {
		if !strings.Contains(one, "/") {
			return []string{w}
		}
	}
	return all
}

// listed returns what stands between commas; of a word without any, the word.
func listed(w string) []string {
	var all []string
	for one := range strings.SplitSeq(w, ",") {
		if one = strings.TrimSpace(one); one != "" {
			all = append(all, one)
		}
	}
	if len(all) < 2 {
		return []string{w}
	}
	return all
}
