package slackbot

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"time"

	"s3share/internal/commands"
	"s3share/internal/grant"
	"s3share/internal/slackbot/blocks"
	"s3share/internal/store"
)

// The sender of an act that came too late gets a message with a button that repeats the act. The
// act is stored in a note of that person before the message is sent. The button contains a random
// token, so a click counts only for that person and that act. The click makes a new act with its
// own receipt: it is checked against the message and the revision of the first one, and people and
// rules are checked again.

const (
	retryNote  = "retries " // the prefix of a person's note
	retryMost  = 20         // offers of one person; the oldest are dropped
	retryLasts = 12 * time.Hour
)

// A retryOffer is an act that its sender can repeat. Idempotency keys are kept for longer than an
// offer, so that two clicks count once.
type retryOffer struct {
	Token string    `json:"token"`
	At    time.Time `json:"at"`
	Act   act       `json:"act"`
}

// retries stores the acts that a person may repeat by a new button.
type retries struct {
	store     store.Store
	performer *performer
	now       func() time.Time
	log       *slog.Logger
}

func retryKey(p grant.Person) string { return retryNote + p.Team + "/" + p.User }

// opensAgain reports whether the button opens a modal for confirmation.
func (a act) opensAgain() bool { return a.Verb == commands.BreakGlass }

// retryable returns the act of a retry button and its description. ok is false if the record no
// longer allows the act.
func (rs *retries) retryable(ctx context.Context, a act) (again act, about string, ok bool) {
	switch a.Verb {
	case commands.ApproveSeveral:
		return rs.retryableSeveral(ctx, a)
	case commands.Unfreeze:
		f, err := store.Frozen(ctx, rs.store)
		if err != nil || f == nil || f.At.IsZero() {
			return a, "", false
		}
		a.Frozen = f.At
		return a, blocks.FrozenClause(*f), true
	case commands.BreakGlass:
		if a.BreakGlass == nil {
			return a, "", false
		}
		words := []string{a.BreakGlass.Target, a.BreakGlass.Level, a.BreakGlass.Principal, a.BreakGlass.Term}
		return a, "Break-glass: " + blocks.Code(strings.Join(words, " "), 500) + ".", true
	}
	g, err := rs.performer.service.Queries.Get(ctx, rs.performer.aboutGrant(ctx, a))
	if err != nil || !rs.canRetry(ctx, a, g) {
		return a, "", false
	}
	return a, "`" + string(g.ID) + "`: " + retryAbout(a, g), true
}

func (rs *retries) canRetry(ctx context.Context, a act, g grant.Grant) bool {
	switch a.Verb {
	case commands.Approve, commands.NarrowAndApprove:
		saw := pick{}
		if a.On != nil {
			saw = pick{a.On.ID, a.On.Revision}
		} else if len(a.Picks) == 1 {
			saw = a.Picks[0]
		}
		return waitsAsSeen(g, saw) && (a.Verb == commands.Approve || g.State == grant.Pending)
	case commands.Consent:
		return g.NeedsConsent()
	case commands.Extend:
		return g.State == grant.Active && g.PendingExtension == nil
	case commands.PutBack:
		drift, err := rs.performer.clicks.driftShown(ctx, *a.On)
		return err == nil && !drift.IsZero() && g.DriftedAt.Equal(drift)
	}
	return false
}

// waitsAsSeen reports whether a grant still waits for a decision on the revision that the person
// saw.
func waitsAsSeen(g grant.Grant, saw pick) bool {
	return g.Revision == saw.Revision && (g.State == grant.Pending || g.PendingExtension != nil)
}

// retryAbout describes the act of the button, by the record and the act.
func retryAbout(a act, g grant.Grant) string {
	switch {
	case a.Verb == commands.Extend && a.Text != "":
		return blocks.Code("/s3share "+a.Text, 300)
	case a.Verb == commands.Extend:
		return blocks.RepeatedExtension(g, a.Term)
	case a.Verb == commands.PutBack:
		return blocks.RepeatedRestore(g)
	case a.Verb == commands.NarrowAndApprove && a.Narrow != nil:
		return blocks.RepeatedNarrowing(g, *a.Narrow)
	}
	return blocks.AsksNow(g) + "."
}

// retryableSeveral keeps the ticked items that still wait at their revision.
func (rs *retries) retryableSeveral(ctx context.Context, a act) (again act, about string, ok bool) {
	again = a
	again.Picks = nil
	var lines []string
	for _, p := range a.Picks {
		g, err := rs.performer.service.Queries.Get(ctx, p.ID)
		if err != nil || !waitsAsSeen(g, p) || rs.performer.committed(ctx, a.causeOf(p)) {
			continue
		}
		again.Picks = append(again.Picks, p)
		lines = append(lines, "`"+string(g.ID)+"` "+blocks.AsksNow(g))
	}
	return again, strings.Join(lines, "\n"), len(again.Picks) > 0
}

// offerRetry stores an act that came too late, and returns the message with the button. ok is false
// if there is none.
func (rs *retries) offerRetry(ctx context.Context, a act, told blocks.Message) (m blocks.Message, ok bool) {
	again, about, ok := rs.retryable(ctx, a)
	label := blocks.RetryLabel(a.Verb, len(a.Picks))
	if !ok || label == "" {
		return told, false
	}
	label = blocks.RetryLabel(again.Verb, len(again.Picks))
	again.Retry = cmp.Or(again.Retry, rand.Text())
	again.Envelope, again.Trigger, again.View, again.Reply, again.Channel = "", "", "", "", ""
	if err := rs.keepRetry(ctx, again); err != nil {
		rs.log.WarnContext(ctx, "keeping an act for a fresh button", "verb", a.Verb, "err", err)
		return told, false
	}
	return blocks.RetryMessage(told, about, label, again.Retry), true
}

// keepRetry stores an offer in the note of its person.
func (rs *retries) keepRetry(ctx context.Context, a act) error {
	_, err := store.Update(ctx, rs.store, func(ctx context.Context) (store.Tx, error) {
		now := rs.now()
		var all []retryOffer
		note, err := store.ReadDocument(ctx, rs.store, retryKey(a.by()), &all)
		if err != nil && !errors.Is(err, store.ErrUnreadable) {
			return store.Tx{}, err
		}
		all = slices.DeleteFunc(all, func(o retryOffer) bool { return o.Token == a.Retry || now.Sub(o.At) > retryLasts })
		all = append(all, retryOffer{Token: a.Retry, At: now, Act: a})
		note, err = note.WithValue(all[max(0, len(all)-retryMost):])
		return store.Tx{At: now, Documents: []store.Document{note}}, err
	})
	return err
}

// offered returns the act of a person's retry button.
func (rs *retries) offered(ctx context.Context, p grant.Person, token string) (a act, ok bool, err error) {
	var all []retryOffer
	if _, err := store.ReadDocument(ctx, rs.store, retryKey(p), &all); err != nil {
		return a, false, err
	}
	for _, o := range all {
		if o.Token == token && rs.now().Sub(o.At) <= retryLasts {
			return o.Act, true, nil
		}
	}
	return a, false, nil
}

// takeRetry replaces a click on a retry button by the act of the button. It returns false for a
// button that opens a modal, or that does not count.
func (rs *retries) takeRetry(ctx context.Context, a *act) bool {
	again, ok, err := rs.offered(ctx, a.by(), a.Retry)
	if err != nil || !ok || again.opensAgain() {
		return false
	}
	again.Team, again.User, again.Trigger, again.Reply, again.Channel = a.Team, a.User, a.Trigger, a.Reply, a.Channel
	*a = again
	return true
}
