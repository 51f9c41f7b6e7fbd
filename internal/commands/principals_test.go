package commands

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// accounts holds the principals that AWS lists. An empty list is an outage of AWS.
type accounts map[string][]string

func (a accounts) Names(_ context.Context, id string) ([]string, error) {
	if len(a) == 0 {
		return nil, errors.New("AWS is away")
	}
	return a[id], nil
}

func TestSuggestPrincipalsOfTheAccounts(t *testing.T) {
	const user, role = "arn:aws:iam::111111111111:user/", "arn:aws:iam::111111111111:role/"
	o := newOffice(t, 1)
	now := noon
	o.configure(func(c *Config) { c.Now = func() time.Time { return now } })
	listed := accounts{
		"111111111111": {user + "dev/ci.user", role + "deployer", role + "s3share", role + "aws-service-role/x.amazonaws.com/AWSServiceRoleForX"},
		"222222222222": {"arn:aws:iam::222222222222:user/owner"},
	}
	o.configure(func(c *Config) { c.Names = listed })
	suggest := func(text string) []string {
		got, err := o.Suggestions.Principals(context.Background(), by("URITA"), text)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	if got, want := suggest(""), []string{user + "test.user", user + "dev/ci.user", role + "deployer"}; !slices.Equal(got, want) {
		t.Errorf("offered %q; want %q", got, want)
	}
	if got := suggest("CI.U"); !slices.Equal(got, []string{user + "dev/ci.user"}) {
		t.Errorf("offered %q", got)
	}
	listed["111111111111"] = []string{user + "new.user"}
	if got := suggest("new"); len(got) != 0 {
		t.Errorf("AWS is asked for every letter: %q", got)
	}
	now = now.Add(namesLast)
	if got := suggest("new"); len(got) != 1 {
		t.Errorf("what is new is not offered: %q", got)
	}
	now = now.Add(namesLast)
	clear(listed)
	if got := suggest("new"); len(got) != 1 {
		t.Errorf("while AWS is away, what it said before is not offered: %q", got)
	}
}

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

// forgetful is an account whose first listing fails.
type forgetful struct{ asked int }

func (f *forgetful) Names(context.Context, string) ([]string, error) {
	if f.asked++; f.asked == 1 {
		return nil, errors.New("AccessDenied")
	}
	return []string{"arn:aws:iam::111111111111:user/late.user"}, nil
}

// An account is listed again soon after a failure, and not after a success.
func TestNamesAfterAFailure(t *testing.T) {
	o := newOffice(t, 1)
	names, at := &forgetful{}, noon
	o.configure(func(c *Config) { c.Names, c.Now = names, func() time.Time { return at } })
	for _, c := range []struct {
		after time.Duration
		found int
		asked int
	}{{0, 0, 1}, {10 * time.Second, 0, 1}, {30 * time.Second, 1, 2}, {5 * time.Minute, 1, 2}} {
		at = at.Add(c.after)
		got, err := o.Suggestions.Principals(context.Background(), by("URITA"), "late")
		if err != nil || len(got) != c.found || names.asked != c.asked {
			t.Errorf("after %s: %v, %v, asked %d times", c.after, got, err, names.asked)
		}
	}
}
