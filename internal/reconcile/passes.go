package reconcile

import (
	"sync"
	"time"
)

// passes runs at most one function for each key at a time, and a bounded number
// in all.
type passes struct {
	done  chan struct{} // something has finished
	slots chan struct{}

	mu   *sync.Mutex
	busy map[string]bool
	held map[string]time.Time // keys that had a fault of our own, and until when they rest
	all  *sync.WaitGroup
}

// faultPause is how long a pass rests that could not record what it saw, say
// because the disk is full. What it was made for is still due, so without the
// rest it would read AWS again at once, as fast as AWS answers.
const faultPause = 5 * time.Second

func newPasses(n int) passes {
	return passes{
		done: make(chan struct{}, 1), slots: make(chan struct{}, n),
		mu: new(sync.Mutex), busy: map[string]bool{}, held: map[string]time.Time{}, all: new(sync.WaitGroup),
	}
}

// start runs fn unless one of its key is running, or rests after a fault.
// Nothing is lost by that: what is still due then is found due again.
func (p passes) start(key string, fn func() error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.busy[key] || time.Now().Before(p.held[key]) {
		return
	}
	delete(p.held, key)
	p.busy[key] = true
	p.all.Go(func() {
		p.slots <- struct{}{}
		err := fn()
		<-p.slots
		p.mu.Lock()
		delete(p.busy, key)
		if err != nil {
			p.held[key] = time.Now().Add(faultPause)
		}
		p.mu.Unlock()
		select {
		case p.done <- struct{}{}:
		default:
		}
	})
}

func (p passes) wait() { p.all.Wait() }
