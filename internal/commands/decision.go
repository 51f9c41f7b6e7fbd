package commands

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"s3share/internal/grant"
	"s3share/internal/store"
)

// A decision is what one verb does with the grants of a request: approve, deny, narrow, extend,
// restore or end. All go the same way, [decider.decide], and read each grant once:
//
//	load       id             [records.batchWith]  the grants that are decided as one
//	authorise  batch          [decision.authorise] the grants that would follow, or a refusal
//	preflight  batch, follow  [decision.check]     the findings of AWS, or a refusal
//	commit     batch          [decider.commit]     the grants that follow, stored
//
// Authorise asks neither AWS nor the store, so a refused caller causes no calls. Commit evaluates
// the decision again, because time has passed and the findings are known. It reads the batch again
// only if another act was committed in between.
type decision struct {
	// step returns the grant that follows g. found holds the findings of the preflight, or nil.
	step func(g grant.Grant, found *grant.Findings) (grant.Grant, error)
	// preflight checks the grant next, which would follow g. Nil if the decision opens nothing.
	preflight func(ctx context.Context, g, next grant.Grant) (*grant.Findings, error)
	// also is a second step of the same commit, or nil.
	also func(next grant.Grant) (grant.Grant, error)
}

// A plan returns the decision of a verb on the grants that were loaded.
type plan func(ctx context.Context, batch []grant.Grant) decision

// A decider carries out decisions. No other type changes the record of an existing grant.
type decider struct {
	store       writer
	records     *records
	freezeCheck *freezeCheck
	now         func() time.Time
	log         *slog.Logger
}

// decide carries out a decision on a grant and its batch, once: a redelivered act returns the grant
// as it is.
func (d *decider) decide(ctx context.Context, c Invocation, id grant.ID, p plan) (grant.Grant, error) {
	g, err := d.records.get(ctx, id)
	if err != nil {
		return g, err
	}
	return d.decideLoaded(ctx, c, g, p)
}

// decideLoaded is decide for a grant that was read already.
func (d *decider) decideLoaded(ctx context.Context, c Invocation, g grant.Grant, p plan) (grant.Grant, error) {
	if g, done, err := d.records.redelivered(ctx, c, g.ID); done || err != nil {
		return g, err
	}
	batch, err := d.records.batchWith(ctx, g, c.closes)
	if err != nil {
		return g, err
	}
	what := p(ctx, batch)
	found, err := what.check(ctx, batch)
	if err != nil {
		return g, err
	}
	return d.commit(ctx, c, g.ID, batch, func(g grant.Grant) (grant.Grant, error) {
		next, err := what.step(g, found[g.ID])
		if err != nil || what.also == nil {
			return next, err
		}
		return what.also(next)
	})
}

// check authorises the decision on each grant, and then runs the preflights. It returns the
// findings by grant.
func (d decision) check(ctx context.Context, batch []grant.Grant) (map[grant.ID]*grant.Findings, error) {
	if d.preflight == nil {
		return nil, nil // the commit authorises it
	}
	follow, err := d.authorise(batch)
	if err != nil {
		return nil, err
	}
	found := map[grant.ID]*grant.Findings{}
	for i, g := range batch {
		if found[g.ID], err = d.preflight(ctx, g, follow[i]); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// authorise returns the grants that would follow a batch, in its order.
func (d decision) authorise(batch []grant.Grant) (follow []grant.Grant, err error) {
	for _, g := range batch {
		next, err := d.step(g, nil)
		if err != nil {
			return nil, err
		}
		follow = append(follow, next)
	}
	return follow, nil
}

// commit applies step to all grants of the batch that was loaded for id, and stores them in one
// commit. If another act was committed in between, it loads the batch again.
func (d *decider) commit(ctx context.Context, c Invocation, id grant.ID, batch []grant.Grant,
	step func(grant.Grant) (grant.Grant, error)) (grant.Grant, error) {
	tried := false
	tx, err := store.Update(ctx, d.store, func(ctx context.Context) (tx store.Tx, err error) {
		if tried {
			if batch, err = d.records.batchOf(ctx, id, c.closes); err != nil {
				return tx, err
			}
		}
		tried = true
		return d.txFor(ctx, c, batch, step)
	})
	if errors.Is(err, store.ErrDuplicate) { // by the first commit of this act, whose reply was lost
		return d.store.Get(ctx, id)
	}
	if err != nil {
		return grant.Grant{}, err
	}
	d.logEvents(ctx, c, batch, tx.Grants)
	return tx.Grants[0], nil
}

// logEvents logs the events of a commit.
func (d *decider) logEvents(ctx context.Context, c Invocation, olds, nexts []grant.Grant) {
	for i, next := range nexts {
		for _, ev := range next.History[len(olds[i].History):] {
			d.log.InfoContext(ctx, "grant changed", "event", ev.Kind, "grant", next.ID, "state", ev.To, "by", c.By.User)
		}
	}
}

// txFor returns the change that results from applying step to some grants.
func (d *decider) txFor(ctx context.Context, c Invocation, olds []grant.Grant,
	step func(grant.Grant) (grant.Grant, error)) (store.Tx, error) {
	tx, adds := store.Tx{At: d.now(), Causes: c.IdempotencyKeys}, false
	for _, old := range olds {
		next, err := step(old)
		if err != nil {
			return tx, err
		}
		tx.Put(old, next)
		adds = adds || grant.ExpandsAccess(old, next)
	}
	if adds { // a freeze may have begun during the calls to AWS
		read, err := d.freezeCheck.notFrozen(ctx)
		if err != nil {
			return tx, err
		}
		tx.Expect = append(tx.Expect, read)
	}
	if c.Opens {
		read, err := d.freezeCheck.notCutOff(ctx, c, olds)
		if err != nil {
			return tx, err
		}
		tx.Expect = append(tx.Expect, read)
	}
	return tx, nil
}
