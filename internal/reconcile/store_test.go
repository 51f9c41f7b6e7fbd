package reconcile

import (
	"context"
	"errors"
	"time"

	"s3share/internal/grant"
	"s3share/internal/store"
	"s3share/internal/store/storetest"
)

// memory is a store in memory with the queries of the bench.
type memory struct{ *storetest.Memory }

func newMemory() *memory { return &memory{storetest.NewMemory()} }

func (m *memory) all() []grant.Grant {
	gs, _ := m.List(context.Background(), store.Query{})
	return gs
}

var errDisk = errors.New("no space left on device")

// faulty is a store whose calls the bench can break.
type faulty struct {
	*memory
	b *bench
}

func (f faulty) Commit(ctx context.Context, c store.Tx) error {
	if c.Deliveries != nil {
		panic("the loops tell nobody")
	}
	return f.b.storeCall("Commit", func() error { return f.memory.Commit(ctx, c) })
}

func (f faulty) Get(ctx context.Context, id grant.ID) (g grant.Grant, err error) {
	err = f.b.storeCall("Get", func() error { g, err = f.memory.Get(ctx, id); return err })
	return g, err
}

func (f faulty) Document(ctx context.Context, key string) (n store.Document, err error) {
	err = f.b.storeCall("Note", func() error { n, err = f.memory.Document(ctx, key); return err })
	return n, err
}

func (f faulty) Due(ctx context.Context, l grant.Worker, now time.Time, limit int) (ids []grant.ID, err error) {
	err = f.b.storeCall("Due", func() error { ids, err = f.memory.Due(ctx, l, now, limit); return err })
	return ids, err
}

func (f faulty) List(ctx context.Context, q store.Query) (gs []grant.Grant, err error) {
	err = f.b.storeCall("List", func() error { gs, err = f.memory.List(ctx, q); return err })
	return gs, err
}
