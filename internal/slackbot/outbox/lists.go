package outbox

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"s3share/internal/grant"
	"s3share/internal/slackbot/blocks"
	"s3share/internal/store"
)

// A list stands for the cards of many requests. The delivery of each has a post of the list, so that a
// click on it is proved like any other. The note of the list has all of them, to draw it again.
type list struct {
	IDs    []grant.ID
	Digest string // of its current content
	Gone   bool   // Slack cannot update it any more: its requests need cards, or another list
}

func listKey(channel, ts string) string { return "list " + channel + " " + ts }

// listHolder is the holder of a list's turn in a channel.
const listHolder = "list"

// gather posts one list of the cards that wait longest in a channel. Their passes wait meanwhile.
func (o *Outbox) gather(ctx context.Context, to string) error {
	ids, unsure := o.cards.waiting(to, blocks.ListedMost)
	if unsure && !o.answers(ctx) {
		return errNoAnswer
	}
	var all []blocks.Listed
	for _, id := range ids {
		if !o.inflight.begin(id) {
			continue
		}
		defer o.inflight.end(id, time.Time{})
		switch g, err := o.unposted(ctx, id); {
		case err != nil: // its own pass reports it
		case g.ID == "":
			o.cards.remove(to, id)
		default:
			all = append(all, blocks.Listed{Grant: g})
		}
	}
	if len(all) == 0 {
		return nil
	}
	slices.SortStableFunc(all, func(a, b blocks.Listed) int { return a.AskedAt.Compare(b.AskedAt) })
	m := blocks.List(all)
	channel, ts, err := o.post(ctx, to, listHolder, awaited, m)
	if err != nil {
		return err
	}
	rest, _ := o.cards.waiting(to, len(all)+mostSingle+1)
	rest = slices.DeleteFunc(rest, func(id grant.ID) bool {
		return slices.ContainsFunc(all, func(one blocks.Listed) bool { return one.ID == id })
	})
	if err := o.keepList(context.WithoutCancel(ctx), channel, ts, m.Digest(), all, rest); err != nil {
		return err
	}
	for _, one := range all {
		o.cards.remove(to, one.ID)
		o.inflight.broadcast(one.ID)
	}
	return nil
}

// unposted returns a grant whose card waits; the zero grant if it does not wait any more.
func (o *Outbox) unposted(ctx context.Context, id grant.ID) (grant.Grant, error) {
	g, err := o.store.Get(ctx, id)
	if err != nil {
		return g, err
	}
	d, err := o.store.Delivery(ctx, id)
	if g.State != grant.Pending || slices.ContainsFunc(d.Posts, isCardOrListed) {
		return grant.Grant{}, err
	}
	return g, err
}

func isCard(p store.Post) bool { return p.Kind == blocks.PostCard }

func isCardOrListed(p store.Post) bool {
	return p.Kind == blocks.PostCard || p.Kind == blocks.PostListed
}

// keepList records a posted list in its note and in the delivery of each grant. If few cards are left,
// rest has them: they need no list.
func (o *Outbox) keepList(ctx context.Context, channel, ts, digest string, all []blocks.Listed,
	rest []grant.ID) error {
	_, err := store.Update(ctx, o.store, func(ctx context.Context) (store.Tx, error) {
		tx, l := store.Tx{At: o.now()}, list{Digest: digest}
		for _, one := range all {
			d, err := o.store.Delivery(ctx, one.ID)
			if err != nil && !errors.Is(err, store.ErrUnreadable) {
				return tx, err
			}
			d.ID, d.Attempts, d.LastError = one.ID, 0, ""
			d.Posts = append(slices.Clone(d.Posts), store.Post{Kind: blocks.PostListed, Recipient: store.ToChannel,
				Channel: channel, TS: ts, Digest: lineDigest(one)})
			l.IDs = append(l.IDs, one.ID)
			tx.Deliveries = append(tx.Deliveries, d)
		}
		tx.DueTimes = wakes(l.IDs, tx.At)
		if len(rest) <= mostSingle {
			tx.DueTimes = append(tx.DueTimes, wakes(rest, tx.At)...)
		}
		note, err := store.Document{Key: listKey(channel, ts)}.WithValue(l)
		tx.Documents = []store.Document{note}
		return tx, err
	})
	return err
}

// wakes makes the messages of some grants due.
func wakes(ids []grant.ID, at time.Time) (all []grant.DueTime) {
	for _, id := range ids {
		all = append(all, grant.DueTime{Worker: grant.NoticeWorker, ID: id, At: at})
	}
	return all
}

// listed returns the post of the list that shows the request, or nil.
func (p *delivery) listed() *store.Post {
	i := slices.IndexFunc(p.d.Posts, func(post store.Post) bool { return post.Kind == blocks.PostListed })
	if i < 0 {
		return nil
	}
	return &p.d.Posts[i]
}

func lineDigest(one blocks.Listed) string { return blocks.Message{Text: one.Line()}.Digest() }

// drawList updates the list that shows the request. A list that is gone shows it no longer.
func (p *delivery) drawList(ctx context.Context) error {
	post := p.listed()
	if post == nil {
		return nil
	}
	line := lineDigest(blocks.Listed{Grant: p.g, Opened: slices.ContainsFunc(p.d.Posts, isCard)})
	if post.Digest == line && p.g.State != grant.Pending {
		return nil
	}
	gone, err := p.out.drawList(ctx, post.Channel, post.TS, post.Digest == line)
	switch {
	case err != nil:
		return err
	case gone && p.g.State == grant.Pending && post.Since.IsZero():
		p.d.Posts = slices.DeleteFunc(p.d.Posts, func(post store.Post) bool { return post.Kind == blocks.PostListed })
		return worse(waiting{time.Now()}, p.save(ctx)) // the next pass draws the card
	case post.Digest == line:
		return nil
	default:
		post.Digest = line
	}
	return p.save(ctx)
}

// drawList updates a list, if it has changed. gone means that Slack cannot update it.
func (o *Outbox) drawList(ctx context.Context, channel, ts string, unchanged bool) (gone bool, err error) {
	var l list
	note, err := store.ReadDocument(ctx, o.store, listKey(channel, ts), &l)
	switch {
	case errors.Is(err, store.ErrUnreadable): // it stays as it is; *Open* works
		return false, nil
	case err != nil || l.Gone || unchanged:
		return l.Gone, err
	}
	all, err := o.readList(ctx, l.IDs)
	if err != nil {
		return false, err
	}
	m := blocks.List(all)
	if m.Digest() == l.Digest {
		return false, nil
	}
	if at := o.edits.begin(ts); time.Now().Before(at) {
		return false, waiting{at}
	}
	defer o.edits.end(ts)
	err = o.update(ctx, channel, ts, awaited, m)
	l.Digest, l.Gone = m.Digest(), lost(err) || IsPermanent(err)
	if err != nil && !l.Gone {
		return false, err
	}
	tx := store.Tx{At: o.now()}
	if l.Gone {
		o.log.WarnContext(ctx, "a list of requests is gone", "err", err)
		tx.DueTimes = wakes(l.IDs, tx.At)
	}
	if note, err = note.WithValue(l); err != nil {
		return false, err
	}
	tx.Documents = []store.Document{note}
	return l.Gone, o.store.Commit(context.WithoutCancel(ctx), tx)
}

// readList reads the requests of a list. An unreadable one keeps its line.
func (o *Outbox) readList(ctx context.Context, ids []grant.ID) (all []blocks.Listed, err error) {
	for _, id := range ids {
		g, err := o.store.Get(ctx, id)
		if errors.Is(err, store.ErrUnreadable) {
			g, err = grant.Grant{ID: id}, nil
		}
		if err != nil {
			return nil, err
		}
		d, err := o.store.Delivery(ctx, id)
		if err != nil && !errors.Is(err, store.ErrUnreadable) {
			return nil, err
		}
		all = append(all, blocks.Listed{Grant: g, Opened: slices.ContainsFunc(d.Posts, isCard)})
	}
	return all, nil
}

// OpenCard has the card posted of a request that a list shows. It returns false if the card was
// requested before.
func (o *Outbox) OpenCard(ctx context.Context, id grant.ID) (opened bool, err error) {
	_, err = store.Update(ctx, o.store, func(ctx context.Context) (store.Tx, error) {
		d, err := o.store.Delivery(ctx, id)
		i := slices.IndexFunc(d.Posts, func(p store.Post) bool { return p.Kind == blocks.PostListed })
		if err == nil && (i < 0 || !d.Posts[i].Since.IsZero()) {
			err = errNotPosted
		}
		if err != nil {
			return store.Tx{}, err
		}
		now := o.now()
		d.Posts[i].Since = now.UTC().Round(0)
		return store.Tx{At: now, Deliveries: []store.Delivery{d},
			DueTimes: []grant.DueTime{{Worker: grant.NoticeWorker, ID: id, At: now}}}, nil
	})
	if errors.Is(err, errNotPosted) {
		return false, nil
	}
	return err == nil, err
}

// listEvery is the shortest time between two edits of a list, so that many decisions cause one.
const listEvery = 3 * time.Second

// edits spaces the edits of each list.
type edits struct {
	mu   sync.Mutex
	next map[string]time.Time // by timestamp of the list; after now: an edit is in progress, or was a moment ago
}

// begin returns when the list may be edited; a time that is not in the future begins an edit.
func (e *edits) begin(ts string) time.Time {
	e.mu.Lock()
	defer e.mu.Unlock()
	now := time.Now()
	if at := e.next[ts]; now.Before(at) {
		return at
	}
	if e.next == nil {
		e.next = map[string]time.Time{}
	}
	for ts, at := range e.next {
		if at.Before(now) {
			delete(e.next, ts)
		}
	}
	e.next[ts] = now.Add(time.Minute) // of a call that hangs
	return now
}

func (e *edits) end(ts string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.next[ts] = time.Now().Add(listEvery)
}
