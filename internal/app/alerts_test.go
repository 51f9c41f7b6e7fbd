package app

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"s3share/internal/alarm"
	"s3share/internal/boltstore"
)

// An adminChannel keeps the lines that Slack accepted. While deaf it accepts none.
type adminChannel struct {
	deaf atomic.Bool
	mu   sync.Mutex
	said []string
}

func (c *adminChannel) Post(_ context.Context, text string, _ alarm.Message, _ bool) (alarm.Message, error) {
	if c.deaf.Load() {
		return alarm.Message{}, alarm.ErrRefused
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.said = append(c.said, text)
	return alarm.Message{Channel: "C0ADMIN", TS: "1.1"}, nil
}

func (c *adminChannel) Edit(context.Context, alarm.Message, string) error {
	if c.deaf.Load() {
		return alarm.ErrRefused
	}
	return nil
}

func (c *adminChannel) Escape(text string) string { return text }

func (c *adminChannel) told() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.said)
}

func boardOf(db *boltstore.Store, now func() time.Time) alarm.Board {
	return alarm.Board{Store: db, Now: now, Log: slog.New(slog.DiscardHandler)}
}

// deliver posts the alerts of a board that are due.
func (c *adminChannel) deliver(t *testing.T, board alarm.Board) {
	t.Helper()
	once, stop := context.WithCancel(ctx)
	stop() // ends Run after its first look
	board.Run(once, ctx, c)
}
