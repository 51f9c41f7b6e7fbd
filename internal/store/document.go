package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
)

// A Document is a small stored document under a key, such as the last posted head
// of the audit chain.
type Document struct {
	Key     string
	Version uint64
	JSON    string
}

// ReadDocument returns the document of a key, ready to be stored again, and decodes its
// text into v as JSON. If the document is missing or its text is empty, v stays
// unchanged. If it is damaged, v stays unchanged too, and the error is
// [ErrUnreadable]; the returned document can replace the damaged one.
func ReadDocument(ctx context.Context, s DocumentReader, key string, v any) (Document, error) {
	n, err := s.Document(ctx, key)
	n.Key = key
	if err != nil && !errors.Is(err, ErrNotFound) {
		return n, err
	}
	if n.JSON == "" {
		return n, nil
	}
	if err := json.Unmarshal([]byte(n.JSON), v); err != nil {
		return n, fmt.Errorf("reading the note %s: %w", key, err)
	}
	return n, nil
}

// WithValue returns n with v as its text.
func (n Document) WithValue(v any) (Document, error) {
	text, err := json.Marshal(v)
	n.JSON = string(text)
	return n, err
}

// IsReplaceable reports whether the error of a read says that the document is missing or
// damaged, and may therefore be stored anew.
func IsReplaceable(err error) bool {
	return errors.Is(err, ErrNotFound) || errors.Is(err, ErrUnreadable)
}
