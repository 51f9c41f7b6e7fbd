package slacksim

import (
	"slices"
	"time"
)

// A Disturbance disturbs payloads on their way to the app, or acks on their way
// back. The ack deadline keeps running. The fields combine.
type Disturbance struct {
	Times int // number of payloads; zero means all until healed

	Copies  int           // extra sends of the same envelope, each on any connection
	Delay   time.Duration // delay before sending
	Hold    bool          // hold until healed; held payloads then arrive in reverse order
	Lose    bool          // never send it
	LoseAck bool          // send the payload but ignore its ack
}

type disturbance struct {
	Disturbance
	left   int
	healed bool
	held   []func()
}

// Disturb applies x to deliveries until heal is called. If several disturbances
// exist, only the newest applies.
func (w *Workspace) Disturb(x Disturbance) (heal func()) {
	one := &disturbance{Disturbance: x, left: x.Times}
	w.mu.Lock()
	w.disturbing = append(w.disturbing, one)
	w.mu.Unlock()
	return func() {
		w.mu.Lock()
		if i := slices.Index(w.disturbing, one); i >= 0 {
			w.disturbing = slices.Delete(w.disturbing, i, i+1)
		}
		held := one.held
		one.held, one.healed = nil, true
		w.mu.Unlock()
		for _, send := range slices.Backward(held) {
			send()
		}
	}
}

// takeDisturbance returns the disturbance for this delivery and counts it, or
// returns nil. The caller holds w.mu.
func (w *Workspace) takeDisturbance() *disturbance {
	for _, x := range slices.Backward(w.disturbing) {
		if x.Times > 0 && x.left == 0 {
			continue // used up, but it may still hold payloads
		}
		x.left--
		return x
	}
	return nil
}

// dispatch sends an envelope, disturbed by x if x is not nil.
func (w *Workspace) dispatch(e *envelope, d *Delivery, x *disturbance) {
	if x == nil {
		w.transmit(e, d)
		return
	}
	send := func() {
		for range 1 + x.Copies {
			w.transmit(e, d)
		}
	}
	if x.Lose {
		return
	}
	if x.Hold && w.held(x, send) {
		return
	}
	if x.Delay == 0 {
		send()
		return
	}
	w.spawn(func() {
		select {
		case <-w.cfg.After(x.Delay):
			send()
		case <-w.closed:
		}
	})
}

// Held returns the number of payloads held now.
func (w *Workspace) Held() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := 0
	for _, x := range w.disturbing {
		n += len(x.held)
	}
	return n
}

// held stores send until x is healed. It reports false if x is healed already.
func (w *Workspace) held(x *disturbance, send func()) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if x.healed {
		return false
	}
	x.held = append(x.held, send)
	w.notifyLocked()
	return true
}
