package workqueue

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// A desk is a queue whose work records its beginning and runs until the test
// ends it.
type desk struct {
	t     *testing.T
	q     *Queue
	mu    sync.Mutex
	begun []string
	gates map[string]chan struct{}
}

func newDesk(t *testing.T, widths ...int) *desk {
	d := &desk{t: t, q: New(widths...), gates: map[string]chan struct{}{}}
	d.q.Open()
	return d
}

func (d *desk) add(name string, w Work) *Ticket {
	gate := make(chan struct{})
	d.gates[name] = gate
	w.Do = func() {
		d.mu.Lock()
		d.begun = append(d.begun, name)
		d.mu.Unlock()
		<-gate
	}
	return d.q.Add(w)
}

func (d *desk) ready(name string, w Work) {
	d.add(name, w).Ready()
	synctest.Wait()
}

func (d *desk) end(names ...string) {
	for _, name := range names {
		close(d.gates[name])
		synctest.Wait()
	}
}

// want compares the begun work, in order, with lists separated by |.
func (d *desk) want(names string) {
	d.t.Helper()
	synctest.Wait()
	d.mu.Lock()
	defer d.mu.Unlock()
	if got := strings.Join(d.begun, " "); !slices.Contains(strings.Split(names, "|"), got) {
		d.t.Errorf("begun is %q, want %q", got, names)
	}
}

func atDesk(t *testing.T, name string, widths []int, test func(d *desk)) {
	t.Run(name, func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			d := newDesk(t, widths...)
			test(d)
			for _, gate := range d.gates {
				select {
				case <-gate:
				default:
					close(gate)
				}
			}
			synctest.Wait()
			d.q.Close(context.Background())
			if n := len(d.q.keys) + len(d.q.owners); n != 0 {
				t.Errorf("%d keys and owners are kept", n)
			}
		})
	})
}

func TestOrder(t *testing.T) {
	on := func(keys ...string) Work { return Work{Holds: keys} }
	opening := func(keys ...string) Work { return Work{Holds: keys, Heeds: []string{"freeze"}, Yields: true} }
	closing := func(keys ...string) Work { return Work{Holds: keys, Overtakes: true} }
	wide := []int{10}

	atDesk(t, "work on one key is sequential, on different keys concurrent", wide, func(d *desk) {
		d.ready("a1", on("a"))
		d.ready("a2", on("a"))
		d.ready("b1", on("b"))
		d.want("a1 b1")
		d.end("a1")
		d.want("a1 b1 a2")
	})
	atDesk(t, "a place counts from Add", wide, func(d *desk) {
		first := d.add("first", on("a"))
		d.ready("second", on("a"))
		d.want("")
		first.Ready()
		d.want("first")
		d.end("first")
		d.want("first second")
	})
	atDesk(t, "dropped work blocks no other work", wide, func(d *desk) {
		first := d.add("first", on("a"))
		d.ready("second", on("a"))
		first.Drop()
		d.want("second")
	})
	atDesk(t, "closing work overtakes opening work that has not begun", wide, func(d *desk) {
		d.ready("begun", opening("a"))
		d.ready("opening", opening("a"))
		d.ready("closing", closing("a"))
		d.want("begun")
		d.end("begun")
		d.want("begun closing")
		d.end("closing")
		d.want("begun closing opening")
	})
	atDesk(t, "closing work waits for earlier work that does not yield", wide, func(d *desk) {
		d.ready("begun", on("a"))
		d.ready("neutral", on("a"))
		d.ready("closing", closing("a"))
		d.end("begun")
		d.want("begun neutral")
	})
	atDesk(t, "opening work does not pass closing work that is not ready yet", wide, func(d *desk) {
		d.ready("begun", opening("a"))
		d.ready("opening", opening("a"))
		late := d.add("closing", closing("a"))
		d.end("begun")
		d.want("begun")
		late.Drop()
		d.want("begun opening")
	})
	atDesk(t, "a freeze waits for no grant, and opening work waits for it", wide, func(d *desk) {
		d.ready("running", opening("a"))
		d.ready("waiting", opening("a"))
		d.ready("freeze", closing("freeze"))
		d.ready("later", opening("b"))
		d.ready("request", on("rita"))
		d.want("running freeze request")
		d.end("running")
		d.want("running freeze request")
		d.end("freeze")
		d.want("running freeze request waiting later|running freeze request later waiting")
	})
	atDesk(t, "freezes and unfreezes keep their order", wide, func(d *desk) {
		d.ready("freeze", closing("freeze"))
		d.ready("unfreeze", on("freeze"))
		d.ready("again", closing("freeze"))
		d.want("freeze")
		d.end("freeze", "unfreeze")
		d.want("freeze unfreeze again")
	})
	atDesk(t, "a freeze passes opening work, but no earlier unfreeze", wide, func(d *desk) {
		d.ready("begun", opening("a"))
		d.ready("waits", opening("a"))
		unfreeze := d.add("unfreeze", on("freeze"))
		d.ready("late", opening("b"))
		freeze := closing("freeze")
		freeze.InOrder = true
		d.ready("freeze", freeze)
		d.want("begun")
		unfreeze.Ready()
		d.want("begun unfreeze")
		d.end("unfreeze")
		d.want("begun unfreeze freeze")
		d.end("freeze")
		d.want("begun unfreeze freeze late")
	})
	atDesk(t, "two overtaking works keep their order", wide, func(d *desk) {
		d.ready("begun", opening("a"))
		d.ready("opening", opening("a"))
		d.ready("one", closing("a"))
		d.ready("two", closing("a"))
		d.end("begun", "one")
		d.want("begun one two")
		d.end("two")
		d.want("begun one two opening")
	})
	atDesk(t, "a full lane blocks no other lane", []int{1, 1}, func(d *desk) {
		d.ready("a", Work{})
		d.ready("b", Work{})
		d.ready("c", Work{Lane: 1})
		d.want("a c")
	})
	atDesk(t, "owners take turns", []int{4}, func(d *desk) {
		for n := range 3 {
			d.ready(fmt.Sprint("rita", n), Work{Owner: "rita"})
			d.ready(fmt.Sprint("ada", n), Work{Owner: "ada"})
		}
		d.ready("bob", Work{Owner: "bob"})
		d.want("rita0 ada0 rita1 ada1")
		d.end("rita0")
		d.want("rita0 ada0 rita1 ada1 bob")
	})
	atDesk(t, "an owner has at most half of a lane", []int{4, 1}, func(d *desk) {
		for n := range 3 {
			d.ready(fmt.Sprint("rita", n), Work{Owner: "rita"})
		}
		d.want("rita0 rita1")
		d.ready("ada", Work{Owner: "ada"})
		d.ready("alone", Work{Owner: "rita", Lane: 1})
		d.want("rita0 rita1 ada alone")
		d.end("rita0")
		d.want("rita0 rita1 ada alone rita2")
	})
	atDesk(t, "Urgent reports closing work only", wide, func(d *desk) {
		d.ready("opening", opening("a"))
		if d.q.Urgent("a") {
			t.Error("an opening is urgent")
		}
		d.ready("closing", closing("a", "b"))
		if !d.q.Urgent("x", "b") || d.q.Urgent("x") {
			t.Error("a closing is not urgent, or everything is")
		}
	})
}

// A closed queue begins no work, and waits for running work within the time
// limit.
func TestClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, 1)
		d.ready("a", Work{})
		d.ready("b", Work{})
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		began := time.Now()
		d.q.Close(ctx)
		if took := time.Since(began); took != time.Second {
			t.Errorf("closing took %s", took)
		}
		d.end("a")
		d.want("a")
		d.q.Close(context.Background())
	})
}

// Nothing begins before the queue is open.
func TestOpen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := New(1)
		done := false
		q.Add(Work{Do: func() { done = true }}).Ready()
		synctest.Wait()
		if done {
			t.Error("it was begun")
		}
		q.Open()
		synctest.Wait()
		if !done {
			t.Error("it was not begun")
		}
	})
}

// All added work runs once, and never concurrently with work on the same key.
func TestAllWorkRunsOnce(t *testing.T) {
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 1))
		q := New(3, 2)
		q.Open()
		var mu sync.Mutex
		busy, done := map[string]bool{}, 0
		var all sync.WaitGroup
		names := []string{"a", "b", "c", "freeze"}
		for range 60 {
			w := Work{Owner: names[r.IntN(3)], Lane: r.IntN(2), Yields: r.IntN(3) == 0, Overtakes: r.IntN(3) == 0}
			for range r.IntN(3) {
				w.Holds = append(w.Holds, names[r.IntN(4)])
			}
			if w.Yields {
				w.Heeds = []string{"freeze"}
			}
			keys := slices.Compact(slices.Sorted(slices.Values(w.Holds)))
			all.Add(1)
			w.Do = func() {
				defer all.Done()
				mu.Lock()
				for _, k := range keys {
					if busy[k] {
						t.Errorf("seed %d: two hold %s", seed, k)
					}
					busy[k] = true
				}
				mu.Unlock()
				mu.Lock()
				for _, k := range keys {
					busy[k] = false
				}
				done++
				mu.Unlock()
			}
			ticket := q.Add(w)
			if r.IntN(10) == 0 {
				ticket.Drop()
				all.Done()
				continue
			}
			go ticket.Ready()
		}
		all.Wait()
	}
}
