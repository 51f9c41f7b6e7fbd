package slackbot

import (
	"context"
	"slices"
	"time"
)

// replay queues the acts that an earlier run acknowledged and did not finish. It runs before the
// first envelope is read. Unreadable acts stay undone: see [UnreadableActs].
func (w *worker) replay(ctx context.Context) {
	defer w.acts.replayed.Store(true)
	var all []stored
	for _, r := range w.acts.journal.Undone() {
		a, err := actOf(r)
		if err != nil {
			w.log.ErrorContext(ctx, "an act cannot be read, and stays undone", "seq", r.Seq, "err", err)
			continue
		}
		all = append(all, stored{r.Seq, a})
	}
	slices.SortStableFunc(all, inOrder)
	for _, s := range all {
		if w.dedupe.remember(time.Now(), s.act.keys()...) {
			w.markDone(ctx, s.seq) // a redelivery of another
			continue
		}
		e := &entry{act: s.act, seq: s.seq, replay: true}
		w.acts.take(e, true)
		w.enqueue(ctx, e)
		w.release(e)
	}
	if len(all) > 0 {
		w.log.InfoContext(ctx, "acts of an earlier run are carried out", "acts", len(all))
	}
}
