package reconcile

import "sync"

// passes runs at most one function for each key at a time, and a bounded number
// in all.
type passes struct {
	done  chan struct{} // something has finished
	slots chan struct{}

	mu   *sync.Mutex
	busy map[string]bool
	all  *sync.WaitGroup
}

func newPasses(n int) passes {
	return passes{
		done: make(chan struct{}, 1), slots: make(chan struct{}, n),
		mu: new(sync.Mutex), busy: map[string]bool{}, all: new(sync.WaitGroup),
	}
}

// start runs fn unless one of its key is running. Nothing is lost by that: what
// is still due when the running one is done is found due again.
func (p passes) start(key string, fn func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.busy[key] {
		return
	}
	p.busy[key] = true
	p.all.Go(func() {
		p.slots <- struct{}{}
		defer func() {
			<-p.slots
			p.mu.Lock()
			delete(p.busy, key)
			p.mu.Unlock()
			select {
			case p.done <- struct{}{}:
			default:
			}
		}()
		fn()
	})
}

func (p passes) wait() { p.all.Wait() }
