package reconcile

import (
	"sync"
	"time"
)

// workers runs at most one function for each key at a time, and a bounded number in total.
type workers struct {
	done  chan struct{} // a function has finished
	slots chan struct{}
	spawn func(func()) // runs a function in the background

	mu   *sync.Mutex
	busy map[string]bool
	held map[string]time.Time // keys that pause after a fault, and the end of the pause
	all  *sync.WaitGroup
}

// faultPause is the pause of a pass that could not record its result, for example because the disk
// is full. Its work is still due, so without a pause it would read AWS as fast as AWS answers.
const faultPause = 5 * time.Second

func newWorkers(n int) workers {
	all := new(sync.WaitGroup)
	return workers{
		done: make(chan struct{}, 1), slots: make(chan struct{}, n), spawn: all.Go,
		mu: new(sync.Mutex), busy: map[string]bool{}, held: map[string]time.Time{}, all: all,
	}
}

// start runs fn, unless a function of this key is running or pausing. Skipped work stays due and is
// started later.
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
