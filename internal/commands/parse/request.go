package parse

import (
	"slices"
	"strings"

	"s3share/internal/grant"
)

// Places of a request's first four words, in the documented order.
const (
	placeTarget = iota
	placeLevel
	placePrincipal
	placeTerm
	places
)

const requestUsage = "Try `/s3share request <bucket[/prefix]> <level> <principal> <term> <reason…>`, like `/s3share " +
	"request my-bucket/builds read build/test.user 8h nightly build`."

func (r *reader) request(words []word) (Command, error) {
	words = r.joinLists(words)
	if err := closed(words[:min(places, len(words))]); err != nil {
		return nil, err
	}
	if args := worded(words); len(args) < places {
		missing := []string{"the bucket", "the level", "the principal", "the term"}[len(args):]
		return nil, grant.Refuse("Your request is incomplete: it lacks %s and a "+
			"reason.", strings.Join(missing, ", ")).
			WithHint("%s", requestUsage)
	}
	q, rest, err := r.draft(words)
	if err != nil {
		return nil, err
	}
	if rest, err = r.clauses(rest, &q); err != nil {
		return nil, err
	}
	if err := r.scan(rest); err != nil {
		return nil, err
	}
	q.Draft.Reason = reason(rest)
	q.Said.Reason = mentionsClause(rest)
	return q, nil
}

// breakGlass reads an emergency request. Only the beginning of its reason is
// read as a clause: the access opens at once, after the person has confirmed
// it.
func (r *reader) breakGlass(words []word) (Command, error) {
	words = r.joinLists(words)
	if len(worded(words)) < places {
		return nil, usage("break-glass <bucket[/prefix]> <level> <principal> <term> <reason…>", "Your request is "+
			"incomplete.")
	}
	q, rest, err := r.draft(words)
	if err != nil {
		return nil, err
	}
	if rest, err = r.clauses(rest, &q); err != nil {
		return nil, err
	}
	q.Draft.Reason, q.Draft.BreakGlass = reason(rest), true
	q.Said.Reason = mentionsClause(rest)
	return q, nil
}

// draft reads the first four words of a request in any order, and returns the
// words after them.
func (r *reader) draft(words []word) (q Request, rest []word, err error) {
	var args []word
	for len(args) < places {
		if !words[0].separates() {
			args = append(args, words[0])
		}
		words = words[1:]
	}
	if err := closed(args); err != nil {
		return q, nil, err
	}
	w := r.arrange(args)
	targets, principals := targetsIn(w[placeTarget]), principalsIn(w[placePrincipal])
	q.Draft = grant.Draft{
		Target: targets[0], Level: w[placeLevel], Principal: principals[0], Term: w[placeTerm],
		MoreTargets: targets[1:], MorePrincipals: principals[1:],
	}
	_, level := r.Known.Levels[lower(w[placeLevel])]
	q.Misordered = !(level && isTerm(w[placeTerm])) &&
		slices.ContainsFunc(args, func(w word) bool { return slices.Contains(fillers, w.key()) })
	return q, words, nil
}

// fillers are words that people put between the first four.
var fillers = []string{"access", "to", "for", "on", "as", "with", "the", "a", "please", "of", "from", "until", "at",
	"starting", "in"}

// arrange assigns the first four words of a request to target, level, principal
// and term. If only one assignment is possible, their order does not matter.
// Otherwise the documented order applies.
func (r *reader) arrange(words []word) [places]string {
	var documented [places]string
	var reads [places][places]bool // word, place
	for i := range documented {
		w := words[i].bare()
		documented[i] = w
		reads[i][placeTarget] = !slices.ContainsFunc(targetsIn(w), func(t string) bool { return !isTarget(t) })
		_, reads[i][placeLevel] = r.Known.Levels[lower(w)]
		reads[i][placePrincipal] = !slices.ContainsFunc(principalsIn(w), func(p string) bool {
			_, err := grant.ParsePrincipal(p, r.Known.Accounts)
			return err != nil
		})
		reads[i][placeTerm] = isTerm(w)
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

func isTarget(s string) bool {
	_, _, err := grant.ParseTarget(s)
	return err == nil
}

// joinLists joins a list that was split after a comma, before the reason. A
// level or a term after a comma belongs to no list.
func (r *reader) joinLists(words []word) []word {
	for i := 0; i < places && i+1 < len(words); i++ {
		for i+1 < len(words) && len(words[i].text) > 1 && strings.HasSuffix(words[i].text, ",") && !words[i].quoted {
			after := words[i+1]
			if _, level := r.Known.Levels[lower(after.bare())]; level || isTerm(after.bare()) || isTerm(words[i].bare()) ||
				r.Known.isLevel(words[i]) {
				break
			}
			both := after
			both.text, both.typed = words[i].text+after.text, words[i].typed+after.typed
			both.tail, both.begins, both.quoted = words[i].tail, words[i].begins, false
			words = append(append(words[:i:i], both), words[i+2:]...)
		}
	}
	return words
}

func (k Known) isLevel(w word) bool {
	_, is := k.Levels[lower(w.bare())]
	return is
}

// MoreTargets parses the form field with further buckets.
func MoreTargets(s string) []string { return more(s, targetsIn) }

// MorePrincipals parses the form field with further users and roles.
func MorePrincipals(s string) []string { return more(s, principalsIn) }

func more(s string, in func(string) []string) []string {
	if s = strings.Trim(plainText(normalise(s)), ", \n"); s == "" {
		return nil
	}
	return in(s)
}

// targetsIn returns the buckets in a word. A comma may be part of a folder's
// name: it is if the text after it cannot be a bucket.
func targetsIn(w string) []string {
	all := listed(w)
	if slices.ContainsFunc(all, func(one string) bool { return !isTarget(one) }) {
		return []string{w}
	}
	return all
}

// principalsIn returns the users and roles in a word. AWS allows a comma in a
// name. A comma separates only if each part has an account's name or is an ARN.
func principalsIn(w string) []string {
	all := listed(w)
	if slices.ContainsFunc(all, func(one string) bool { return !strings.Contains(one, "/") }) {
		return []string{w}
	}
	return all
}

// listed splits a word at its commas.
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
