// Package parse reads typed commands. It is pure. Its input is the text, the
// time of its receipt, the person's time zone and the known names. Its output
// is a typed command or a refusal.
//
// Invariant: no word is dropped. Each word is an argument, part of a completely
// read clause, or part of the reason. A clause begins with words such as for,
// from, until, at, starting, a day or a time. If it cannot be read completely,
// the command is refused, with a hint on quoting. As part of the reason, such
// words could open access too early or for the wrong person. Quoted text is
// never a clause.
//
// A tour of the files: normalise.go removes Slack's markup and special
// characters. words.go splits the text into words. command.go has the commands,
// and parse.go finds the verb. request.go, clauses.go, whom.go, start_time.go,
// zone.go and lexicon.go read a request; ids.go and filter.go read the other
// verbs.
package parse
