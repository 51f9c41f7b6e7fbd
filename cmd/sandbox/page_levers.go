package main

import (
	"fmt"
	"net/http"
	"time"

	"s3share/internal/sim/awssim"
	"s3share/internal/sim/slacksim"
)

// The states of the AWS and Slack levers.
const (
	works  = "works"
	fails  = "fails"  // refuses all calls; for Slack: unreachable
	forget = "forget" // acts but loses all replies
	slow   = "slow"
)

const slowness = 2 * time.Second

// levers are the current states of AWS and Slack.
type levers struct {
	AWS   string `json:"aws"`
	Slack string `json:"slack"`

	healAWS, healSlack func()
}

// done is an answer that contains only an error for the reader, or "".
type done struct {
	Error string `json:"error,omitempty"`
}

type disturbance struct {
	What string `json:"what"` // aws or slack
	How  string `json:"how"`
}

// disturb sets the state of AWS or Slack: failing, forgetting or slow. It ends
// the previous state.
func (p *page) disturb(_ *http.Request, d disturbance) (done, error) {
	defer p.nudge()
	p.mu.Lock()
	defer p.mu.Unlock()
	l := &p.levers
	switch d.What {
	case "aws":
		fault, known := map[string]awssim.Fault{
			works: {}, fails: {Refuse: "ServiceUnavailable"}, forget: {LoseReply: true}, slow: {DelayBefore: slowness},
		}[d.How]
		if !known {
			return done{}, errImpossible
		}
		if l.healAWS != nil {
			l.healAWS()
		}
		l.AWS, l.healAWS = d.How, nil
		if d.How != works {
			l.healAWS = p.w.aws.Fault("*", fault)
		}
	case "slack":
		fault, known := map[string]slacksim.Fault{
			works: {}, fails: {}, forget: slacksim.LoseReply(), slow: slacksim.Delay(slowness),
		}[d.How]
		if !known {
			return done{}, errImpossible
		}
		if l.healSlack != nil {
			l.healSlack()
		}
		l.Slack, l.healSlack = d.How, nil
		switch d.How {
		case works:
		case fails:
			p.w.slack.Down(true)
			l.healSlack = func() { p.w.slack.Down(false) }
		default:
			l.healSlack = p.w.slack.Fault("*", fault)
		}
	default:
		return done{}, errImpossible
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
		return done{}, fmt.Errorf("the clock moves on by 1 to %d minutes", most)
	}
	p.w.moveOn(time.Duration(m.Minutes) * time.Minute)
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
		return done{sentence(p.w.kill())}, nil
	case "start":
		return done{sentence(p.w.start())}, nil
	}
	return done{}, errImpossible
}

type policyEdit struct {
	Bucket string `json:"bucket"`
	Policy string `json:"policy"`
}

// editPolicy writes a bucket's policy as Terraform or an administrator would.
// AWS's refusal is shown to the reader.
func (p *page) editPolicy(_ *http.Request, e policyEdit) (done, error) {
	for _, in := range p.w.aws.Inventories() {
		for _, b := range in.Buckets {
			if b.Name == e.Bucket {
				err := p.w.aws.Account(in.ID, in.Name).SetPolicy(e.Bucket, e.Policy)
				p.look()
				return done{sentence(err)}, nil
			}
		}
	}
	return done{}, errImpossible
}

func sentence(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
