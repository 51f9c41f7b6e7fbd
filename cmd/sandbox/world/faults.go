package world

import (
	"time"

	"s3share/internal/sim/awssim"
	"s3share/internal/sim/slacksim"
)

// Faults make AWS and Slack misbehave. An operation is PutBucketPolicy or
// chat.postMessage and the like; "*" means all. Zero times means all calls until
// healed. The functions that they return heal one fault.
type Faults struct {
	aws   *awssim.World
	slack *slacksim.Workspace
}

// RefuseAWS answers calls with an error code. Status 0 means AWS's status for
// the code.
func (f Faults) RefuseAWS(op, code string, status, times int) (heal func()) {
	return f.aws.Fault(op, awssim.Fault{Refuse: code, Status: status, Times: times})
}

// LoseAWS lets calls act and loses their replies.
func (f Faults) LoseAWS(op string, times int) (heal func()) {
	return f.aws.Fault(op, awssim.Fault{LoseReply: true, Times: times})
}

// DelayAWS lets calls wait before they act.
func (f Faults) DelayAWS(op string, d time.Duration) (heal func()) {
	return f.aws.Fault(op, awssim.Fault{DelayBefore: d})
}

// LoseSlack lets calls act and loses their replies.
func (f Faults) LoseSlack(method string, times int) (heal func()) {
	return f.slack.Fault(method, slacksim.LoseReply().Only(times))
}

// DelaySlack lets calls wait before they act.
func (f Faults) DelaySlack(method string, d time.Duration) (heal func()) {
	return f.slack.Fault(method, slacksim.Delay(d))
}

// SlackDown makes Slack unreachable.
func (f Faults) SlackDown() (heal func()) {
	f.slack.Down(true)
	return f.SlackUp
}

// SlackUp makes Slack reachable again.
func (f Faults) SlackUp() { f.slack.Down(false) }
