// Package parse reads typed commands. It is pure: the text, the time of its
// receipt, the person's time zone and the names that are known here go in; a typed
// command or a refusal comes out.
//
// One rule holds for every command: no word is dropped. Each word is an argument,
// part of a clause that was read completely, or part of the reason. Words that look
// like a clause (for, from, until, at, starting, a day and a time) and cannot be
// read completely are refused, with the way to quote them: as part of the reason
// they would open at once access that was meant for later, or give it to the wrong
// person. Text in quotes is never read as a clause.
//
// normalise.go undoes Slack's markup and makes the characters plain, words.go cuts
// the text into words, command.go finds the verb. request.go, clauses.go and when.go
// read a request; ids.go and filter.go read the other verbs.
package parse
