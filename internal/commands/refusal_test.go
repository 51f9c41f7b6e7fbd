package commands

import (
	"context"
	"fmt"
	"testing"

	"s3share/internal/commands/parse"
	"s3share/internal/grant"
	"s3share/internal/store"
)

// fullDisk is a store that answers every commit with one shared refusal, as boltstore does while its disk is full.
type fullDisk struct {
	store.Store
	no error
}

func (f fullDisk) Commit(context.Context, store.Tx) error { return f.no }

// Each answer to a misordered request has its hint once, and the store's refusal stays as it was.
func TestSharedRefusalIsNotChanged(t *testing.T) {
	o, low := newOffice(t, 1), grant.Refuse("The disk is full.").WithHint("Tell somebody.")
	o.configure(func(c *Config) { c.Store = fullDisk{c.Store, fmt.Errorf("%w (no space)", low)} })
	const want = "The disk is full. Tell somebody. I took your first four words for the bucket, the level, the principal " +
		"and the term: a word like `for` or `to` has no place between them."
	q := parse.Request{Misordered: true}
	q.Draft = grant.Draft{Target: "my-bucket", Level: "read", Principal: "build/test.user", Term: "8h", Reason: "nightly"}
	for range 2 {
		if _, err := o.Requests.createTyped(t.Context(), by("URITA"), q); err == nil || err.Error() != want {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	}
	if low.Hint != "Tell somebody." {
		t.Errorf("the shared refusal was changed: %s", low)
	}
}
