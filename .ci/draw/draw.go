// Package draw makes random cases for the comparisons with other evaluators.
// A seed and a number determine each case, so a difference can be reproduced,
// and no case depends on another.
package draw

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"strings"
)

// A Source draws the random choices of one case.
type Source struct{ *rand.Rand }

// New returns the source of case n.
func New(seed, n uint64) Source { return Source{rand.New(rand.NewPCG(seed, n))} }

// Chance is true in the given percentage of cases.
func (s Source) Chance(percent int) bool { return s.IntN(100) < percent }

// Pick returns one of the values.
func (s Source) Pick(from []string) string { return from[s.IntN(len(from))] }

// JSON returns v as compact JSON without HTML escapes. It panics if v cannot be
// encoded; strings, lists and maps always can.
func JSON(v any) json.RawMessage {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic(err)
	}
	return json.RawMessage(strings.TrimSpace(b.String()))
}

// Lines writes one JSON value per line.
type Lines struct{ w *bufio.Writer }

// NewLines returns a writer to w. Call Flush at the end.
func NewLines(w io.Writer) Lines { return Lines{bufio.NewWriter(w)} }

// Write writes one line. On an error it ends the program.
func (l Lines) Write(v any) {
	l.w.Write(JSON(v)) //nolint:errcheck // the writer keeps its first error
	if err := l.w.WriteByte('\n'); err != nil {
		fail(err)
	}
}

// Flush writes the buffered lines. On an error it ends the program.
func (l Lines) Flush() {
	if err := l.w.Flush(); err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
