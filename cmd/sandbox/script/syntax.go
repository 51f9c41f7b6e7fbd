package script

import (
	"context"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// A verb runs a line that begins with its word.
type verb func(context.Context, step) error

// A step is one line of a script, without its first word.
type step struct {
	wanted  bool // no ! in front
	answers bool // as Player.Answers
	rest    string
	out     io.Writer
}

// An unknownWord is neither a verb nor the name of a person.
type unknownWord string

func (u unknownWord) Error() string {
	return fmt.Sprintf("%q is not a step or a person; `help` lists all steps", string(u))
}

var (
	manyOf  = regexp.MustCompile(`\{([0-9]+) x (.)\}`)
	escaped = regexp.MustCompile(`\\u([0-9a-fA-F]{4})`)
)

// expand replaces {2001 x a} and \u202e by text that is hard to type.
func expand(line string) string {
	line = manyOf.ReplaceAllStringFunc(line, func(m string) string {
		parts := manyOf.FindStringSubmatch(m)
		n, _ := strconv.Atoi(parts[1])
		return strings.Repeat(parts[2], n)
	})
	return escaped.ReplaceAllStringFunc(line, func(m string) string {
		n, _ := strconv.ParseInt(m[2:], 16, 32)
		return string(rune(n))
	})
}

// Variants returns the scripts that a script stands for. A line `each NAME
// value | value` gives one script per value, with $NAME replaced by the value.
func Variants(script string) (names, scripts []string) {
	name, values := "", []string(nil)
	for line := range strings.Lines(script) {
		if rest, ok := strings.CutPrefix(strings.TrimSpace(line), "each "); ok {
			var list string
			name, list, _ = strings.Cut(rest, " ")
			for value := range strings.SplitSeq(list, "|") {
				values = append(values, strings.TrimSpace(value))
			}
		}
	}
	if len(values) == 0 {
		return []string{""}, []string{script}
	}
	for _, value := range values {
		names = append(names, value)
		scripts = append(scripts, strings.ReplaceAll(script, "$"+name, value))
	}
	return names, scripts
}

// Settle returns AWS's settling delay from a script's line `with settle 1s`.
func Settle(script string) time.Duration {
	for line := range strings.Lines(script) {
		if rest, ok := strings.CutPrefix(strings.TrimSpace(line), "with settle "); ok {
			d, _ := time.ParseDuration(rest)
			return d
		}
	}
	return 0
}

// until waits until a condition holds that nothing signals, such as one on AWS.
func until(ctx context.Context, holds func() (ok bool, why string)) error {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		ok, why := holds()
		if ok {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the check failed: %s", why)
		case <-tick.C:
		}
	}
}
