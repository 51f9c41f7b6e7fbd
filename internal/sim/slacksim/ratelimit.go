package slacksim

import "time"

// Slack limits posts per channel (about one a second, with short bursts) and
// per workspace ("several hundred a minute",
// docs.slack.dev/apis/web-api/rate-limits).
const (
	postsPerMinute          = 60
	postBurst               = 5
	postsPerMinuteWorkspace = 300
)

// RateLimits switches Slack's rate limits on or off.
func (w *Workspace) RateLimits(on bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.limits = newLimiter(on, w.cfg.RateNow)
}

// A limiter counts calls by [Config.RateNow]. The workspace's lock guards it.
type limiter struct {
	on    bool
	now   func() time.Time
	spent map[string]*bucket
}

func newLimiter(on bool, now func() time.Time) limiter {
	return limiter{on: on, now: now, spent: map[string]*bucket{}}
}

// take returns how long the call must wait. Zero means that the call was
// counted and may proceed.
func (l *limiter) take(req *request, tier int) time.Duration {
	if !l.on {
		return 0
	}
	now := l.now()
	if tier > 0 {
		return l.bucket(req.method).take(now, tier, tier)
	}
	if wait := l.bucket("posts").take(now, postsPerMinuteWorkspace, postsPerMinuteWorkspace); wait > 0 {
		return wait
	}
	return l.bucket("posts in "+req.str("channel")).take(now, postsPerMinute, postBurst)
}

func (l *limiter) bucket(name string) *bucket {
	b, ok := l.spent[name]
	if !ok {
		b = &bucket{}
		l.spent[name] = b
	}
	return b
}

// A bucket is a leaky bucket: each call fills it, and it drains at a constant
// rate.
type bucket struct {
	level float64
	at    time.Time
}

func (b *bucket) take(now time.Time, perMinute, burst int) time.Duration {
	perSecond := float64(perMinute) / 60
	b.level = max(0, b.level-now.Sub(b.at).Seconds()*perSecond)
	b.at = now
	if over := b.level + 1 - float64(burst); over > 0 {
		return time.Duration(over / perSecond * float64(time.Second))
	}
	b.level++
	return 0
}
