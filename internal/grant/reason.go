package grant

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

const maxReason = 2000 // characters

// checkReason checks the reason of a request, also against the rule's pattern,
// such as a ticket number.
func (r Rule) checkReason(s string) error {
	if err := checkReason(s, "Say what the access is for, after the duration."); err != nil {
		return About(FieldReason, err)
	}
	if r.ReasonPattern == "" {
		return nil
	}
	if pattern, err := regexp.Compile(r.ReasonPattern); err != nil || !pattern.MatchString(s) {
		return About(FieldReason, Refuse("The reason has to match %s.", r.ReasonPattern).
			WithHint("Name the ticket, or ask the operators of s3share what a reason needs."))
	}
	return nil
}

// CheckReason returns a refusal if a required reason is missing or invalid.
func CheckReason(s string) error { return checkReason(s, "Say why.") }

// checkReason refuses a reason that is missing, too long, or has characters
// that would display differently.
func checkReason(s, hint string) error {
	if strings.TrimSpace(s) == "" {
		return Refuse("A reason is missing.").WithHint("%s", hint)
	}
	return checkOptionalReason(s)
}

func checkOptionalReason(s string) error {
	if n := utf8.RuneCountInString(s); n > maxReason {
		return Refuse("The reason has %d characters, and the limit is %d.", n, maxReason).
			WithHint("Shorten it, or link to the rest.")
	}
	for _, c := range s {
		if c == utf8.RuneError || unicode.IsControl(c) && c != '\n' && c != '\t' || unicode.Is(unicode.Bidi_Control, c) {
			return Refuse("The reason has an invisible character: %U.", c).WithHint("Type it again without it.")
		}
	}
	return nil
}
