package outbox

import (
	"errors"
	"fmt"
	"testing"
	"time"
)

// The last unknown outcome determines the next attempt, then the first fault, then the earliest turn.
func TestWorse(t *testing.T) {
	now := time.Now()
	first, second := errors.New("first"), errors.New("second")
	lost, again := unknown{errors.New("lost")}, unknown{errors.New("lost again")}
	soon, later := waiting{now}, waiting{now.Add(time.Second)}
	for i, c := range []struct {
		all  []error
		want error
	}{
		{[]error{nil, nil}, nil},
		{[]error{nil, later, nil, soon, later}, soon},
		{[]error{soon, later}, soon},
		{[]error{soon, first, later, second}, first},
		{[]error{first, lost, second, soon}, lost},
		{[]error{lost, first, again, nil}, again},
		{[]error{fmt.Errorf("wrapped: %w", soon), first}, first},
	} {
		var got error
		for _, err := range c.all {
			got = worse(got, err)
		}
		if got != c.want {
			t.Errorf("case %d: %v, want %v", i, got, c.want)
		}
	}
}
