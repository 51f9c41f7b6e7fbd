package script

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"s3share/internal/sim/awssim"
)

// invariants are conditions on AWS's decisions that must always hold. They are
// checked after every AWS call and after every line of the script.
type invariants struct {
	aws *awssim.World

	mu    sync.Mutex
	holds []func() error
	first error // the first violation
}

// always sets a condition from now on: `always can WHO ACTION BUCKET/KEY`, or
// `always !can …`. `always nothing` ends the conditions.
func (i *invariants) always(_ context.Context, line step) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	if line.rest == "nothing" {
		i.holds = nil
		return i.first
	}
	f := strings.Fields(line.rest)
	if len(f) != 4 || strings.TrimPrefix(f[0], "!") != "can" {
		return errors.New("usage: always can WHO ACTION BUCKET/KEY, or always !can …")
	}
	wanted := f[0] == "can"
	bucket, key, _ := strings.Cut(f[3], "/")
	i.holds = append(i.holds, func() error {
		if d := i.aws.Can(f[1], f[2], bucket, key); d.Allowed != wanted {
			return fmt.Errorf("the check failed: %s", d.Why)
		}
		return nil
	})
	return nil
}

// check checks all conditions now, and returns the first violation so far.
func (i *invariants) check() error {
	i.mu.Lock()
	defer i.mu.Unlock()
	for _, holds := range i.holds {
		if i.first == nil {
			i.first = holds()
		}
	}
	return i.first
}
