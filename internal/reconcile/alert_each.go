package reconcile

import (
	"context"
	"errors"
	"time"

	"s3share/internal/alarm"
)

// A condition is something about many records or members that operators are alerted to, each once
// until its end.
type condition struct {
	prefix string // of the keys of its alerts
	text   func(key string) string
	isOver func(key string) bool
	how    func(key string) string // the end
}

// alertEach ends the alerts whose condition is over, and raises those of the keys that have it now.
// A later sweep retries an alert that could not be stored.
func (p sweepPass) alertEach(ctx context.Context, c condition, now []string) error {
	err := p.r.alerts.EndAll(ctx, c.prefix, c.isOver, c.how)
	lasting, failure := p.r.alerts.Raised(ctx)
	if err = errors.Join(err, failure); err != nil {
		return err
	}
	for _, key := range now {
		if _, known := lasting[c.prefix+key]; !known {
			err = errors.Join(err, raise(ctx, p.r.alerts, alarm.Alert{Key: c.prefix + key, Text: c.text(key)}))
		}
	}
	return err
}

// noAlerts discards alerts.
type noAlerts struct{}

func (noAlerts) Raise(context.Context, alarm.Alert) error  { return nil }
func (noAlerts) End(context.Context, string, string) error { return nil }

func (noAlerts) EndAll(context.Context, string, func(string) bool, func(string) string) error {
	return nil
}

func (noAlerts) Raised(context.Context) (map[string]time.Time, error) { return nil, nil }
