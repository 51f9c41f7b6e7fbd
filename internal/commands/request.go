package commands

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"s3share/internal/commands/parse"
	"s3share/internal/grant"
	"s3share/internal/store"
)

// Requests stores new requests.
type Requests struct {
	store       writer
	records     *records
	rules       *ruleBook
	freezeCheck *freezeCheck
	prechecks   *Prechecks
	now         func() time.Time
	newID       func() grant.ID
	log         *slog.Logger
}

// typed stores a typed request in the state checking. Slack and AWS are asked afterwards; the result
// is a card or a refusal.
func (r *Requests) typed(ctx context.Context, c Invocation, q parse.Request) (Answer, error) {
	g, err := r.create(ctx, c, draftOf(c, q))
	if err != nil {
		return Answer{}, withHint(err, q)
	}
	return Answer{Text: r.reply(ctx, g) + requestNotes(q), Person: g.Beneficiary}, nil
}

// Submit stores a request from the request form. The requester follows it by its status message, so
// the answer has only what that lacks.
func (r *Requests) Submit(ctx context.Context, c Invocation, draft grant.Draft) (Answer, error) {
	if _, err := r.create(ctx, c, draft); err != nil {
		return Answer{}, err
	}
	return Answer{Text: strings.TrimSpace(r.freezeCheck.freezeNote(ctx))}, nil
}

// draftOf returns the typed draft with the caller as requester.
func draftOf(c Invocation, q parse.Request) grant.Draft {
	d := q.Draft
	d.Requester = c.By
	if d.Beneficiary.User != "" {
		d.Beneficiary.Team = c.By.Team
	}
	return d
}

// replyLasts is the lifetime of a command's reply address.
const replyLasts = 25 * time.Minute

// create stores a request in the state checking, or returns a refusal of the rules. It returns the
// lead of a batch. The request dates from its receipt, and relative times are resolved against
// that. The caller must run one person's requests one at a time, so that the cap on open requests
// holds.
func (r *Requests) create(ctx context.Context, c Invocation, draft grant.Draft) (grant.Grant, error) {
	if g, err := r.storedBefore(ctx, c); err != nil || g.ID != "" {
		return g, err
	}
	open, err := r.prechecks.openRequests(ctx, c)
	if err != nil {
		return grant.Grant{}, err
	}
	// on a conflict the id is taken; a retry draws a new one
	tx, err := store.Update(ctx, r.store, func(ctx context.Context) (store.Tx, error) {
		return r.newRequest(ctx, c, draft, open)
	})
	if errors.Is(err, store.ErrDuplicate) { // by the first commit of this act, whose reply was lost
		return r.storedBefore(ctx, c)
	}
	if err != nil {
		return grant.Grant{}, err
	}
	g := tx.Grants[0]
	r.log.InfoContext(ctx, "grant changed", "event", grant.EventRequest, "grant", g.ID, "state", g.State, "by", c.By.User)
	return g, nil
}

// newRequest returns the change that stores a request.
func (r *Requests) newRequest(ctx context.Context, c Invocation, draft grant.Draft, open int) (
	tx store.Tx, err error) {
	all, err := r.rules.DraftBatch(r.newID, draft, open, c.received(r.now()))
	if err != nil {
		return tx, err
	}
	g := all[0]
	tx = store.Tx{At: r.now(), Causes: c.IdempotencyKeys}
	if g.BreakGlass {
		if tx.Expect, err = r.mayBreakGlass(ctx, c, all); err != nil {
			return tx, err
		}
	}
	for _, g := range all {
		tx.Put(grant.Grant{}, g)
	}
	if c.ResponseURL != "" {
		tx.Deliveries = []store.Delivery{{ID: g.ID, Reply: c.ResponseURL, ReplyBy: g.AskedAt.Add(replyLasts)}}
	}
	return tx, nil
}

// mayBreakGlass refuses a break-glass during a freeze, or if a freeze or an end-all was received after
// it. The expectations make the commit fail if that changes before it.
func (r *Requests) mayBreakGlass(ctx context.Context, c Invocation, all []grant.Grant) ([]store.Expect, error) {
	frozen, err := r.freezeCheck.notFrozen(ctx)
	if err != nil {
		return nil, err
	}
	cutOff, err := r.freezeCheck.notCutOff(ctx, c, all)
	if err != nil {
		return nil, err
	}
	return []store.Expect{frozen, cutOff}, r.prechecks.mayBreakGlass(ctx, all[0])
}

// storedBefore returns the request that this act stored earlier, or the zero grant. The bot may have
// ended before it noted that the act was done.
func (r *Requests) storedBefore(ctx context.Context, c Invocation) (grant.Grant, error) {
	switch done, err := r.records.committed(ctx, c); {
	case err != nil:
		return grant.Grant{}, err
	case !done:
		return grant.Grant{}, nil
	}
	own, err := r.store.List(ctx, store.Query{Requester: c.By.User})
	if err != nil {
		return grant.Grant{}, fmt.Errorf("looking for a request that was stored: %w", err)
	}
	for _, g := range own {
		if g.IsBatchLead() && g.AskedAt.Equal(c.received(r.now())) {
			return g, nil
		}
	}
	return grant.Grant{}, fmt.Errorf("looking for a request that was stored: %w", store.ErrNotFound)
}

// withHint adds to a refusal that the words of the request could have been misread.
func withHint(err error, q parse.Request) error {
	var no *grant.Refusal
	hint := ""
	switch {
	case !errors.As(err, &no):
		return err
	case no.Field == grant.FieldMoreBuckets:
		hint = "If the comma is part of a folder's name, use the form: type `/s3share` alone."
	case q.Misordered:
		hint = "I read your first four words as the bucket, the level, the principal and the duration: leave out " +
			"words like `for` and `to` between them."
	default:
		return err
	}
	return no.WithHint("%s", strings.TrimSpace(no.Hint+" "+hint))
}

// reply returns the answer to a stored request.
func (r *Requests) reply(ctx context.Context, g grant.Grant) string {
	return requestReply(g) + r.freezeCheck.freezeNote(ctx)
}

func requestReply(g grant.Grant) string {
	text := fmt.Sprintf("Request `%s` submitted", g.ID)
	if n := len(g.BatchIDs); n > 0 {
		text += fmt.Sprintf(" with %d grants that are decided as one", n)
	}
	if g.NeedsConsent() {
		return text + "; it goes to the approvers once " + PersonMark + " confirms it."
	}
	return text + "; approvers are notified once AWS checks pass."
}

// requestNotes repeats the parts of a request that could be misread: the beneficiary, the start, and
// a reason that contains a keyword.
func requestNotes(q parse.Request) (text string) {
	if q.Draft.Beneficiary.User != "" {
		text += " It is for " + PersonMark + "."
	}
	if q.Said.Start != "" {
		text += " Access starts " + q.Said.Start + "."
	}
	if q.Said.Reason {
		text += fmt.Sprintf(" Reason: %q.", clipped(q.Draft.Reason, 200))
	}
	return text
}
