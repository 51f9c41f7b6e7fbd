// Package mutants derives inputs for the fuzz targets. They are the same in
// every run, so that CI is reproducible.
//
// Go's own fuzzer starts from a random seed and finds more. .ci/fuzz runs it for
// longer, and each input that it finds becomes a seed of the target.
package mutants

import (
	"flag"
	"math/rand/v2"
	"regexp"
	"strings"
)

// awkward are strings that have broken parsers or messages.
var awkward = []string{"", " ", "\n", "\t", "\x00", "\xff", "\u202e", "é", "日", "\U000E0041", "\"", "'", "`", "\\", "[",
	"]", "{", "}", "<", ">", "&", "&amp;", ":", ",", "-", "*", "?", "#", "|", "0", "-1", "1.5", "1e309",
	"9223372036854775808", "null",
	"true", "[]", "{}"}

// Of returns the seeds, followed by n inputs derived from them. With -fuzz it
// returns only the seeds, because the fuzzer then derives its own.
func Of(n int, seeds ...string) []string {
	if f := flag.Lookup("test.fuzz"); f != nil && f.Value.String() != "" {
		return seeds
	}
	return append(seeds[:len(seeds):len(seeds)], made(n, seeds)...)
}

// made derives n inputs from the seeds alone.
func made(n int, seeds []string) []string {
	dice := rand.New(rand.NewPCG(uint64(len(seeds)), 10))
	var pieces []string
	for _, seed := range seeds {
		pieces = append(pieces, split(seed)...)
	}
	pieces = append(pieces, awkward...)
	texts := make([]string, n)
	for i := range texts {
		text := split(seeds[dice.IntN(len(seeds))])
		for range 1 + dice.IntN(4) {
			text = change(dice, text, pieces)
		}
		texts[i] = strings.Join(text, "")
	}
	return texts
}

// change makes one change: it removes, repeats, moves, cuts, replaces or
// inserts a piece.
func change(dice *rand.Rand, text, pieces []string) []string {
	other := pieces[dice.IntN(len(pieces))]
	if len(text) == 0 {
		return []string{other}
	}
	at := dice.IntN(len(text))
	end := at + 1 + dice.IntN(min(8, len(text)-at))
	before, span, after := text[:at:at], text[at:end:end], text[end:]
	switch dice.IntN(6) {
	case 0:
		return append(before, after...)
	case 1:
		return append(append(append(before, span...), span...), after...)
	case 2:
		return append(append(before, after...), span...)
	case 3:
		whole := strings.Join(span, "")
		return append(append(before, whole[:dice.IntN(len(whole)+1)]), after...)
	case 4:
		return append(append(before, other), after...)
	default:
		return append(append(append(before, span...), other), after...)
	}
}

var piece = regexp.MustCompile(`(?s)[\pL\pN]+|.`)

// split splits a text into words and the single characters between them.
func split(text string) []string { return piece.FindAllString(text, -1) }
