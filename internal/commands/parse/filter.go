package parse

import (
	"slices"
	"strconv"
	"strings"

	"s3share/internal/grant"
)

// lists are the names of lists.
var lists = []string{"mine", "pending", "active", "all"}

const listUsage = "Try `/s3share list mine`, `pending`, `active` or `all`, then a bucket, a principal, a @person " +
	"or `page 2`."

func (r *reader) list(words []word) (Command, error) {
	var l List
	var rest []word
	for _, w := range words {
		if w.quoted || !slices.Contains(lists, lower(w.bare())) {
			rest = append(rest, w)
			continue
		}
		if l.Which != "" && l.Which != lower(w.bare()) {
			return nil, grant.Refuse("You named two lists, `%s` and `%s`.", l.Which, lower(w.bare())).
				WithHint("Name one at a time.")
		}
		l.Which = lower(w.bare())
	}
	f, csv, err := r.filter(rest)
	if csv && err == nil {
		return nil, grant.Refuse("`list` can't send a file.").
			WithHint("`/s3share %s` sends you the history as a file.",
				strings.Join(strings.Fields("history "+f.String()+" csv"), " "))
	}
	l.Filter = f
	return l, err
}

func (r *reader) history(words []word) (Command, error) {
	f, csv, err := r.filter(words)
	return History{f, csv}, err
}

func (r *reader) buckets(words []word) (Command, error) {
	var b Buckets
	if len(words) > 0 && words[0].key() != "page" {
		if err := closed(words[:1]); err != nil {
			return nil, err
		}
		b.Part, words = lower(words[0].bare()), words[1:]
	}
	f, csv, err := r.filter(words)
	switch {
	case err != nil:
		return nil, err
	case csv || !f.IsEmpty():
		return nil, grant.Refuse("`buckets` takes part of one bucket's name, and I can't read "+
			"%q.", quote(words, 1)).
			WithHint("Write it like `/s3share buckets data` or `/s3share buckets data page 2`.")
	}
	b.Page = max(1, f.Page)
	return b, nil
}

func (r *reader) doctor(words []word) (Command, error) {
	const how = "doctor <bucket> [principal]"
	words = worded(words)
	if err := closed(words); err != nil {
		return nil, err
	}
	switch len(words) {
	case 0:
		return Doctor{}, nil
	case 1:
		return Doctor{Bucket: words[0].bare()}, nil
	case 2:
		return Doctor{Bucket: words[0].bare(), Principal: words[1].bare()}, nil
	}
	return nil, usage(how, "`doctor` takes a bucket and, if you like, a principal.")
}

func (r *reader) filter(words []word) (f Filter, csv bool, err error) {
	words = worded(words)
	if err := closed(words); err != nil {
		return f, false, err
	}
	for len(words) > 0 {
		w := words[0]
		words = words[1:]
		switch lower(w.bare()) {
		case "page":
			if len(words) == 0 {
				return f, csv, grant.Refuse("The page number is missing.").WithHint("Write it like `page 2`.")
			}
			if f.Page, err = page(words[0], f.Page); err != nil {
				return f, csv, err
			}
			words = words[1:]
		case "csv":
			csv = true
		default:
			if err := r.target(w, &f); err != nil {
				return f, csv, err
			}
		}
	}
	return f, csv, nil
}

func page(w word, before int) (int, error) {
	n, err := strconv.Atoi(w.bare())
	switch {
	case err != nil || n < 1:
		return 0, grant.Refuse("%q is not a page number.", clip(w.text)).WithHint("Write it like `page 2`.")
	case before != 0:
		return 0, grant.Refuse("You named two pages.").WithHint("Write it like `page 2`.")
	}
	return n, nil
}

// target reads one word of a filter: a person, a bucket, a principal or an id.
// A bucket called database could be an id; it counts as one if that grant
// exists.
func (r *reader) target(w word, f *Filter) error {
	text := w.bare()
	if err := unmentioned(w); err != nil {
		return err
	}
	if who := w.person(); who != "" {
		return once(f.Person == "" || f.Person == who, "people", func() { f.Person = who })
	}
	if id, err := grant.ParseID(text); err == nil {
		known, err := r.isGrant(w)
		if err != nil {
			return err
		}
		if known {
			return once(f.ID == "" || f.ID == id, "ids", func() { f.ID = id })
		}
	}
	if p, err := grant.ParsePrincipal(text, r.Known.Accounts); err == nil {
		return once(f.Principal == nil || f.Principal.ARN == p.ARN, "principals",
			func() { f.Principal, f.TypedAs = &p, text })
	}
	bucket, prefix, err := grant.ParseTarget(text)
	if err != nil {
		return unreadable(text)
	}
	return once(f.Bucket == "" || f.Bucket == bucket && f.Prefix == prefix, "buckets",
		func() { f.Bucket, f.Prefix = bucket, prefix })
}

func once(first bool, what string, set func()) error {
	if !first {
		return grant.Refuse("You named two %s.", what).WithHint("Name one at a time.")
	}
	set()
	return nil
}

func unreadable(text string) error {
	return grant.Refuse("%q is not a bucket, a principal, a person or the id of a grant.", clip(text)).
		WithHint("%s", listUsage)
}

// unmentioned refuses a name that Slack did not turn into a mention, and markup
// for anything except a person.
func unmentioned(w word) error {
	switch text := w.text; {
	case w.quoted || w.person() != "":
		return nil
	case strings.HasPrefix(text, "<!subteam^"):
		return grant.Refuse("That is a user group, not a person.").
			WithHint("Type @ and pick a person from Slack's list.")
	case w.name:
		return grant.Refuse("%q is not a person.", clip(text)).WithHint("Type @ and pick a person from Slack's " +
			"list.")
	case strings.HasPrefix(text, "@"):
		return grant.Refuse("Slack doesn't know who %s is.", clip(w.bare())).
			WithHint("Type @ and pick the person from Slack's list, so that the name becomes a mention.")
	}
	return nil
}

const endAllUsage = "end-all <bucket[/prefix]|principal|@person|everything> [now] <reason>"

// endAll reads <target> [now] <reason>.
func (r *reader) endAll(words []word) (Command, error) {
	if len(worded(words)) < 2 {
		return nil, usage(endAllUsage, "Name a target and a reason.")
	}
	if err := closed(words[:1]); err != nil {
		return nil, err
	}
	var e EndAll
	w, all := words[0], lower(words[0].bare()) == "everything"
	if w.key() == "now" && r.Known.Bucket != nil && !r.Known.Bucket("now") {
		return nil, usage(endAllUsage, "`now` comes after the target.")
	}
	if !all {
		if err := r.target(w, &e.Filter); err != nil {
			return nil, err
		}
		if err := oneTarget(w, e.Filter); err != nil {
			return nil, err
		}
	}
	if err := r.secondTarget(w, words[1:], all); err != nil {
		return nil, err
	}
	e.Now, words = takeNow(words[1:])
	if e.Reason = reason(words); e.Reason == "" {
		return nil, usage(endAllUsage, "A reason is missing.")
	}
	return e, r.atOnce("end-all", words)
}

// takeNow takes the word now in front of the reason of an end-all. A reason that begins with "now
// that" keeps it: asking first is the safe reading.
func takeNow(words []word) (now bool, rest []word) {
	words = skipMarks(words)
	if len(words) == 0 || words[0].key() != "now" ||
		lower(words[0].text) == "now" && len(words) > 1 && words[1].key() == "that" {
		return false, words
	}
	return true, skipMarks(words[1:])
}

// EndsNow reports whether a typed end-all has the word now after its target, and so needs no
// confirmation. It agrees with [Parse], which may still refuse the command.
func EndsNow(text string) bool {
	words := commandWords(text)
	if len(words) < 3 {
		return false
	}
	now, _ := takeNow(words[2:])
	return now
}

// bucketMarks are characters that make a word count as a bucket. After "and" or
// a comma more characters do.
func bucketMarks(joined bool) string {
	if joined {
		return "/-.0123456789"
	}
	return "/"
}

// oneTarget refuses a folder with punctuation inside. The text after the
// punctuation was probably meant as the reason, and the folder would match
// nothing.
func oneTarget(w word, f Filter) error {
	if w.quoted || !strings.ContainsAny(f.Prefix, ",:;") {
		return nil
	}
	return grant.Refuse("Nothing was done: I can't tell where the target ends in %q.", clip(w.typed)).
		WithHint("Put a space before the reason. If that is a folder's name, put it in quotes.")
}

// joiners are words between two targets: the second adds to the first or
// narrows it.
var joiners = strings.Fields("and & + / or plus then on in of for from to with also as well")

// secondTarget refuses a second target, because the first alone would end more
// or less than was meant. A colon ends the target. "everything" can only be
// narrowed.
func (r *reader) secondTarget(first word, words []word, all bool) error {
	if !first.quoted && strings.HasSuffix(first.text, ":") {
		return nil
	}
	joined := strings.HasSuffix(first.text, ",")
	for len(words) > 1 && (words[0].isMark() || slices.Contains(joiners, words[0].key())) {
		joined = joined || slices.Contains(joiners, words[0].text) || slices.Contains(joiners, words[0].key())
		ends := strings.HasSuffix(words[0].text, ":")
		if words = words[1:]; ends {
			return nil
		}
	}
	if len(words) == 0 || words[0].quoted || all && !joined {
		return nil
	}
	w := words[0]
	_, err := grant.ParsePrincipal(w.bare(), r.Known.Accounts)
	principal := err == nil
	bucket, _, err := grant.ParseTarget(w.bare())
	folder := err == nil && strings.ContainsAny(w.bare(), bucketMarks(joined)) && r.Known.Bucket != nil &&
		r.Known.Bucket(bucket)
	if principal || folder || w.person() != "" || namesGrant(w) {
		return grant.Refuse("Nothing was done: `end-all` takes one target, and %q looks like "+
			"another.", clip(w.bare())).
			WithHint("Send one command for each. If it belongs to the reason, put the reason in quotes.")
	}
	return nil
}
