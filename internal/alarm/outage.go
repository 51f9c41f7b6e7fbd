package alarm

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"
)

// An Outage logs when a service stops answering and when it answers again, each once. A nil Outage
// logs nothing. It is safe for concurrent use.
type Outage struct {
	Begins string // the sentence of the first failure, such as "Slack can't be reached"
	Ends   string // the sentence of the next success
	Hint   string // the remedy
	Level  slog.Level
	Log    *slog.Logger
	Now    func() time.Time

	mu    sync.Mutex
	since time.Time // zero: it answers
}

// Failed records a failure, and returns err with a mark: [Quiet] leaves out further warnings about
// it. A call that the bot gave up itself, by its ctx, says nothing about the service.
func (o *Outage) Failed(ctx context.Context, err error) error {
	if o == nil || err == nil || errors.Is(ctx.Err(), context.Canceled) {
		return err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.since.IsZero() {
		o.since = o.Now()
		o.Log.Log(ctx, o.Level, o.Begins, "err", err, "hint", o.Hint)
	}
	return &logged{err}
}

// Works records a success.
func (o *Outage) Works(ctx context.Context) {
	if o == nil {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.since.IsZero() {
		o.Log.InfoContext(ctx, o.Ends, "after", o.Now().Sub(o.since).Abs().Round(time.Second))
		o.since = time.Time{}
	}
}

// logged marks an error that an Outage has logged.
type logged struct{ error }

func (l *logged) Unwrap() error { return l.error }

// IsLogged reports whether an Outage has logged err.
func IsLogged(err error) bool { return errors.As(err, new(*logged)) }

// Quiet returns a handler that leaves out warnings about an error that an [Outage] has logged. One
// cause makes many calls fail, and their warnings would hide everything else.
func Quiet(h slog.Handler) slog.Handler { return quiet{h} }

type quiet struct{ slog.Handler }

func (q quiet) Handle(ctx context.Context, r slog.Record) error {
	if r.Level > slog.LevelWarn {
		return q.Handler.Handle(ctx, r)
	}
	known := false
	r.Attrs(func(a slog.Attr) bool {
		err, ok := a.Value.Any().(error)
		known = ok && IsLogged(err)
		return !known
	})
	if known {
		return nil
	}
	return q.Handler.Handle(ctx, r)
}

func (q quiet) WithAttrs(attrs []slog.Attr) slog.Handler { return quiet{q.Handler.WithAttrs(attrs)} }

func (q quiet) WithGroup(name string) slog.Handler { return quiet{q.Handler.WithGroup(name)} }
