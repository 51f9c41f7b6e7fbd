package awssim

import "time"

// versions is a value whose changes readers see with a delay.
type versions[T any] []version[T]

type version[T any] struct {
	at time.Time
	v  T
}

// newest is the value that writes act on, or the zero value.
func (vs versions[T]) newest() (v T) {
	if len(vs) > 0 {
		v = vs[len(vs)-1].v
	}
	return v
}

// seen is the value that a read at now shows: the newest settled value, or the
// oldest if none has settled.
func (vs versions[T]) seen(now time.Time, settle time.Duration) (v T) {
	for i := len(vs) - 1; i >= 0; i-- {
		if i == 0 || !now.Before(vs[i].at.Add(settle)) {
			return vs[i].v
		}
	}
	return v
}

// write adds a value that readers see once it has settled. It drops values that
// no reader can see any more.
func (vs *versions[T]) write(v T, now time.Time, settle time.Duration) {
	before := vs.seen(now, settle)
	kept := versions[T]{{v: before}}
	for _, old := range *vs {
		if old.at.Add(settle).After(now) {
			kept = append(kept, old)
		}
	}
	*vs = append(kept, version[T]{at: now, v: v})
}

// set makes v the only value, visible at once.
func (vs *versions[T]) set(v T) { *vs = versions[T]{{v: v}} }
