package parse

import (
	"slices"
	"strings"

	"s3share/internal/grant"
)

func (r *reader) show(words []word) (Command, error) {
	id, err := r.onlyID("show", words)
	return Show{id}, err
}

func (r *reader) approve(words []word) (Command, error) {
	id, err := r.onlyID("approve", words)
	return Approve{id}, err
}

func (r *reader) cancel(words []word) (Command, error) {
	id, err := r.onlyID("cancel", words)
	return Cancel{id}, err
}

func (r *reader) deny(words []word) (Command, error) {
	id, rest, err := r.id("deny", words)
	return Deny{About{id, reason(rest)}}, err
}

func (r *reader) review(words []word) (Command, error) {
	id, rest, err := r.id("review", words)
	return Review{About{id, reason(rest)}}, err
}

func (r *reader) settle(words []word) (Command, error) {
	id, rest, err := r.id("settle", words)
	return Settle{About{id, reason(rest)}}, err
}

func (r *reader) end(words []word) (Command, error) {
	id, rest, err := r.id("end", words)
	if err == nil {
		err = r.atOnce("end", rest)
	}
	return End{About{id, reason(rest)}}, err
}

func (r *reader) extend(words []word) (Command, error) {
	id, rest, err := r.id("extend", words)
	if err != nil {
		return nil, err
	}
	if len(rest) == 0 {
		return nil, grant.Refuse("The duration of the extension is missing.").
			WithHint("Type `/s3share extend %s <term> [reason]`, like `/s3share extend %s 2h still "+
				"building`.", id, id)
	}
	if err := closed(rest[:1]); err != nil {
		return nil, err
	}
	if slices.Contains(untilWords, rest[0].key()) {
		return nil, unclearEnd(rest)
	}
	if k := rest[0].key(); k == "by" || k == "for" { // extend 7K2M9QXA by 2h
		if len(rest) > 1 && isTerm(rest[1].bare()) {
			rest = rest[1:]
		}
	}
	term, rest := rest[0].bare(), rest[1:]
	return Extend{About{id, reason(rest)}, term}, r.atOnce("extend", rest)
}

func (r *reader) freeze(words []word) (Command, error) {
	return Freeze{reason(words)}, r.atOnce("freeze", words)
}

func (r *reader) unfreeze(words []word) (Command, error) {
	return Unfreeze{reason(words)}, r.atOnce("unfreeze", words)
}

// id reads a command's leading id and returns the words after it. It refuses a
// second id, since only one would have an effect.
func (r *reader) id(verb string, words []word) (id grant.ID, rest []word, err error) {
	words = spread(words)
	if len(words) == 0 {
		return "", nil, grant.Refuse("The id is missing.").WithHint("Type `/s3share %s <id>`; `/s3share list` shows "+
			"the ids.", verb)
	}
	if err := closed(words[:1]); err != nil {
		return "", nil, err
	}
	if id, err = grant.ParseID(words[0].bare()); err != nil {
		return "", nil, err
	}
	rest = words[1:]
	another := filled(rest)
	for len(another) > 1 && slices.Contains(alsoWords, another[0].key()) {
		another = another[1:]
	}
	if len(another) == 0 || another[0].quoted {
		return id, rest, nil
	}
	second, err := r.isGrant(another[0])
	if err != nil {
		return "", nil, err
	}
	if second {
		return "", nil, grant.Refuse("Nothing was done: `%s` takes one id, and you named two.", verb).
			WithHint("Send one command for each. If the second id belongs to the reason, put the reason in quotes.")
	}
	return id, rest, nil
}

// alsoWords are words between two ids.
var alsoWords = strings.Fields("and or plus also then as well id")

// onlyID reads the id of a verb without a reason. It refuses further words,
// which would be dropped.
func (r *reader) onlyID(verb string, words []word) (grant.ID, error) {
	id, rest, err := r.id(verb, words)
	if err != nil {
		return "", err
	}
	if more := worded(rest); len(more) > 0 {
		return "", grant.Refuse("Nothing was done: `%s` takes only an id, and I can't read %q.", verb,
			clip(more[0].text)).
			WithHint("Type `/s3share %s %s`.", verb, id)
	}
	return id, nil
}

// isGrant reports whether a word is the id of a grant, or looks like one.
func (r *reader) isGrant(w word) (bool, error) {
	w.text = strings.Trim(w.bare(), marks+brackets)
	id, err := grant.ParseID(w.text)
	if err != nil {
		return false, nil
	}
	if namesGrant(w) || r.Known.Grant == nil {
		return namesGrant(w), nil
	}
	return r.Known.Grant(id)
}

// spread separates ids that are joined by commas.
func spread(words []word) (out []word) {
	for i, w := range words {
		if i > 0 || w.quoted || !strings.ContainsAny(w.text, ",;+&") {
			out = append(out, w)
			continue
		}
		for _, part := range strings.FieldsFunc(w.text, func(r rune) bool { return strings.ContainsRune(",;+&", r) }) {
			out = append(out, word{text: part, typed: part, tail: w.tail})
		}
	}
	return out
}
