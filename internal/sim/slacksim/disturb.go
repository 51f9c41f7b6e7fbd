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
func (ds *deliveries) Disturb(x Disturbance) (heal func()) {
	one := &disturbance{Disturbance: x, left: x.Times}
	ds.mu.Lock()
	ds.disturbing = append(ds.disturbing, one)
	ds.mu.Unlock()
	return func() {
		ds.mu.Lock()
		if i := slices.Index(ds.disturbing, one); i >= 0 {
			ds.disturbing = slices.Delete(ds.disturbing, i, i+1)
		}
		held := one.held
		one.held, one.healed = nil, true
		ds.mu.Unlock()
		for _, send := range slices.Backward(held) {
			send()
		}
	}
}

// takeDisturbance returns the disturbance for this delivery and counts it, or
// returns nil. The caller holds ds.mu.
func (ds *deliveries) takeDisturbance() *disturbance {
	for _, x := range slices.Backward(ds.disturbing) {
		if x.Times > 0 && x.left == 0 {
			continue // used up, but it may still hold payloads
		}
		x.left--
		return x
	}
	return nil
}

// dispatch sends an envelope, disturbed by x if x is not nil.
func (ds *deliveries) dispatch(e *envelope, d *Delivery, x *disturbance) {
	if x == nil {
		ds.transmit(e, d)
		return
	}
	send := func() {
		for range 1 + x.Copies {
			ds.transmit(e, d)
		}
	}
	if x.Lose {
		return
	}
	if x.Hold && ds.held(x, send) {
		return
	}
	if x.Delay == 0 {
		send()
		return
	}
	ds.spawn(func() {
		select {
		case <-ds.cfg.After(x.Delay):
			send()
		case <-ds.closed:
		}
	})
}

// Held returns the number of payloads held now.
func (ds *deliveries) Held() int {
	ds.mu.Lock()
	defer ds.mu.Unlock()
	n := 0
	for _, x := range ds.disturbing {
		n += len(x.held)
	}
	return n
}

// held stores send until x is healed. It reports false if x is healed already.
func (ds *deliveries) held(x *disturbance, send func()) bool {
	ds.mu.Lock()
	defer ds.mu.Unlock()
	if x.healed {
		return false
	}
	x.held = append(x.held, send)
	ds.notifyLocked()
	return true
}
