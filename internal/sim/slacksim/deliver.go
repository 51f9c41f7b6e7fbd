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

// deliveries are the payloads sent to the app.
type deliveries struct {
	*core
	sockets    *sockets
	envelopes  map[string]*envelope
	sent       []*Delivery // the log, oldest first
	disturbing []*disturbance
}

type envelope struct {
	id      string
	kind    string
	frame   []byte
	payload object
	attempt int
}

// Deliveries returns all deliveries so far, oldest first.
func (ds *deliveries) Deliveries() []Delivery {
	ds.mu.Lock()
	defer ds.mu.Unlock()
	out := make([]Delivery, len(ds.sent))
	for i, d := range ds.sent {
		out[i] = *d
		out[i].Conns = slices.Clone(d.Conns)
	}
	return out
}

// Inject delivers a payload that the test made, genuine or forged, in an
// envelope of this type.
func (ds *deliveries) Inject(ctx context.Context, envelopeType string, payload map[string]any) Delivery {
	return ds.deliver(ctx, ds.seal(envelopeType, payload, 0))
}

// Redeliver sends an envelope again unchanged, on any live connection
// (bolt-js#2188, #2487).
func (ds *deliveries) Redeliver(ctx context.Context, envelopeID string) Delivery {
	ds.mu.Lock()
	e, ok := ds.envelopes[envelopeID]
	ds.mu.Unlock()
	if !ok {
		return Delivery{Error: "no envelope " + envelopeID + " was ever sent"}
	}
	return ds.deliver(ctx, e)
}

// seal puts a payload into an envelope.
func (ds *deliveries) seal(kind string, payload object, attempt int) *envelope {
	ds.mu.Lock()
	defer ds.mu.Unlock()
	payload = clone(payload) // the log keeps exactly the payload that was sent
	e := &envelope{id: ds.uuid(), kind: kind, payload: payload, attempt: attempt}
	frame := object{"envelope_id": e.id, "type": kind, "payload": payload,
		"accepts_response_payload": kind != "events_api"}
	if kind == "events_api" {
		frame["retry_attempt"], frame["retry_reason"] = attempt, ""
		if attempt > 0 {
			frame["retry_reason"] = "timeout"
		}
	}
	e.frame = encode(frame)
	ds.envelopes[e.id] = e
	return e
}

// deliver sends an envelope to one live connection and waits for its ack until
// Slack's deadline.
func (ds *deliveries) deliver(ctx context.Context, e *envelope) Delivery {
	d := &Delivery{EnvelopeID: e.id, Type: e.kind, Payload: e.payload, Attempt: e.attempt}
	began := time.Now()
	acks := make(chan ack, 1)
	ds.mu.Lock()
	ds.sent = append(ds.sent, d)
	if ds.down || len(ds.sockets.ready()) == 0 {
		d.Error = "dispatch_failed"
		out := *d
		ds.mu.Unlock()
		ds.notify()
		return out
	}
	upset := ds.takeDisturbance()
	ds.sockets.waiting[e.id] = append(ds.sockets.waiting[e.id], acks)
	ds.mu.Unlock()

	ds.dispatch(e, d, upset)
	got, problem := ds.awaitAck(ctx, acks, upset)

	ds.mu.Lock()
	defer ds.mu.Unlock()
	ds.sockets.waiting[e.id] = slices.DeleteFunc(ds.sockets.waiting[e.id], func(c chan ack) bool { return c == acks })
	if problem != "" {
		d.Error = problem
	} else {
		d.Acked, d.Ack, d.Latency = true, object(got), time.Since(began)
	}
	out := *d
	out.Conns = slices.Clone(d.Conns)
	ds.notifyLocked()
	return out
}

func (ds *deliveries) awaitAck(ctx context.Context, acks <-chan ack, upset *disturbance) (got ack, problem string) {
	if upset != nil && upset.LoseAck {
		acks = nil
	}
	select {
	case got := <-acks:
		return got, ""
	case <-ds.cfg.After(ds.cfg.AckWithin):
		return nil, "operation_timeout"
	case <-ctx.Done():
		return nil, ctx.Err().Error()
	case <-ds.closed:
		return nil, "the workspace was closed"
	}
}

// transmit writes an envelope to one live connection, chosen at random: "best
// not to assume any particular pattern" (docs.slack.dev, using-socket-mode).
func (ds *deliveries) transmit(e *envelope, d *Delivery) {
	ds.mu.Lock()
	ready := ds.sockets.ready()
	if len(ready) == 0 {
		ds.mu.Unlock()
		return
	}
	c := ready[ds.rand.IntN(len(ready))]
	d.Conns = append(d.Conns, c.id)
	ds.mu.Unlock()
	c.send(e.frame)
	ds.notify()
}

// event delivers an event and returns the result of the first attempt. Retries
// run in the background.
func (ds *deliveries) event(ctx context.Context, payload object) Delivery {
	first := ds.deliver(ctx, ds.seal("events_api", payload, 0))
	if first.Acked {
		return first
	}
	ds.spawn(func() {
		for i, pause := range ds.cfg.EventRetries {
			select {
			case <-ds.cfg.After(pause):
			case <-ds.closed:
				return
			}
			d := ds.deliver(context.Background(), ds.seal("events_api", payload, i+1))
			if d.Acked {
				return
			}
		}
	})
	return first
}

// saw sets the error that the person saw, in d and in the delivery log.
func (ds *deliveries) saw(d Delivery, problem string) Delivery {
	d.Error = problem
	ds.edit(func() {
		for _, logged := range slices.Backward(ds.sent) {
			if logged.EnvelopeID == d.EnvelopeID {
				logged.Error, logged.FieldErrors = d.Error, d.FieldErrors
				return
			}
		}
	})
	return d
}
