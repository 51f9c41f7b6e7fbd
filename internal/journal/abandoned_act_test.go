package journal

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"testing"
)

// A slowDisk blocks the next sync of a segment.
type slowDisk struct {
	disk
	syncing chan struct{} // closed when a sync has begun
	goOn    chan struct{}
}

type slowFile struct {
	file
	on *slowDisk
}

func (f slowFile) sync() error {
	if f.on.syncing != nil {
		close(f.on.syncing)
		f.on.syncing = nil
		<-f.on.goOn
	}
	return f.file.sync()
}

// Acts whose callers gave up are removed, whether they were queued or in a sync, because they were
// never acknowledged.
func TestGivenUp(t *testing.T) {
	d := &slowDisk{disk: quiet(), goOn: make(chan struct{})}
	f, err := openOn(Config{Store: "store", Log: slog.New(slog.DiscardHandler)}, d, 32<<10)
	if err != nil {
		t.Fatal(err)
	}
	syncing := make(chan struct{})
	d.syncing = syncing
	for _, s := range f.writer.pool.free {
		s.file = slowFile{s.file, d}
	}
	ctx, giveUp := context.WithCancel(t.Context())
	errs := make(chan error)
	try := func(n int) {
		_, err := f.Append(ctx, act(n))
		errs <- err
	}
	go try(1)
	<-syncing
	go try(2)
	giveUp()
	for range 2 {
		if err := <-errs; !errors.Is(err, context.Canceled) {
			t.Errorf("the append says %v", err)
		}
	}
	close(d.goOn)
	seq, err := f.Append(t.Context(), act(3))
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if got := undoneSeqs(f.writer); !slices.Equal(got, []uint64{seq}) {
		t.Errorf("undone are %v, want %v", got, seq)
	}
}
