package outbox

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/slack-go/slack"

	"s3share/internal/grant"
	"s3share/internal/slackbot/blocks"
	"s3share/internal/store"
)

// lateNote is the prefix of the note with a grant's last void approval.
const lateNote = "late yes "

// A LateYes is an approval that was acknowledged and did not count.
type LateYes struct {
	By       grant.Person
	At       time.Time // when it was received
	Why      string
	Revision int // of the pending request
}

// NoteLateYes stores a void approval, and makes the card of the grant due.
func (o *Outbox) NoteLateYes(ctx context.Context, id grant.ID, late LateYes) {
	_, err := store.Update(ctx, o.store, func(ctx context.Context) (store.Tx, error) {
		var old LateYes
		note, err := store.ReadDocument(ctx, o.store, lateNote+string(id), &old)
		if err != nil {
			return store.Tx{}, err
		}
		note, err = note.WithValue(late)
		now := o.now()
		wake := grant.DueTime{Worker: grant.NoticeWorker, ID: id, At: now}
		return store.Tx{At: now, Documents: []store.Document{note}, DueTimes: []grant.DueTime{wake}}, err
	})
	if err != nil {
		o.log.WarnContext(ctx, "having a card say that a yes did not count", "grant", id, "err", err)
	}
}

// readLateYes reads the last void approval, for a card that asks. The pass commits only if that is
// unchanged; otherwise a card without it would count as drawn.
func (p *delivery) readLateYes(ctx context.Context) error {
	if p.g.State != grant.Pending && p.g.PendingExtension == nil {
		return nil
	}
	key := lateNote + string(p.g.ID)
	note, err := store.ReadDocument(ctx, p.out.store, key, &p.lateYes)
	if errors.Is(err, store.ErrUnreadable) {
		p.out.log.WarnContext(ctx, "reading a yes that did not count", "grant", p.g.ID, "err", err)
		p.lateYes, err = nil, nil
	}
	p.late = &store.Expect{Key: key, Version: note.Version}
	return err
}

// withLateYes adds a note about a void approval to a card that still asks.
func (p *delivery) withLateYes(card blocks.Message) blocks.Message {
	late := p.lateYes
	if late == nil || late.Revision != p.g.Revision || len(card.Blocks) == 0 {
		return card
	}
	text := fmt.Sprintf("The approval by %s of %s did not count: %s", blocks.Mention(late.By), blocks.When(late.At),
		blocks.Safe(late.Why, 300))
	card.Blocks = slices.Insert(slices.Clone(card.Blocks), len(card.Blocks)-1,
		slack.Block(slack.NewContextBlock("", blocks.Mrkdwn(text))))
	return card
}
