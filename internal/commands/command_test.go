package commands

import (
	"context"
	"testing"

	"s3share/internal/mutants"
)

func FuzzCommand(f *testing.F) {
	for _, text := range mutants.Of(1000, "", requestText, "deny X 'tis", "request “a b", "<http://a|b>", "show `", "\"", "end") {
		f.Add(text)
	}
	o := newOffice(f, 1)
	f.Fuzz(func(t *testing.T, text string) {
		o.Command(context.Background(), by("URITA"), text)
		TypedVerb(text)
	})
}
