package grant

import (
	"errors"
	"fmt"
	"testing"
	"time"
)

// Several callers may hold one refusal, so a changed one is a copy.
func TestRefusalIsNeverChanged(t *testing.T) {
	shared := Refuse("The bucket %s is full.", "b")
	before := *shared
	for name, change := range map[string]func() error{
		"WithHint":       func() error { return shared.WithHint("Wait %s.", "1h") },
		"WithField":      func() error { return shared.WithField(FieldTerm) },
		"WithDecision":   func() error { return shared.WithDecision(Person{User: "UADA"}, time.Unix(1, 0)) },
		"About":          func() error { return About(FieldTerm, shared) },
		"aboutExtension": func() error { return aboutExtension(shared.WithField(FieldBucket), true, false) },
	} {
		var no *Refusal
		if !errors.As(fmt.Errorf("wrapped: %w", change()), &no) || no == shared || *no == before {
			t.Errorf("%s: returned %+v", name, no)
		}
		if *shared != before {
			t.Errorf("%s: changed its receiver to %+v", name, *shared)
		}
	}
	bucket := shared.WithField(FieldBucket)
	if _ = aboutExtension(bucket, true, false); bucket.Field != FieldBucket {
		t.Errorf("aboutExtension changed its argument to %+v", *bucket)
	}
	if About(FieldTerm, bucket) != error(bucket) {
		t.Error("About replaced a field")
	}
}
