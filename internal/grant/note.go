package grant

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
)

// A Note is a small stored document under a key, such as the last posted head
// of the audit chain.
type Note struct {
	Key     string
	Version uint64
	Text    string
}

// ReadNote returns the note of a key, ready to be stored again, and decodes its
// text into v as JSON. If the note is missing or its text is empty, v stays
// unchanged. If it is damaged, v stays unchanged too, and the error is
// [ErrUnreadable]; the returned note can replace the damaged one.
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
