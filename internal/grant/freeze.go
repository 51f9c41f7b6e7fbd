package grant

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// FreezeNote is the note that says, unless its text is empty, that nothing is
// added in AWS, and who wants it so.
const FreezeNote = "freeze"

// A Freeze is why nothing is added for now.
type Freeze struct {
	By  Person
	At  time.Time
	Why string
}

// Frozen returns the freeze that is in force, or nil.
func Frozen(ctx context.Context, store Store) (*Freeze, error) {
	note, err := store.Note(ctx, FreezeNote)
	if errors.Is(err, ErrNotFound) || err == nil && note.Text == "" {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	f := &Freeze{}
	if err := json.Unmarshal([]byte(note.Text), f); err != nil {
		return nil, fmt.Errorf("reading the freeze: %w", err)
	}
	return f, nil
}
