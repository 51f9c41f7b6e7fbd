package web

import (
	"sync"

	"s3share/cmd/sandbox/script"
	"s3share/cmd/sandbox/world"
)

// A page shows one world in a browser and lets the reader act as any of its
// people. After each change it makes one snapshot of everything and sends it
// whole. The sandbox is small, and a browser that missed a snapshot is up to
// date with the next.
type page struct {
	w     *world.World
	story *script.Recorder // the acts so far
	keys  awsKeys          // the build user's keys, for the reader's own AWS tools

	mu       sync.Mutex // guards all fields below
	question question
	followed int                 // the news of the log that the question follows
	policies map[string]*watched // by bucket
	log      auditLog
	levers   map[string]string // the states of aws and slack
	heal     map[string]func() // ends their faults
	latest   []byte
	made     int           // number of different snapshots so far
	changed  chan struct{} // closed and replaced with each new snapshot
	wake     chan struct{} // requests a snapshot now
}

// The states of AWS and Slack.
const (
	works = "works"
	fails = "fails" // refuses all calls; for Slack: unreachable
	loses = "loses" // acts but loses all replies
	slow  = "slow"
)

func newPage(w *world.World) *page {
	p := &page{
		w:        w,
		story:    script.NewRecorder(w),
		question: question{"build/test.user", "s3:GetObject", "my-shared-bucket-20932", "builds/a.txt"},
		policies: map[string]*watched{},
		log:      auditLog{path: w.AuditPath()},
		levers:   map[string]string{"aws": works, "slack": works},
		heal:     map[string]func(){},
		changed:  make(chan struct{}),
		wake:     make(chan struct{}, 1),
	}
	p.keys.ID, p.keys.Secret = w.Grantee().AccessKey("test.user")
	return p
}

// nudge requests a snapshot now.
func (p *page) nudge() {
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

func (p *page) isDown() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.levers["slack"] == fails
}
