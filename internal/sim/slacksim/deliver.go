package slacksim

import (
	"context"
	"slices"
	"time"
)

// A Delivery is the result of sending one payload to the app.
type Delivery struct {
	EnvelopeID string // empty if nothing was sent
	Type       string // slash_commands, interactive, events_api
	Payload    map[string]any
	Conns      []int // the numbers of the connections used, normally one
	Attempt    int   // for an event: 0, then 1, 2, 3 for the retries

	Acked   bool
	Latency time.Duration // from the person's act to the ack
	Ack     map[string]any

	// Error is the error that the person saw; "" for none.
	Error string
	// FieldErrors are the errors shown beside a submitted form's fields, by
	// block id.
	FieldErrors map[string]string
}

// TriggerID returns the payload's trigger_id, or "".
func (d Delivery) TriggerID() string { return asString(d.Payload["trigger_id"]) }

// ResponseURL returns the payload's response_url, or "".
func (d Delivery) ResponseURL() string { return asString(d.Payload["response_url"]) }

type envelope struct {
	id      string
	kind    string
	frame   []byte
	payload object
	attempt int
}

// Deliveries returns all deliveries so far, oldest first.
func (w *Workspace) Deliveries() []Delivery {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := make([]Delivery, len(w.log))
	for i, d := range w.log {
		out[i] = *d
		out[i].Conns = slices.Clone(d.Conns)
	}
	return out
}

// Inject delivers a payload that the test made, genuine or forged, in an
// envelope of this type.
func (w *Workspace) Inject(ctx context.Context, envelopeType string, payload map[string]any) Delivery {
	return w.deliver(ctx, w.seal(envelopeType, payload, 0))
}

// Redeliver sends an envelope again unchanged, on any live connection
// (bolt-js#2188, #2487).
func (w *Workspace) Redeliver(ctx context.Context, envelopeID string) Delivery {
	w.mu.Lock()
	e, ok := w.envelopes[envelopeID]
	w.mu.Unlock()
	if !ok {
		return Delivery{Error: "no envelope " + envelopeID + " was ever sent"}
	}
	return w.deliver(ctx, e)
}

// seal puts a payload into an envelope.
func (w *Workspace) seal(kind string, payload object, attempt int) *envelope {
	w.mu.Lock()
	defer w.mu.Unlock()
	payload = clone(payload) // the log keeps exactly the payload that was sent
	e := &envelope{id: w.uuid(), kind: kind, payload: payload, attempt: attempt}
	frame := object{"envelope_id": e.id, "type": kind, "payload": payload,
		"accepts_response_payload": kind != "events_api"}
	if kind == "events_api" {
		frame["retry_attempt"], frame["retry_reason"] = attempt, ""
		if attempt > 0 {
			frame["retry_reason"] = "timeout"
		}
	}
	e.frame = encode(frame)
	w.envelopes[e.id] = e
	return e
}

// deliver sends an envelope to one live connection and waits for its ack until
// Slack's deadline.
func (w *Workspace) deliver(ctx context.Context, e *envelope) Delivery {
	d := &Delivery{EnvelopeID: e.id, Type: e.kind, Payload: e.payload, Attempt: e.attempt}
	began := time.Now()
	acks := make(chan ack, 1)
	w.mu.Lock()
	w.log = append(w.log, d)
	if w.down || len(w.ready()) == 0 {
		d.Error = "dispatch_failed"
		out := *d
		w.mu.Unlock()
		w.notify()
		return out
	}
	upset := w.takeDisturbance()
	w.waiting[e.id] = append(w.waiting[e.id], acks)
	w.mu.Unlock()

	w.dispatch(e, d, upset)
	got, problem := w.awaitAck(ctx, acks, upset)

	w.mu.Lock()
	defer w.mu.Unlock()
	w.waiting[e.id] = slices.DeleteFunc(w.waiting[e.id], func(c chan ack) bool { return c == acks })
	if problem != "" {
		d.Error = problem
	} else {
		d.Acked, d.Ack, d.Latency = true, object(got), time.Since(began)
	}
	out := *d
	out.Conns = slices.Clone(d.Conns)
	w.notifyLocked()
	return out
}

func (w *Workspace) awaitAck(ctx context.Context, acks <-chan ack, upset *disturbance) (got ack, problem string) {
	if upset != nil && upset.LoseAck {
		acks = nil
	}
	select {
	case got := <-acks:
		return got, ""
	case <-w.cfg.After(w.cfg.AckWithin):
		return nil, "operation_timeout"
	case <-ctx.Done():
		return nil, ctx.Err().Error()
	case <-w.closed:
		return nil, "the workspace was closed"
	}
}

// ready returns the connections that accept payloads, ordered by number.
func (w *Workspace) ready() []*conn {
	var out []*conn
	for _, c := range w.conns {
		if !c.leaving {
			out = append(out, c)
		}
	}
	slices.SortFunc(out, func(a, b *conn) int { return a.id - b.id })
	return out
}

// transmit writes an envelope to one live connection, chosen at random: "best
// not to assume any particular pattern" (docs.slack.dev, using-socket-mode).
func (w *Workspace) transmit(e *envelope, d *Delivery) {
	w.mu.Lock()
	ready := w.ready()
	if len(ready) == 0 {
		w.mu.Unlock()
		return
	}
	c := ready[w.rand.IntN(len(ready))]
	d.Conns = append(d.Conns, c.id)
	w.mu.Unlock()
	c.send(e.frame)
	w.notify()
}

// event delivers an event and returns the result of the first attempt. Retries
// run in the background.
func (w *Workspace) event(ctx context.Context, payload object) Delivery {
	first := w.deliver(ctx, w.seal("events_api", payload, 0))
	if first.Acked {
		return first
	}
	w.spawn(func() {
		for i, pause := range w.cfg.EventRetries {
			select {
			case <-w.cfg.After(pause):
			case <-w.closed:
				return
			}
			d := w.deliver(context.Background(), w.seal("events_api", payload, i+1))
			if d.Acked {
				return
			}
		}
	})
	return first
}
