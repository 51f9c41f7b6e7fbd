package web

import (
	"fmt"
	"net/http"
	"slices"
	"time"

	"s3share/cmd/sandbox/world"
	"s3share/internal/sim/awssim"
)

const slowness = 2 * time.Second

// faults are the functions that bring AWS and Slack into a state, and return the
// function that ends it.
func faults(f world.Faults) map[string]map[string]func() (heal func()) {
	return map[string]map[string]func() func(){
		"aws": {
			fails: func() func() { return f.RefuseAWS("*", "ServiceUnavailable", 0, 0) },
			loses: func() func() { return f.LoseAWS("*", 0) },
			slow:  func() func() { return f.DelayAWS("*", slowness) },
		},
		"slack": {
			fails: f.SlackDown,
			loses: func() func() { return f.LoseSlack("*", 0) },
			slow:  func() func() { return f.DelaySlack("*", slowness) },
		},
	}
}

// done is an answer that contains only an error for the reader, or "".
type done struct {
	Error string `json:"error,omitempty"`
}

type disturbance struct {
	What string `json:"what"` // aws or slack
	How  string `json:"how"`
}

// disturb sets the state of AWS or Slack. It ends the previous state.
func (p *page) disturb(_ *http.Request, d disturbance) (done, error) {
	defer p.nudge()
	states := faults(p.w.Faults)[d.What]
	fault := states[d.How]
	if states == nil || fault == nil && d.How != works {
		return done{}, errImpossible
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if heal := p.heal[d.What]; heal != nil {
		heal()
	}
	p.levers[d.What], p.heal[d.What] = d.How, nil
	if fault != nil {
		p.heal[d.What] = fault()
	}
	return done{}, nil
}

type clockMove struct {
	Minutes int `json:"minutes"`
}

// moveClock moves the clock of the whole world.
func (p *page) moveClock(_ *http.Request, m clockMove) (done, error) {
	const most = 31 * 24 * 60
	if m.Minutes < 1 || m.Minutes > most {
		return done{}, fmt.Errorf("the clock can be moved forward by 1 to %d minutes", most)
	}
	p.w.Clock.Move(time.Duration(m.Minutes) * time.Minute)
	p.look()
	return done{}, nil
}

type botCommand struct {
	Do string `json:"do"`
}

// runBot kills the bot, as a power failure would, or starts it again.
func (p *page) runBot(_ *http.Request, c botCommand) (done, error) {
	defer p.nudge()
	switch c.Do {
	case "kill":
		return done{sentence(p.w.Bot.Kill())}, nil
	case "start":
		return done{sentence(p.w.Bot.Start())}, nil
	}
	return done{}, errImpossible
}

type policyEdit struct {
	Bucket string `json:"bucket"`
	Policy string `json:"policy"`
}

// editPolicy writes a bucket's policy. AWS's refusal is shown to the reader.
func (p *page) editPolicy(_ *http.Request, e policyEdit) (done, error) {
	isIt := func(b awssim.BucketInventory) bool { return b.Name == e.Bucket }
	hasIt := func(a awssim.Inventory) bool { return slices.ContainsFunc(a.Buckets, isIt) }
	if !slices.ContainsFunc(p.w.AWS.Inventories(), hasIt) {
		return done{}, errImpossible
	}
	err := p.w.SetPolicy(e.Bucket, e.Policy)
	p.look()
	return done{sentence(err)}, nil
}

func sentence(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
