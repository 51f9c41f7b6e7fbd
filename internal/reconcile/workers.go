package reconcile

import (
	"slices"
	"sync"
	"time"

	"s3share/internal/awsaccess"
	"s3share/internal/grant"
)

// workers runs jobs: at most one for each key at a time, and a bounded number for each account and
// in total. A waiting job has no goroutine. An account that hangs thus delays only its own jobs.
type workers struct {
	done  chan struct{} // a job has finished
	spawn func(func())  // runs a function in the background
	all   sync.WaitGroup

	mu      sync.Mutex
	closed  bool
	waiting [sweepWork + 1][]*job // by kind, in the order of the calls
	keys    map[string]*keyState
	running map[slot]int
	slow    map[string]time.Time // the last failure of accounts that did not answer
	covered map[wake]bool        // due times with a waiting or running job
	next    *time.Timer          // at the earliest start of a waiting job
	most    int                  // the number of keys that makes the idle ones be forgotten
}

// A job is work on one key: a pass, a check or a sweep. Key and run are required.
type job struct {
	key      string
	kind     workKind
	accounts []string // AWS accounts that it calls; it takes a slot of each
	worker   grant.Worker
	due      []grant.ID // the due grants that it was started for
	after    time.Time  // it does not begin before
	run      func(due []grant.ID) error

	began time.Time
	of    *keyState
}

// A wake identifies a due time of a grant.
type wake struct {
	worker grant.Worker
	id     grant.ID
}

// A workKind is the priority of a job: lower kinds begin first.
type workKind int

const (
	decidedWork workKind = iota // approvals, extensions, early ends
	expiredWork                 // removals of access that its date has ended already
	checkWork                   // checks of requests
	sweepWork
)

// pool returns the kind whose slots a kind takes.
func (k workKind) pool() workKind {
	if k == expiredWork {
		return decidedWork
	}
	return k
}

// A slot identifies the slots of a pool in an account; "" stands for all accounts together.
type slot struct {
	pool    workKind
	account string
}

// limits are the numbers of slots. At 50 ms a call, five jobs make up to 100 calls a second, about as
// many as AWS answers in one account.
var limits = [...]struct{ account, total int }{
	decidedWork: {5, 250}, checkWork: {2, 64}, sweepWork: {1, 16},
}

// A keyState is the state of one key.
type keyState struct {
	waiting, running *job
	free             time.Time     // no job begins before
	ended            time.Time     // of the last job over due work
	gap              time.Duration // the pause after that job
}

const (
	// faultPause is the pause of a key whose job could not record its result, for example because the
	// disk is full. Its work is still due, so without a pause it would read AWS as fast as AWS answers.
	faultPause = 5 * time.Second
	// firstGap is the pause after a job over due work, and nextGap the one after jobs in quick
	// succession. Work that becomes due meanwhile is gathered, so that it takes one write.
	firstGap = 250 * time.Millisecond
	nextGap  = time.Second
	// quickly is the time between two jobs in quick succession.
	quickly = 3 * time.Second
	// slowPause is the pause of the sweeps of an account that did not answer.
	slowPause = 30 * time.Second
)

func newWorkers() *workers {
	return &workers{
		done: make(chan struct{}, 1), spawn: func(f func()) { go f() }, keys: map[string]*keyState{},
		running: map[slot]int{}, slow: map[string]time.Time{}, covered: map[wake]bool{},
	}
}

// start begins a job as soon as its key and a slot are free. If a job of its key waits already, that
// one is for both. If one is running, the work stays due and is started again after it.
func (w *workers) start(j job) {
	w.mu.Lock()
	if w.closed {
		w.mu.Unlock()
		return
	}
	k := w.keys[j.key]
	if k == nil {
		k = new(keyState)
		w.keys[j.key] = k
	}
	w.cover(&j, true)
	switch {
	case k.running != nil:
		k.running.due = append(k.running.due, j.due...)
	case k.waiting != nil:
		w.join(k, j)
	default:
		w.all.Add(1)
		w.enqueue(k, &j)
	}
	now := time.Now()
	may := k.waiting != nil && (k.waiting.earliest().After(now) || w.hasSlot(k.waiting, now))
	w.mu.Unlock()
	if may {
		w.begin()
	}
}

// join adds a job to the waiting one of its key.
func (w *workers) join(k *keyState, j job) {
	old := k.waiting
	due := append(old.due, j.due...)
	if j.after.Before(old.after) {
		old.after = j.after
	}
	if j.kind < old.kind {
		w.waiting[old.kind] = slices.DeleteFunc(w.waiting[old.kind], func(other *job) bool { return other == old })
		w.enqueue(k, &j)
	}
	k.waiting.due = due
}

func (w *workers) enqueue(k *keyState, j *job) {
	k.waiting, j.of = j, k
	w.waiting[j.kind] = append(w.waiting[j.kind], j)
}

func (w *workers) cover(j *job, covered bool) {
	for _, id := range j.due {
		if covered {
			w.covered[wake{j.worker, id}] = true
		} else {
			delete(w.covered, wake{j.worker, id})
		}
	}
}

// covers reports whether a job for a due time is waiting or running.
func (w *workers) covers(due wake) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.covered[due]
}

// begin runs the waiting jobs that may begin.
func (w *workers) begin() {
	w.mu.Lock()
	now := time.Now()
	var ready []*job
	var next time.Time
	for kind := range w.waiting {
		w.waiting[kind] = slices.DeleteFunc(w.waiting[kind], func(j *job) bool {
			if at := j.earliest(); at.After(now) {
				if next.IsZero() || at.Before(next) {
					next = at
				}
				return false
			}
			if !w.hasSlot(j, now) {
				return false
			}
			w.take(j, now)
			ready = append(ready, j)
			return true
		})
	}
	w.beginAt(next, now)
	w.mu.Unlock()
	for _, j := range ready {
		w.spawn(func() { w.do(j) })
	}
}

func (j *job) earliest() time.Time {
	if j.of.free.After(j.after) {
		return j.of.free
	}
	return j.after
}

func (w *workers) do(j *job) {
	defer w.all.Done()
	w.mu.Lock()
	due := slices.Clone(j.due)
	w.mu.Unlock()
	w.release(j, j.run(due))
}

func (w *workers) beginAt(at, now time.Time) {
	if w.next != nil {
		w.next.Stop()
	}
	if !at.IsZero() && !w.closed {
		w.next = time.AfterFunc(at.Sub(now), w.begin)
	}
}

// hasSlot reports whether each account of a job has a free slot. Checks and sweeps begin only while
// due work leaves slots free. An account that did not answer has one slot, and its sweeps pause.
func (w *workers) hasSlot(j *job, now time.Time) bool {
	pool := j.kind.pool()
	if w.running[slot{pool, ""}] >= limits[pool].total {
		return false
	}
	for _, id := range j.accounts {
		most := limits[pool].account
		if failed, slow := w.slow[id]; slow {
			if most = 1; pool == sweepWork && now.Sub(failed) < slowPause {
				return false
			}
		}
		busy := w.running[slot{decidedWork, id}] + w.running[slot{checkWork, id}] + w.running[slot{sweepWork, id}]
		if w.running[slot{pool, id}] >= most || pool != decidedWork && busy >= limits[decidedWork].account {
			return false
		}
	}
	return true
}

func (w *workers) take(j *job, now time.Time) {
	j.of.waiting, j.of.running, j.began = nil, j, now
	w.count(j, 1)
}

func (w *workers) count(j *job, n int) {
	for _, id := range append([]string{""}, j.accounts...) {
		w.running[slot{j.kind.pool(), id}] += n
	}
}

// release ends a job, and begins others.
func (w *workers) release(j *job, err error) {
	w.mu.Lock()
	now := time.Now()
	k := j.of
	k.running = nil
	w.count(j, -1)
	w.cover(j, false)
	switch {
	case err != nil:
		k.free = now.Add(faultPause)
	case j.kind.pool() == decidedWork && len(j.accounts) > 0:
		if k.gap = firstGap; now.Sub(k.ended) < quickly {
			k.gap = nextGap
		}
		k.free, k.ended = now.Add(k.gap), now
	}
	for _, id := range j.accounts {
		if failed, slow := w.slow[id]; slow && failed.Before(j.began) {
			delete(w.slow, id)
		}
	}
	w.forgetIdle(now)
	w.mu.Unlock()
	w.signal()
	w.begin()
}

// forgetIdle forgets the keys that have no job and no pause.
func (w *workers) forgetIdle(now time.Time) {
	if len(w.keys) < w.most {
		return
	}
	for key, k := range w.keys {
		if k.waiting == nil && k.running == nil && !k.free.After(now) && now.Sub(k.ended) >= quickly {
			delete(w.keys, key)
		}
	}
	w.most = 2*len(w.keys) + 1000
}

// signal wakes the loop.
func (w *workers) signal() {
	select {
	case w.done <- struct{}{}:
	default:
	}
}

// failed notes the failure of a call. An account that did not answer, or that throttles, has one slot
// until a later job succeeds.
func (w *workers) failed(account string, cause error) {
	if class := awsaccess.ClassOf(cause); class != awsaccess.Retry && class != awsaccess.Unknown {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.slow[account] = time.Now()
}

// close drops the waiting jobs. Running jobs go on.
func (w *workers) close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.closed = true
	for kind, jobs := range w.waiting {
		for range jobs {
			w.all.Done()
		}
		w.waiting[kind] = nil
	}
	w.beginAt(time.Time{}, time.Time{})
}

func (w *workers) isClosed() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.closed
}

// wait waits for all jobs, also the waiting ones.
func (w *workers) wait() { w.all.Wait() }
