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
	p.story.Before()
	p.mu.Lock()
	defer p.mu.Unlock()
	if heal := p.heal[d.What]; heal != nil {
		heal()
	}
	if line := healing(d.What, p.levers[d.What]); line != "" {
		p.story.Done(line)
	}
	p.levers[d.What], p.heal[d.What] = d.How, nil
	if fault != nil {
		p.heal[d.What] = fault()
		p.story.Done(disturbing(d.What, d.How))
	}
	return done{}, nil
}

// disturbing is the line of a script that brings AWS or Slack into a state.
func disturbing(what, how string) string {
	switch {
	case how == loses:
		return what + " lose * always"
	case how == slow:
		return fmt.Sprintf("%s delay * %s", what, slowness)
	case what == "slack":
		return "slack down"
	}
	return "aws fail * ServiceUnavailable"
}

// healing is the line that ends a state.
func healing(what, how string) string {
	switch {
	case how == works:
		return ""
	case how == fails && what == "slack":
		return "slack up"
	}
	return what + " heal"
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
	p.story.Before()
	d := time.Duration(m.Minutes) * time.Minute
	p.w.Clock.Move(d)
	p.story.Moved(d)
	p.look()
	return done{}, nil
}

type botCommand struct {
	Do string `json:"do"`
}

// runBot kills the bot, as a power failure would, or starts it again.
func (p *page) runBot(_ *http.Request, c botCommand) (done, error) {
	defer p.nudge()
	do := map[string]func() error{"kill": p.w.Bot.Kill, "start": p.w.Bot.Start}[c.Do]
	if do == nil {
		return done{}, errImpossible
	}
	if p.w.Bot.Runs() == (c.Do == "kill") {
		p.story.Before()
		p.story.Done(c.Do)
	}
	return done{sentence(do())}, nil
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
	p.story.Before()
	before := p.w.Owner().Policy(e.Bucket)
	err := p.w.SetPolicy(e.Bucket, e.Policy)
	if err == nil {
		p.story.Edits(e.Bucket, before, e.Policy)
	}
	p.look()
	return done{sentence(err)}, nil
}

func sentence(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
