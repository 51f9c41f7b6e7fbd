package journal

import (
	"log/slog"
	"testing"
)

// Probes do not use up the segments of a failing disk. Once the disk works, an act is appended at
// once, and a restart finds only this act.
func TestProbesOfAFailingDisk(t *testing.T) {
	d := quiet()
	config := Config{Store: "store", Log: slog.New(slog.DiscardHandler)}
	f, err := openOn(config, d, 32<<10)
	if err != nil {
		t.Fatal(err)
	}
	f.writer.pool.spawn = func(do func()) { do() } // the disk is one goroutine's
	d.failing = 1
	if _, err := f.Append(t.Context(), act(1)); err == nil {
		t.Fatal("a failing disk takes an act")
	}
	for range 1000 {
		if err := f.Probe(t.Context()); err == nil {
			t.Fatal("a probe of a failing disk succeeds")
		}
	}
	d.failing = 0
	for range 3 {
		if err := f.Probe(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	seq, err := f.Append(t.Context(), act(2))
	if err != nil {
		t.Fatal(err)
	}
	if n := len(f.writer.live); n > 3 {
		t.Errorf("%d segments are in use", n)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := openOn(config, d, 32<<10)
	if err != nil {
		t.Fatal(err)
	}
	if got := again.Undone(); len(got) != 1 || got[0].Seq != seq || len(again.Damage()) > 0 {
		t.Errorf("a restart finds %d acts and the damage %v", len(got), again.Damage())
	}
	if err := again.Close(); err != nil {
		t.Fatal(err)
	}
}
