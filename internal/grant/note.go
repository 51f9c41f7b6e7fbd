package grant

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
)

// A Note is a small document of a loop's own, such as where the head of the
// audit chain was last posted.
type Note struct {
	Key     string
	Version uint64
	Text    string
}

// ReadNote returns the note of a key, to be stored again, and reads its text into
// v as JSON. One that there is not, or whose text is empty, leaves v as it is. So does
// a damaged one: with [ErrUnreadable], the note that is returned can replace it.
func ReadNote(ctx context.Context, store Store, key string, v any) (Note, error) {
	n, err := store.Note(ctx, key)
	n.Key = key
	if err != nil && !errors.Is(err, ErrNotFound) {
		return n, err
	}
	if n.Text == "" {
		return n, nil
	}
	if err := json.Unmarshal([]byte(n.Text), v); err != nil {
		return n, fmt.Errorf("reading the note %s: %w", key, err)
	}
	return n, nil
}

// With returns n with v as its text.
func (n Note) With(v any) (Note, error) {
	text, err := json.Marshal(v)
	n.Text = string(text)
	return n, err
}
