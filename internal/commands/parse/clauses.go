package parse

import (
	"slices"
	"strings"
	"time"

	"s3share/internal/grant"
)

// Words that a time may follow. A bare number is one behind the first two kinds only:
// "from 9" is a time that cannot be read, "start 2 workers" is not.
var (
	fromWords    = []string{"from", "starting", "at"}
	untilWords   = []string{"until", "till", "til", "untill", "'til"}
	throughWords = []string{"through", "thru"}
	startWords   = []string{"start", "starts", "begin", "begins", "beginning"}
	frontWords   = []string{"on", "after", "before", "by", "between", "since", "not", "only", "as"} // at the front of a reason alone
	softeners    = []string{"the", "about", "around", "approx", "approximately", "roughly", "circa", "ca", "early", "late", "exactly", "on", "at", "from", "of", "before", "after"}
)

// clauses reads for whom a request is and when it begins, in either order, and returns
// the words after that: the reason.
func (r *reader) clauses(words []word, q *Request) ([]word, error) {
	for {
		words = skipMarks(words)
		who, taken, err := r.forWhom(words)
		if err != nil {
			return nil, err
		}
		if taken > 0 {
			if q.Draft.Beneficiary.User != "" {
				return nil, twoPeople()
			}
			q.Draft.Beneficiary.User, words = who, words[taken:]
			continue
		}
		if !timeAt(words, true) {
			return words, nil
		}
		if q.Said.Start != "" {
			return nil, unclear(words, 3, "It names two times.")
		}
		start, said, taken, err := r.start(words)
		if err != nil {
			return nil, err
		}
		q.Draft.Start, q.Said.Start, words = start, said, words[taken:]
	}
}

// scan refuses a clause inside a reason: it may have been meant as one, and would not
// be obeyed.
func (r *reader) scan(words []word) error {
	for i, w := range words {
		if w.quoted || w.isMark() {
			continue
		}
		rest := words[i:]
		_, taken, err := r.forWhom(rest)
		switch {
		case err != nil:
			return err
		case taken > 0:
			return grant.Refuse("Is it for %s? That stands inside the reason.", clip(rest[taken-1].text)).
				WithHint("Put `for @somebody` right after the term. If it belongs to the reason, put the whole reason in quotes.")
		case timeAt(rest, false):
			if slices.Contains(untilWords, w.key()) || slices.Contains(throughWords, w.key()) {
				return unclearEnd(rest)
			}
			return grant.About(grant.FieldTerm, grant.Refuse("It is not clear when that is to begin: %q stands inside the reason.", quote(rest, 4)).
				WithHint("Put the time right after the term, like `from tomorrow 09:00`. If it belongs to the reason, put the whole reason in quotes."))
		}
	}
	return nil
}

// atOnce refuses a time in front of the reason of a command that takes effect at once.
func (r *reader) atOnce(verb string, words []word) error {
	words = skipMarks(words)
	ks := keys(words)
	if len(ks) == 0 {
		return nil
	}
	keyword := slices.Contains(slices.Concat(fromWords, untilWords, startWords, []string{"on", "after"}), ks[0])
	clock := keyword && exactTime(soften(ks[1:])) || isDay(ks[0]) && (len(ks) == 1 || exactTime(soften(ks[1:]))) ||
		relative(ks) > 0 || isClock(ks[0]) && len(ks) == 1
	if !clock {
		return nil
	}
	return grant.Refuse("`%s` takes effect at once and not at a time, so nothing was done: %q.", verb, quote(words, 3)).
		WithHint("If it belongs to the reason, put the reason in quotes.")
}

// forWhom reads "for @somebody" at the beginning of some words, and how many words it
// takes; 0 if they are about something else. Somebody who is meant and not mentioned is
// refused: they have to confirm the request, and may not approve it.
func (r *reader) forWhom(words []word) (user string, taken int, err error) {
	n := forWords(words)
	if n == 0 {
		return "", 0, r.forInside(words)
	}
	n = len(words) - len(skipMarks(words[n:]))
	if n == len(words) {
		return "", 0, nil
	}
	w := words[n]
	if w.quoted {
		if strings.ContainsAny(w.text, "@<") {
			return "", 0, forPerson(grant.Refuse("It is not clear for whom that is: %q.", quote(words, 2)))
		}
		return "", 0, nil
	}
	if err := unmentioned(w); err != nil {
		return "", 0, forPerson(err)
	}
	if strings.HasPrefix(w.text, "<") && !w.name {
		return "", 0, forPerson(grant.Refuse("Slack did not say who %s is.", clip(w.text)))
	}
	if user = w.person(); user != "" {
		return user, n + 1, onePerson(words[n+1:])
	}
	if nearPerson(words[n:]) {
		return "", 0, forPerson(grant.Refuse("It is not clear for whom that is: %q.", quote(words, n+3)))
	}
	return "", 0, r.notAName(w)
}

// forWords returns how many words say "for", or "on behalf of".
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

// forInside refuses a "for" that marks have joined to other words, as in "nightly,for
// @bob" or "for:@bob".
func (r *reader) forInside(words []word) error {
	if len(words) == 0 || words[0].quoted || words[0].name {
		return nil
	}
	_, after, is := cutFor(words[0].text)
	switch {
	case !is:
		return nil
	case strings.ContainsAny(after, "@<"):
		return forPerson(grant.Refuse("It is not clear for whom that is: %q.", clip(words[0].typed)))
	}
	if p := pieces(after); len(p) > 0 {
		return r.notAName(word{text: p[0]})
	}
	if after := skipMarks(words[1:]); len(after) > 0 && !after[0].quoted {
		if after[0].person() != "" || unmentioned(after[0]) != nil {
			return forPerson(grant.Refuse("It is not clear for whom that is: %q.", quote(words, 2)))
		}
		return r.notAName(after[0])
	}
	return nil
}

// cutFor cuts a word around a "for" in it that is not part of a longer word.
func cutFor(s string) (before, after string, is bool) {
	if at := forWithin.FindStringSubmatchIndex(s); at != nil {
		return s[:at[2]], s[at[3]:], true
	}
	return "", "", false
}

// onePerson refuses what makes more of a mention than one person.
func onePerson(after []word) error {
	if len(after) > 0 && after[0].glued && !after[0].isMark() {
		return forPerson(grant.Refuse("It is not clear for whom that is: %q follows the name.", clip(after[0].text)))
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
	return grant.Refuse("That is for two people, and a request is for one.").
		WithHint("Ask once for each. If the second name belongs to the reason, put the reason in quotes.")
}

// nearPerson reports whether a mention follows closely, as in "my colleague @Bob". A
// preposition in between makes it somebody else's part: "review by @Ada".
func nearPerson(words []word) bool {
	for _, w := range words[:min(4, len(words))] {
		switch {
		case w.quoted || slices.Contains([]string{"by", "with", "of", "from", "per", "to", "as", "at", "in", "on", "via", "see", "ask", "cc"}, w.key()):
			return false
		case w.person() != "" || strings.HasPrefix(w.text, "@") && len(w.text) > 1:
			return true
		}
	}
	return false
}

// notAName refuses the name of somebody who is known here.
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
	return forPerson(grant.Refuse("Is it for %s? A name is not enough to tell.", clip(w.text)))
}

// forPerson adds to a refusal how the clause is written.
func forPerson(err error) error {
	if no, is := err.(*grant.Refusal); is {
		no.Hint = "Write `for` and type @ to choose the person from the list that Slack offers. If it belongs to the reason, put the whole reason in quotes."
	}
	return err
}

// timeAt reports whether words begin with something about time that has to be read. At
// the front of a reason less is needed for it than inside.
func timeAt(words []word, front bool) bool {
	if len(words) == 0 || words[0].quoted || words[0].isMark() {
		return false
	}
	k := keys(words)
	if timeIn(k, front) || front && (slices.Contains(fromWords, k[0]) || slices.Contains(untilWords, k[0])) && quotedTime(words) {
		return true
	}
	return timeInside(words, front)
}

// timeInside is timeAt for words that marks have joined, as in "from:tomorrow" or
// "tomorrow,09:00". They are recognised to be refused.
func timeInside(words []word, front bool) bool {
	if words[0].name {
		return false
	}
	within := pieces(words[0].text)
	k := within
	for _, w := range near(words)[1:] {
		switch {
		case w.quoted || w.name:
			k = append(k, "\x00")
		default:
			k = append(k, pieces(w.text)...)
		}
	}
	for i := range within {
		if timeIn(k[i:], front && i == 0) {
			return true
		}
	}
	return false
}

// timeIn is timeAt for keys.
func timeIn(k []string, front bool) bool {
	rest := soften(k[1:])
	switch {
	case slices.Contains(fromWords, k[0]) || slices.Contains(untilWords, k[0]):
		return anyTime(rest) || front && nearTime(k[1:])
	case slices.Contains(startWords, k[0]) || slices.Contains(throughWords, k[0]):
		return exactTime(rest)
	case front && slices.Contains(frontWords, k[0]):
		return exactTime(rest)
	case isDay(k[0]) || isMonth(k[0]) || isNext(k):
		n := 1
		if isNext(k) {
			n = 2
		}
		return front && k[0] != "today" && (isDay(k[0]) || isNext(k)) || isNext(k) && isDay(k[1]) || len(k) > n && (isNumber(k[n]) || exactTime(soften(k[n:])))
	case relative(k) > 0 || inWords(k):
		return true
	case isClock(k[0]) || isISODay(k[0]):
		worded := k[0] == "noon" || k[0] == "midnight"
		return front || len(k) > 1 && (exactTime(soften(k[1:])) || worded && isNumber(k[1]))
	case front && len(k) > 1 && isNumber(k[0]) && isMonth(k[1]):
		return true
	}
	return isInstant(k[0])
}

// soften skips words that stand between "from" and a time.
func soften(k []string) []string {
	for n := 0; n < 3 && len(k) > 0 && slices.Contains(softeners, k[0]); n++ {
		k = k[1:]
	}
	return k
}

// nearTime reports whether a time follows closely, so that what stands before it is
// probably a day that was misspelled.
func nearTime(k []string) bool {
	if len(k) > 0 && misspelled(k[0]) {
		return true
	}
	return slices.ContainsFunc(k[:min(3, len(k))], func(s string) bool { return isClock(s) || isDay(s) || isISODay(s) })
}

// quotedTime reports whether the word after the first is a time in quotes.
func quotedTime(words []word) bool {
	words = filled(words)
	return len(words) > 1 && words[1].quoted && anyTime(keys(split(normalise(words[1].typed))))
}

// start reads the time that some words begin with, as a start.
func (r *reader) start(words []word) (start time.Time, said string, taken int, err error) {
	k := keys(words)
	keyword := true
	switch {
	case slices.Contains(untilWords, k[0]) || slices.Contains(throughWords, k[0]):
		return start, "", 0, unclearEnd(words)
	case slices.Contains(fromWords, k[0]) || slices.Contains(startWords, k[0]) || k[0] == "on":
		k = k[1:]
	case slices.Contains(frontWords, k[0]):
		return start, "", 0, unclear(words, 3, "")
	default:
		keyword = false
	}
	before := len(keys(words)) - len(k)
	for len(k) > 0 && (k[0] == "from" || k[0] == "at" || k[0] == "on") {
		k, before = k[1:], before+1
	}
	w := when{k: k, keyword: keyword, originals: near(words)[before:]}
	if problem := w.read(); problem != "" || !w.complete() {
		return start, "", 0, unclear(words, max(before+w.i+1, 3), strings.TrimPrefix(problem, "-"))
	}
	start, problem, err := w.instant(r.At, r.Zone)
	switch {
	case err != nil:
		return start, "", 0, err
	case problem != "":
		return start, "", 0, unclear(words, before+w.i, problem)
	}
	if said = "at the approval"; !start.IsZero() {
		said = instant(start, r.Zone)
	}
	return start, said, wordsOf(words, before+w.i), nil
}

// keys returns the keys of words that are not marks. What stands in quotes matches
// nothing.
func keys(words []word) (all []string) {
	for _, w := range near(words) {
		if w.quoted {
			all = append(all, "\x00")
		} else {
			all = append(all, w.key())
		}
	}
	return all
}

// near returns the next words that are not marks: as many as a clause may have.
func near(words []word) []word { return filled(words[:min(len(words), 32)]) }

// wordsOf returns how many words hold the first n that are not marks.
func wordsOf(words []word, n int) int {
	for i, w := range words {
		if n == 0 {
			return i
		}
		if !w.isMark() {
			n--
		}
	}
	return len(words)
}

// quote returns the first words as they were typed.
func quote(words []word, n int) string {
	var all []string
	next := near(words)
	for _, w := range next[:min(n, len(next))] {
		all = append(all, w.typed)
	}
	return clip(strings.Join(all, " "))
}

func unclear(words []word, n int, problem string) error {
	no := grant.Refuse("It is not clear when that is to begin: %q.", quote(words, n))
	if problem != "" {
		no.Sentence += " " + problem
	}
	return grant.About(grant.FieldTerm, no.WithHint("Write it like `from tomorrow 09:00`, `from 9:30 friday` or `from 2026-12-01 14:00 UTC`. If it belongs to the reason, put the whole reason in quotes."))
}

func unclearEnd(words []word) error {
	return grant.About(grant.FieldTerm, grant.Refuse("It is not clear how long that is to last: %q.", quote(words, 3)).
		WithHint("The term says how long, like 2h or 3d: leave the rest out. If it belongs to the reason, put the whole reason in quotes."))
}

// mentionsClause reports whether a reason has a word in it that begins a clause
// elsewhere, so that the answer repeats the reason.
func mentionsClause(words []word) bool {
	return slices.ContainsFunc(words, func(w word) bool {
		k := w.key()
		return k == "for" || slices.Contains(fromWords, k) || slices.Contains(untilWords, k) || slices.Contains(startWords, k) || isDay(k)
	})
}
