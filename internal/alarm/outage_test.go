package alarm

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"
)

func TestOutageIsLoggedOnceWithItsEnd(t *testing.T) {
	var text strings.Builder
	log := slog.New(Quiet(slog.NewTextHandler(&text, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}})))
	now, ctx := noon, context.Background()
	o := &Outage{Begins: "Slack can't be reached", Ends: "Slack can be reached again", Hint: "check DNS", Log: log,
		Level: slog.LevelWarn, Now: func() time.Time { return now }}
	o.Works(ctx)
	for range 3 {
		err := o.Failed(ctx, errors.New("no such host"))
		log.Warn("posting", "err", fmt.Errorf("posting: %w", err)) // left out
		log.With("a", 1).WithGroup("g").Warn("posting", "err", err)
		now = now.Add(time.Minute)
	}
	log.Warn("reading", "err", errors.New("another error"))
	log.Error("stopping", "err", o.Failed(ctx, errors.New("no such host")))
	o.Works(ctx)
	o.Works(ctx)
	const want = `level=WARN msg="Slack can't be reached" err="no such host" hint="check DNS"
level=WARN msg=reading err="another error"
level=ERROR msg=stopping err="no such host"
level=INFO msg="Slack can be reached again" after=3m0s
`
	if text.String() != want {
		t.Errorf("got\n%s\nwant\n%s", text.String(), want)
	}
}

func TestNoOutageDoesNothing(t *testing.T) {
	var o *Outage
	err := errors.New("no such host")
	if o.Works(t.Context()); o.Failed(t.Context(), err) != err {
		t.Error("the error was changed")
	}
}
