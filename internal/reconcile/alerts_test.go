package reconcile

import (
	"context"
	"maps"
	"strings"
	"sync"
	"time"

	"s3share/internal/alarm"
)

// An alertLog keeps the texts of alerts and of their ends, and the conditions that last.
type alertLog struct {
	mu      *sync.Mutex
	texts   *[]string
	lasting map[string]time.Time
}

func (l alertLog) Raise(_ context.Context, a alarm.Alert) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, known := l.lasting[a.Key]; known {
		return nil
	}
	if a.Key != "" {
		l.lasting[a.Key] = a.Since
	}
	*l.texts = append(*l.texts, a.Text)
	return nil
}

func (l alertLog) End(_ context.Context, key, how string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, known := l.lasting[key]; known {
		delete(l.lasting, key)
		*l.texts = append(*l.texts, "Resolved: "+how)
	}
	return nil
}

func (l alertLog) EndAll(ctx context.Context, prefix string, isOver func(string) bool, how func(string) string) error {
	lasting, _ := l.Raised(ctx)
	for key := range lasting {
		if rest, ok := strings.CutPrefix(key, prefix); ok && isOver(rest) {
			_ = l.End(ctx, key, how(rest))
		}
	}
	return nil
}

func (l alertLog) Raised(context.Context) (map[string]time.Time, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return maps.Clone(l.lasting), nil
}

// brokenAlerts cannot store an alert.
type brokenAlerts struct{ Alerts }

func (brokenAlerts) Raise(context.Context, alarm.Alert) error { return errDisk }
