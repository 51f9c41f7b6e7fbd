package slackbot

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"s3share/internal/grant"
	"s3share/internal/slackbot/blocks"
	"s3share/internal/store"
	"s3share/internal/store/storetest"
)

// Closed slots let no handler begin, and wait for those that have begun.
func TestHandlerSlots(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHandlerSlots(1)
		if !h.enter() || h.enter() {
			t.Error("one slot does not let in one handler")
		}
		closed := make(chan struct{})
		go func() { h.close(context.Background()); close(closed) }()
		synctest.Wait()
		select {
		case <-closed:
			t.Error("close did not wait for its handler")
		default:
		}
		h.leave()
		<-closed
		if h.enter() {
			t.Error("a handler begins after the close")
		}
	})
}

// A typed decision counts for a revision that the card has shown for a while, and for no later one.
func TestShown(t *testing.T) {
	ctx, at := context.Background(), time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name     string
		revision int // on the card, counted from 1
		ago      time.Duration
		stood    bool
	}{
		{"the current one", 2, cardStands, true},
		{"the current one, too new", 2, cardStands - 1, false},
		{"an earlier one", 1, time.Hour, false},
	} {
		memory := storetest.NewMemory()
		g := grant.Grant{ID: "7K2M9QXA", State: grant.Pending, Revision: 1}
		d := store.Delivery{ID: g.ID, Posts: []store.Post{{Kind: blocks.PostCard, DecisionRevision: c.revision, Since: at.Add(-c.ago)}}}
		if err := memory.Commit(ctx, store.Tx{At: at, Grants: []grant.Grant{g}, Deliveries: []store.Delivery{d}}); err != nil {
			t.Fatal(err)
		}
		if revision, stood := (&clicks{store: memory}).shown(ctx, g.ID, at); revision != 1 || stood != c.stood {
			t.Errorf("%s: revision %d, stood: %v", c.name, revision, stood)
		}
		memory.Close()
	}
}
