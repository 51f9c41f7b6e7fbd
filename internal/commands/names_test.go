package commands

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

// vast is an account with 10,000 users and 10,000 roles. Its listing takes time, and can fail
// part-way.
type vast struct {
	arns  []string
	takes time.Duration
	fails int // after this many names; 0: never
	asked int
}

func (v *vast) Names(ctx context.Context, _ string) ([]string, error) {
	v.asked++
	select {
	case <-time.After(v.takes):
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if v.fails > 0 {
		return v.arns[:v.fails], errors.New("Throttling")
	}
	return v.arns, nil
}

func manyPrincipals() (arns []string) {
	for i := range 10_000 {
		arns = append(arns, fmt.Sprintf("arn:aws:iam::111111111111:user/user-%05d", i), fmt.Sprintf("arn:aws:iam::111111111111:role/role-%05d", i))
	}
	return arns
}

// A long list is read in the background and offered when it is complete. A stale list is offered
// while it is read again, and a partial list is offered if there is no better one.
func TestNamesInTheBackground(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t, 1)
		v := &vast{arns: manyPrincipals(), takes: 20 * time.Second}
		o.configure(func(c *Config) { c.Names, c.Now = v, time.Now })
		ctx, stop := context.WithCancel(context.Background())
		ended := make(chan error)
		go func() { ended <- o.Run(ctx) }()
		synctest.Wait()
		offers := func(when, text string, want int) {
			t.Helper()
			began := time.Now()
			got, err := o.Suggestions.Principals(ctx, by("URITA"), text)
			if err != nil || len(got) != want {
				t.Errorf("%s: %d are offered, want %d: %v", when, len(got), want, err)
			}
			if waited := time.Since(began); waited > 0 {
				t.Errorf("%s: waited %s", when, waited)
			}
		}
		offers("while it is read", "role-09999", 0)
		time.Sleep(21 * time.Second)
		offers("once it was read", "role-09999", 1)
		offers("of all", "-", suggestions)

		// The list is stale and the read fails half-way: the known names stay.
		v.fails = 10
		time.Sleep(namesLast)
		offers("when it is old", "role-09999", 1)
		time.Sleep(21 * time.Second)
		offers("after a part", "role-09999", 1)
		if v.asked != 2 {
			t.Errorf("asked %d times", v.asked)
		}
		stop()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
}

// If the first read fails, the partial list is offered.
func TestPartialNames(t *testing.T) {
	o := newOffice(t, 1)
	o.configure(func(c *Config) { c.Names = &vast{arns: manyPrincipals(), fails: 100} })
	got, err := o.Suggestions.Principals(context.Background(), by("URITA"), "user-00049")
	if err != nil || len(got) != 1 {
		t.Errorf("%q %v", got, err)
	}
	if got, _ := o.Suggestions.Principals(context.Background(), by("URITA"), "user-00050"); len(got) != 0 {
		t.Errorf("%q was not read", got)
	}
}
