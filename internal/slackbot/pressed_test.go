package slackbot

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"s3share/internal/store"
	"s3share/internal/store/storetest"
)

// pressed is a store that simulates clicks on an outdated card just before each commit about sent
// messages.
type pressed struct {
	*storetest.Memory
	people int
}

func (s *pressed) Commit(ctx context.Context, c store.Tx) error {
	if s.people > 0 && len(c.Deliveries) > 0 && len(c.Deliveries[0].Posts) > 1 {
		s.people--
		d, err := s.Delivery(ctx, c.Deliveries[0].ID)
		if err == nil {
			err = s.Memory.Commit(ctx, store.Tx{Deliveries: []store.Delivery{d}})
		}
		if err != nil {
			return err
		}
	}
	return s.Memory.Commit(ctx, c)
}

// With any number of clicks, each notice is sent once.
func TestManyClicksOnAStaleCard(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t)
		store := &pressed{o.store, 9}
		c := o.settings
		c.Store = store
		o.bot = New(c)
		o.start()
		g, card := o.pending(requestText)
		o.slack.As("U0ADA").Press(o.ctx, card, "Approve")
		o.shows("U0ADA", "will be notified when access is active")
		o.confirm(g.ID)
		o.shows("U0RITA", "until")
		time.Sleep(time.Hour)
		told := map[string]int{}
		for _, m := range append(o.slack.DMs("U0RITA"), o.slack.Messages("C0ADMIN")...) {
			if told[m.Text]++; told[m.Text] > 1 {
				t.Errorf("told %d times: %s", told[m.Text], m.Text)
			}
		}
		if store.people > 0 {
			t.Errorf("%d have not pressed", store.people)
		}
	})
}
