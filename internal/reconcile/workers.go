package reconcile

import (
	"sync"
	"time"
)

// workers runs at most one function for each key at a time, and a bounded number
// in all.
type workers struct {
	done  chan struct{} // something has finished
	slots chan struct{}
	spawn func(func()) // runs something beside, and is waited for

	mu   *sync.Mutex
	busy map[string]bool
	held map[string]time.Time // keys that had a fault of our own, and until when they rest
	all  *sync.WaitGroup
}

// faultPause is how long a pass rests that could not record what it saw, say
// because the disk is full. What it was made for is still due, so without the
// rest it would read AWS again at once, as fast as AWS answers.
const faultPause = 5 * time.Second

func newWorkers(n int) workers {
	all := new(sync.WaitGroup)
	return workers{
		done: make(chan struct{}, 1), slots: make(chan struct{}, n), spawn: all.Go,
		mu: new(sync.Mutex), busy: map[string]bool{}, held: map[string]time.Time{}, all: all,
	}
}

// start runs fn unless one of its key is running, or rests after a fault.
// Nothing is lost by that: what is still due then is found due again.
func (p workers) start(key string, fn func() error) {
	if !p.take(key) {
		return
	}
	p.spawn(func() {
		p.slots <- struct{}{}
		err := fn()
		<-p.slots
		p.release(key, err)
	})
}

func (p workers) take(key string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.busy[key] || time.Now().Before(p.held[key]) {
		return false
	}
	delete(p.held, key)
	p.busy[key] = true
	return true
}

func (p workers) release(key string, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.busy, key)
	if err != nil {
		p.held[key] = time.Now().Add(faultPause)
	}
	select {
	case p.done <- struct{}{}:
	default:
	}
}

func (p workers) wait() { p.all.Wait() }
