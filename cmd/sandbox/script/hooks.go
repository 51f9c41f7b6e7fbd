package script

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"s3share/cmd/sandbox/world"
)

// hooks are lines that run at a later call of the bot.
type hooks struct {
	w   *world.World
	run func(ctx context.Context, line string) error

	mu    sync.Mutex
	armed int
	errs  []error
}

// before runs a line once, before AWS or Slack acts on the next call of an
// operation.
func (h *hooks) before(_ context.Context, line step) error { return h.arm(line.rest, false) }

// after runs a line once the next call of an operation has acted, before its
// reply.
func (h *hooks) after(_ context.Context, line step) error { return h.arm(line.rest, true) }

func (h *hooks) arm(rest string, after bool) error {
	op, lines, ok := strings.Cut(rest, " ")
	if !ok {
		return errors.New("usage: before OP …, or after OP …")
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.armed++
	h.w.Calls.Intercept(world.Interception{
		Op: op, After: after, Kills: strings.HasPrefix(lines, "kill"), Do: func() { h.strike(lines) },
	})
	return nil
}

// strike runs the lines of a hook.
func (h *hooks) strike(lines string) {
	var err error
	for line := range strings.SplitSeq(lines, " and then ") {
		if err = h.run(context.Background(), line); err != nil {
			break
		}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.armed--
	if err != nil {
		h.errs = append(h.errs, fmt.Errorf("%s: %w", lines, err))
	}
}

// happens waits until all hooks have run.
func (h *hooks) happens(ctx context.Context, _ step) error {
	return until(ctx, func() (bool, string) {
		h.mu.Lock()
		defer h.mu.Unlock()
		if len(h.errs) > 0 {
			return false, errors.Join(h.errs...).Error()
		}
		return h.armed == 0, fmt.Sprintf("%d calls that were waited for never came", h.armed)
	})
}
