package slacksim

import (
	"slices"
	"time"
)

// A Disturbance spoils the way of payloads to the app, and of acks back. The
// ack clock runs meanwhile. The fields combine.
type Disturbance struct {
	Times int // how many payloads; zero means all, until it is healed

	Copies  int           // how many times more the same envelope is sent, each time on any connection
	Delay   time.Duration // how long it is on its way
	Hold    bool          // keep it until healed; what was held then arrives in reverse order
	Lose    bool          // never send it
	LoseAck bool          // send it, and ignore its ack
}

type disturbance struct {
	Disturbance
	left   int
	healed bool
	held   []func()
}

// Disturb spoils deliveries until heal is called. Of several disturbances the
// newest counts.
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

// takeDisturbance returns the disturbance for this delivery, or nil, and
// counts it. The caller holds w.mu.
func (w *Workspace) takeDisturbance() *disturbance {
	for _, x := range slices.Backward(w.disturbing) {
		if x.Times > 0 && x.left == 0 {
			continue // used up; it may still hold payloads
		}
		x.left--
		return x
	}
	return nil
}

// dispatch sends an envelope, by way of the disturbance if there is one.
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

// Held is how many payloads are kept back now.
func (w *Workspace) Held() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := 0
	for _, x := range w.disturbing {
		n += len(x.held)
	}
	return n
}

// held keeps send for later, unless x was healed meanwhile.
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
