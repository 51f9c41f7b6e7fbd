package parse

import (
	"slices"
	"strings"

	"s3share/internal/grant"
)

// verbs map each verb to the function that reads its arguments.
var verbs = map[string]func(*reader, []word) (Command, error){
	"request": (*reader).request, "break-glass": (*reader).breakGlass,
	"list": (*reader).list, "history": (*reader).history, "buckets": (*reader).buckets, "doctor": (*reader).doctor,
	"show": (*reader).show, "approve": (*reader).approve, "cancel": (*reader).cancel,
	"deny": (*reader).deny, "end": (*reader).end, "review": (*reader).review, "settle": (*reader).settle,
	"extend": (*reader).extend, "freeze": (*reader).freeze, "unfreeze": (*reader).unfreeze, "end-all": (*reader).endAll,
	"help": (*reader).help,
}

// Parse reads a command. The error is a [*grant.Refusal], an [Unknown], or a
// fault of a lookup.
func Parse(in Input) (Command, error) {
	words := commandWords(in.Text)
	if len(words) == 0 {
		return Help{}, nil
	}
	r := &reader{in}
	if err := r.secondCommand(words[1:]); err != nil {
		return nil, err
	}
	verb := lower(words[0].bare())
	read, known := verbs[verb]
	if !known {
		if err := closed(words[:1]); err != nil {
			return nil, err
		}
		return nil, Unknown{words[0].text}
	}
	return read(r, words[1:])
}

// help reads [topic].
func (r *reader) help(words []word) (Command, error) {
	var topic []string
	for _, w := range worded(words) {
		topic = append(topic, strings.TrimPrefix(lower(w.bare()), "/"))
	}
	return Help{strings.Join(topic, "-")}, nil
}

// Peek returns the verb of a command and the next word, which names the
// subject; "" if one is missing. It finds the same verb as [Parse], which may
// still refuse the command.
func Peek(text string) (verb, about string) {
	words := commandWords(text)
	if len(words) == 0 {
		return "", ""
	}
	if verb = lower(words[0].bare()); len(words) > 1 {
		about = words[1].bare()
	}
	return verb, about
}

// commandWords returns the words of a command, without a slash command that was
// typed or pasted before it.
func commandWords(text string) []word {
	words := split(normalise(text))
	for len(words) > 0 && lower(words[0].text) == "/s3share" {
		words = words[1:]
	}
	return words
}

// secondCommand refuses a second command on its own line or after the name of
// the slash command. Otherwise it would become part of a reason and never run.
func (r *reader) secondCommand(words []word) error {
	begins := false
	for i, w := range words {
		begins = w.begins || begins && i > 0 && isBullet(words[i-1])
		if w.quoted {
			continue
		}
		_, named := verbs[w.key()]
		slash := i > 0 && isSlash(words[i-1])
		if !(begins && isSlash(w) || slash && named || begins && named && r.isCommand(w.key(), words[i+1:])) {
			continue
		}
		return grant.Refuse("Nothing was done: your message has two commands.").
			WithHint("Send them one by one. If the second is part of a reason, put the reason in quotes.")
	}
	return nil
}

func isSlash(w word) bool { return !w.quoted && w.key() == "/s3share" }

// isCommand reports whether a line that begins with a verb is a command, and
// not a sentence like "list of hosts" or "end of the line".
func (r *reader) isCommand(verb string, rest []word) bool {
	for i := range rest {
		if rest[i].begins {
			rest = rest[:i]
			break
		}
	}
	switch verb {
	case "end-all", "break-glass", "freeze", "unfreeze":
		return true
	case "request":
		if len(worded(rest)) < places {
			return false
		}
		q, _, err := r.draft(rest)
		return err == nil && isTarget(q.Draft.Target) && isTerm(q.Draft.Term)
	case "list", "history", "buckets", "doctor", "help":
		return len(rest) == 0 || verb == "list" && slices.Contains(lists, rest[0].key())
	}
	return len(rest) > 0 && namesGrant(rest[0])
}

// isBullet reports whether a word is a bullet or a number before a line.
func isBullet(w word) bool {
	s := strings.Trim(w.text, ".)>&#*-")
	return !w.quoted && (w.isMark() || s == "" || isNumber(s))
}
