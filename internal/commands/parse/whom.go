package parse

import (
	"slices"
	"strings"

	"s3share/internal/grant"
)

// forWhom reads a leading "for @bob". It returns the number of words it takes;
// 0 for other text. A person named without a mention is refused: beneficiaries
// have to confirm the request and may not approve it.
func (r *reader) forWhom(words []word) (user string, taken int, err error) {
	n := forWords(words)
	if n == 0 {
		if err := r.onBehalf(words); err != nil {
			return "", 0, err
		}
		return "", 0, r.forInside(words)
	}
	n = len(words) - len(skipMarks(words[n:]))
	if n == len(words) {
		return "", 0, nil
	}
	w := words[n]
	if w.quoted {
		if strings.ContainsAny(w.text, "@<") {
			return "", 0, forPerson(grant.Refuse("I can't tell who this request is for: %q.", quote(words, 2)))
		}
		return "", 0, r.notAName(w)
	}
	if err := unmentioned(w); err != nil {
		return "", 0, forPerson(err)
	}
	if strings.HasPrefix(w.text, "<") && !w.name {
		return "", 0, forPerson(grant.Refuse("Slack doesn't know who %s is.", clip(w.bare())))
	}
	if user = w.person(); user != "" {
		return user, n + 1, onePerson(words[n+1:])
	}
	if nearPerson(words[n:]) {
		return "", 0, forPerson(grant.Refuse("I can't tell who this request is for: %q.", quote(words, n+3)))
	}
	return "", 0, r.notAName(theirName(words[n:]))
}

// theirName returns the first word that may be a name. It skips a role: "my
// colleague Bob".
func theirName(words []word) word {
	named, role := words[0], false
	for _, w := range words[:min(5, len(words))] {
		switch {
		case slices.Contains(roles, w.key()):
			role = true
		case !slices.Contains([]string{"my", "our", "the", "a"}, w.key()) && !w.isMark():
			if role && !w.quoted {
				return w
			}
			return named
		}
	}
	return named
}

// roles are titles before a person's name.
var roles = strings.Fields("team colleague coworker co-worker teammate team-mate mate user person member friend " +
	"boss manager lead engineer developer dev admin dr mr mrs ms")

// forWords returns the length of a leading "for" or "on behalf of".
func forWords(words []word) int {
	k := keys(words)
	switch {
	case len(k) == 0:
	case k[0] == "for":
		return wordsOf(words, 1)
	case len(k) > 2 && k[0] == "on" && k[1] == "behalf" && k[2] == "of":
		return wordsOf(words, 3)
	case len(k) > 1 && k[0] == "behalf" && k[1] == "of":
		return wordsOf(words, 2)
	}
	return 0
}

// onBehalf refuses "on @bob's behalf".
func (r *reader) onBehalf(words []word) error {
	next := near(words)
	behalf := func(w word) bool { return w.key() == "behalf" }
	if len(next) < 3 || next[0].key() != "on" || !slices.ContainsFunc(next[2:min(4, len(next))], behalf) {
		return nil
	}
	if next[1].person() != "" || unmentioned(next[1]) != nil {
		return forPerson(grant.Refuse("I can't tell who this request is for: %q.", quote(words, 4)))
	}
	return r.notAName(next[1])
}

// forInside refuses a "for" joined to other words by punctuation, as in
// "nightly,for @bob" or "for:@bob".
func (r *reader) forInside(words []word) error {
	if len(words) == 0 || words[0].quoted || words[0].name {
		return nil
	}
	_, after, is := cutFor(words[0].text)
	switch {
	case !is:
		return nil
	case strings.ContainsAny(after, "@<"):
		return forPerson(grant.Refuse("I can't tell who this request is for: %q.", clip(words[0].typed)))
	}
	if p := pieces(after); len(p) > 0 {
		return r.notAName(word{text: p[0]})
	}
	if after := skipMarks(words[1:]); len(after) > 0 && !after[0].quoted {
		if after[0].person() != "" || unmentioned(after[0]) != nil {
			return forPerson(grant.Refuse("I can't tell who this request is for: %q.", quote(words, 2)))
		}
		return r.notAName(after[0])
	}
	return nil
}

// cutFor cuts a word around a "for" that is not part of a longer word.
func cutFor(s string) (before, after string, is bool) {
	if at := forWithin.FindStringSubmatchIndex(s); at != nil {
		return s[:at[2]], s[at[3]:], true
	}
	return "", "", false
}

// onePerson refuses words after a mention that add a second person.
func onePerson(after []word) error {
	if len(after) > 0 && after[0].glued && !after[0].isMark() {
		return forPerson(grant.Refuse("I can't tell who this request is for: %q follows the "+
			"name.", clip(after[0].text)))
	}
	after = skipMarks(after)
	if len(after) > 1 && slices.Contains([]string{"and", "&", "+", "or"}, after[0].key()) {
		after = skipMarks(after[1:])
	}
	if len(after) > 0 && (after[0].person() != "" || unmentioned(after[0]) != nil) {
		return twoPeople()
	}
	return nil
}

func twoPeople() error {
	return grant.Refuse("You named two people, and a request is for one.").
		WithHint("Send one request for each. If the second name belongs to the reason, put the reason in quotes.")
}

// nearPerson reports whether a mention follows closely, as in "my colleague
// @Bob". A preposition between them gives the mentioned person another role:
// "review by @Ada".
func nearPerson(words []word) bool {
	for _, w := range words[:min(4, len(words))] {
		switch {
		case w.quoted || slices.Contains([]string{"by", "with", "of", "from", "per", "to", "as", "at", "in", "on", "via",
			"see", "ask", "cc"}, w.key()):
			return false
		case w.person() != "" || strings.HasPrefix(w.text, "@") && len(w.text) > 1:
			return true
		}
	}
	return false
}

// notAName refuses the name of a known person.
func (r *reader) notAName(w word) error {
	p := pieces(w.text)
	if r.Known.Person == nil || w.name || len(p) == 0 || len(p[0]) < 2 {
		return nil
	}
	name := strings.TrimSuffix(strings.Trim(p[0], "_'"), "'s")
	known, err := r.Known.Person(name)
	if err != nil || !known {
		return err
	}
	called := clip(strings.Trim(w.bare(), marks+brackets))
	return forPerson(grant.Refuse("Is this request for %s? A name without @ doesn't identify a person.", called))
}

// forPerson returns a refusal with the syntax of the clause as its hint.
func forPerson(err error) error {
	if no, is := err.(*grant.Refusal); is {
		return no.WithHint("Write `for`, type @ and pick the person from Slack's list. If it belongs to the " +
			"reason, put the whole reason in quotes.")
	}
	return err
}
