package parse

import (
	"slices"
	"strings"
	"time"

	"s3share/internal/grant"
)

// Words before a time. A bare number after one of the first two groups counts
// as a time: "from 9" is an unreadable time, but "start 2 workers" is none.
var (
	fromWords    = []string{"from", "starting", "at", "@"}
	untilWords   = []string{"until", "till", "til", "untill", "'til"}
	throughWords = []string{"through", "thru"}
	startWords   = []string{"start", "starts", "begin", "begins", "beginning"}
	// At the front of a reason only.
	frontWords = []string{"on", "after", "before", "by", "between", "since", "not", "only", "as", "earliest", "latest",
		"during", "within", "sometime"}
	softeners = []string{"the", "about", "around", "approx", "approximately", "roughly", "circa", "ca", "early", "late",
		"exactly", "on", "at", "from", "of", "before", "after"}
)

// clauses reads the beneficiary and the start of a request, in either order. It
// returns the words after them, which are the reason.
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
			return nil, unclear(words, 3, "You named two times.")
		}
		start, said, taken, err := r.start(words)
		if err != nil {
			return nil, err
		}
		q.Draft.Start, q.Said.Start, words = start, said, words[taken:]
	}
}

// scan refuses a clause inside a reason. It may be meant as one, but would have
// no effect there.
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
			return grant.Refuse("Is this request for %s? The name is inside the reason.", clip(rest[taken-1].text)).
				WithHint("Put `for @name` right after the duration. If it belongs to the reason, put the whole " +
					"reason in quotes.")
		case timeAt(rest, false):
			if slices.Contains(untilWords, w.key()) || slices.Contains(throughWords, w.key()) {
				return unclearEnd(rest)
			}
			return grant.About(grant.FieldTerm,
				grant.Refuse("I can't read when access should start: %q is inside the reason.", quote(rest, 4)).
					WithHint("Put the time right after the duration, like `from tomorrow 09:00`. If it belongs "+
						"to the reason, put the whole reason in quotes."))
		}
	}
	return nil
}

// atOnce refuses a time before the reason of a command that takes effect at
// once.
func (r *reader) atOnce(verb string, words []word) error {
	words = skipMarks(words)
	ks := keys(words)
	if len(ks) == 0 {
		return nil
	}
	if !laterTime(ks) {
		return nil
	}
	return grant.Refuse("Nothing was done: `%s` takes effect at once, and %q names a time.", verb, quote(words, 3)).
		WithHint("If it belongs to the reason, put the reason in quotes.")
}

// laterTime reports whether a reason begins with a future time: "tomorrow", "at
// 9", "in 2 hours".
func laterTime(k []string) bool {
	rest := soften(k[1:])
	switch {
	case slices.Contains(fromWords, k[0]) || slices.Contains(untilWords, k[0]):
		return len(rest) > 0 && rest[0] != "now" && !isOver(rest) && anyTime(rest)
	case slices.Contains(slices.Concat(startWords, []string{"on", "after", "by", "before"}), k[0]):
		return exactTime(rest)
	case k[0] == "tomorrow" || k[0] == "tonight" || slices.Contains(slang, k[0]) || relative(k) > 0 || inWords(k):
		return true
	case isNext(k):
		return k[0] != "last"
	case isDay(k[0]):
		return len(k) == 1 || isNumber(k[1]) || exactTime(rest)
	}
	return (isClock(k[0]) || isISODay(k[0]) || isInstant(k[0])) && len(k) == 1
}

// timeAt reports whether words begin with a time expression that must be read.
// The front of a reason needs less to qualify than its inside.
func timeAt(words []word, front bool) bool {
	if len(words) == 0 || words[0].quoted || words[0].isMark() {
		return false
	}
	k := keys(words)
	if timeIn(k, front) || front && (slices.Contains(fromWords, k[0]) || slices.Contains(untilWords, k[0])) &&
		quotedTime(words) {
		return true
	}
	return timeInside(words, front)
}

// timeInside is timeAt for words joined by punctuation, as in "from:tomorrow"
// or "tomorrow,09:00". They are recognised in order to be refused.
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
		if !front && isOver(rest) {
			return false
		}
		return anyTime(rest) || front && nearTime(k[1:])
	case front && k[0] == "for": // "for tomorrow": not now
		return len(rest) > 0 && (rest[0] == "tomorrow" || rest[0] == "tonight" || slices.Contains(slang, rest[0])) ||
			isNext(rest) && rest[0] != "last"
	case (k[0] == "earlier" || k[0] == "later") && len(k) > 1 && k[1] == "than":
		return exactTime(soften(k[2:]))
	case slices.Contains(slang, k[0]) || gluedDay.MatchString(k[0]):
		return front && slices.Contains(slang, k[0]) || len(k) > 1 && (isNumber(k[1]) || exactTime(soften(k[1:])))
	case nearDay(k[0]) && k[0] != "yesterday" && len(k) > 1 && isClock(k[1]):
		return true
	case slices.Contains(startWords, k[0]) || slices.Contains(throughWords, k[0]):
		return exactTime(rest)
	case front && slices.Contains(frontWords, k[0]):
		return exactTime(rest) || bareHour(rest)
	case front && k[0] != "yesterday" && slices.Contains(vague, k[0]) && exactTime(rest): // "cob friday"
		return true
	case isDay(k[0]) || isMonth(k[0]) || isNext(k):
		n := 1
		if isNext(k) {
			n = 2
		}
		return front && k[0] != "today" && (isDay(k[0]) || isNext(k)) || isNext(k) && isDay(k[1]) ||
			len(k) > n && (isNumber(k[n]) || exactTime(soften(k[n:])))
	case relative(k) > 0 || inWords(k):
		return true
	case isClock(k[0]) || isISODay(k[0]):
		worded := k[0] == "noon" || k[0] == "midnight"
		return front || len(k) > 1 && (exactTime(soften(k[1:])) || worded && isNumber(k[1]))
	case front && (halfDay(k) || len(k) > 1 && dayOfMonth(k[0]) > 0 && isMonth(k[1])):
		return true
	}
	return isInstant(k[0])
}

// isOver reports whether words name a past time, as in "logs from yesterday".
// It cannot be a start.
func isOver(k []string) bool {
	switch {
	case len(k) == 0:
		return false
	case k[0] == "yesterday":
		return len(k) == 1 || !isNumber(k[1]) && !exactTime(soften(k[1:]))
	}
	return k[0] == "last" && isNext(k) && (len(k) == 2 || !isNumber(k[2]) && !exactTime(soften(k[2:])))
}

// nearTime reports whether a time follows closely. Then the text before it is
// probably a misspelled day.
func nearTime(k []string) bool {
	if len(k) > 0 && misspelled(k[0]) {
		return true
	}
	return slices.ContainsFunc(k[:min(3, len(k))], func(s string) bool { return isClock(s) || isDay(s) || isISODay(s) })
}

// quotedTime reports whether the second word is a time in quotes.
func quotedTime(words []word) bool {
	words = filled(words)
	return len(words) > 1 && words[1].quoted && anyTime(keys(split(normalise(words[1].typed))))
}

// start reads the time at the beginning of words as a start.
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
		return start, "", 0, unclear(words, before+w.i+w.cityWords, problem)
	}
	if said = "at the approval"; !start.IsZero() {
		said = instant(start, r.Zone)
	}
	return start, said, wordsOf(words, before+w.i), nil
}

// keys returns the keys of words, without marks. A quoted word gets a key that
// matches nothing.
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

// near returns the next words without marks, up to the length of a clause.
func near(words []word) []word { return filled(words[:min(len(words), 32)]) }

// wordsOf returns how many words contain the first n that are not marks.
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

// quote returns the first n words as typed.
func quote(words []word, n int) string {
	var all []string
	next := near(words)
	for _, w := range next[:min(n, len(next))] {
		all = append(all, w.typed)
	}
	return clip(strings.Join(all, " "))
}

func unclear(words []word, n int, problem string) error {
	if problem != "" {
		problem = " " + problem
	}
	no := grant.Refuse("I can't read when access should start: %q.%s", quote(words, n), problem)
	return grant.About(grant.FieldTerm, no.WithHint("Write the start like `from tomorrow 09:00`, `from 9:30 "+
		"friday` or `from 2026-12-01 14:00 UTC`. If it belongs to the reason, put the whole reason in quotes."))
}

func unclearEnd(words []word) error {
	return grant.About(grant.FieldTerm, grant.Refuse("I can't read how long access should last: "+
		"%q.", quote(words, 3)).
		WithHint("Write only the duration, like 2h or 3d. If it belongs to the reason, put the whole reason in "+
			"quotes."))
}

// mentionsClause reports whether a reason has a word that begins a clause in
// other places. Then the answer repeats the reason.
func mentionsClause(words []word) bool {
	return slices.ContainsFunc(words, func(w word) bool {
		k := w.key()
		return k == "for" || w.name || slices.Contains(fromWords, k) || slices.Contains(untilWords, k) ||
			slices.Contains(startWords, k) || isDay(k)
	})
}

// instant formats an instant in the person's zone and in UTC.
func instant(t time.Time, zone *time.Location) string {
	const layout = "Mon 2 Jan 2006 15:04"
	utc := t.UTC().Format(layout) + " UTC"
	if zone == nil {
		return utc
	}
	if _, offset := t.In(zone).Zone(); offset == 0 {
		return utc
	}
	return t.In(zone).Format(layout) + " " + zone.String() + ", which is " + utc
}
