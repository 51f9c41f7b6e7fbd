package main

import (
	"fmt"
	"net/http"
	"time"

	"s3share/internal/sim/awssim"
	"s3share/internal/sim/slacksim"
)

// The ways in which AWS and Slack may be.
const (
	works  = "works"
	fails  = "fails"  // refuses everything; of Slack: is not there at all
	forget = "forget" // does everything and loses the reply
	slow   = "slow"
)

const slowness = 2 * time.Second

// levers is how AWS and Slack are.
type levers struct {
	AWS   string `json:"aws"`
	Slack string `json:"slack"`

	healAWS, healSlack func()
}

// done is the answer where a sentence is all there can be: why not.
type done struct {
	Error string `json:"error,omitempty"`
}

type disturbance struct {
	What string `json:"what"` // aws or slack
	How  string `json:"how"`
}

// disturb makes AWS or Slack fail, forget or slow down, instead of what it did before.
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

// moveClock moves the clock of everybody.
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

// editPolicy writes a bucket's policy as Terraform or a person would. What AWS
// says against it is for the person.
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
