package commands

import (
	"testing"
)

// The help lists all parts of a request, and fits into one section of a message.
func TestHelp(t *testing.T) {
	text := newOffice(t, 1).slash(by("URITA"), "help")
	contains(t, text, "In front of the reason there may be `from tomorrow 09:00`, and `for @somebody`")
	contains(t, text, "`aws s3 sync` needs a level that can list, so it fails with write alone.")
	if n := len([]rune(text)); n > 3000 {
		t.Errorf("%d characters", n)
	}
}
