package reconcile

import (
	"testing"
	"time"
)

func TestOneLife(t *testing.T) {
	b := newBench(t)
	b.others(fixtures, foreign)
	id := b.approve("fixtures/builds", "read", "build/ann", "2h")
	b.run(time.Second)
	b.is(id, "active")
	if !b.can("ann", "builds/a.txt") || b.can("ann", "builds2/a.txt") || b.can("ben", "builds/a.txt") {
		t.Error("not exactly what was approved is open")
	}
	if n := b.aws.writes(); n != 2 {
		t.Errorf("%d writes, want one for each half", n)
	}
	b.quiet()
	b.run(2 * time.Hour)
	b.is(id, "ended expired")
	if b.can("ann", "builds/a.txt") || len(b.doc(fixtures).Statements()) != 1 || len(b.aws.build.Members(groupOf)) != 0 {
		t.Error("something is left")
	}
	b.quiet()
}
