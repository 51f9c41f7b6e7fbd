package slackbot

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/slack-go/slack"

	"s3share/internal/grant"
)

const (
	sideBySide = 8
	dueAtOnce  = 200
)

// deliver makes Slack agree with the records until ctx ends.
func (b *Bot) deliver(ctx context.Context) {
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	slots := make(chan struct{}, sideBySide)
	var all sync.WaitGroup
	defer all.Wait()
	for {
		ids, err := b.Store.Due(ctx, grant.SlackLoop, b.Now(), dueAtOnce)
		if err != nil && ctx.Err() == nil {
			b.Log.ErrorContext(ctx, "reading what is to be told", "err", err)
		}
		for _, id := range ids {
			if !b.posts.begin(id) {
				continue // it is being told
			}
			slots <- struct{}{}
			all.Go(func() {
				defer func() { <-slots; b.posts.end(id) }()
				b.guard(func() { b.bring(context.WithoutCancel(ctx), id) })
			})
		}
		select {
		case <-ctx.Done():
			return
		case <-b.Kick:
		case <-b.posts.done:
		case <-ticker.C:
		}
	}
}

// bring brings what Slack shows of one grant up to date, and says when it has to
// be looked at again.
func (b *Bot) bring(ctx context.Context, id grant.ID) {
	g, err := b.Store.Get(ctx, id)
	if err != nil {
		b.Log.ErrorContext(ctx, "reading a grant", "grant", id, "err", err)
		return
	}
	d, err := b.Store.Delivery(ctx, id)
	if err != nil {
		b.Log.ErrorContext(ctx, "reading a delivery", "grant", id, "err", err)
		return
	}
	if err := b.project(ctx, g, &d); err != nil {
		b.failed(ctx, d, err)
		return
	}
	d.Tries, d.Fault = 0, ""
	err = b.Store.Commit(ctx, grant.Change{At: b.Now(), Deliveries: []grant.Delivery{d},
		Wakes: []grant.Wake{{Loop: grant.SlackLoop, ID: id}}, Expect: []grant.Expect{{ID: id, Version: g.Version}}})
	if err != nil && !errors.Is(err, grant.ErrConflict) { // a conflict: there is more to tell, and it is due
		b.Log.ErrorContext(ctx, "recording a delivery", "grant", id, "err", err)
	}
}

// project tells what was not told, then redraws the card. What went out is
// recorded at once, each by itself.
func (b *Bot) project(ctx context.Context, g grant.Grant, d *grant.Delivery) error {
	if err := b.drawCard(ctx, g, d); err != nil {
		return err
	}
	for d.Told < len(g.History) {
		for i, n := range notices(g, g.History[d.Told]) {
			if b.sent(*d, d.Told, i) {
				continue
			}
			if err := b.send(ctx, g, d, n, i); err != nil {
				return err
			}
		}
		d.Told++
		if err := b.save(ctx, d); err != nil {
			return err
		}
	}
	return nil
}

// sent reports whether the i-th notice of an event went out before.
func (b *Bot) sent(d grant.Delivery, event, i int) bool {
	return slices.ContainsFunc(d.Posts, func(p grant.Post) bool { return p.Kind != postCard && p.Event == event*8+i })
}

func (b *Bot) save(ctx context.Context, d *grant.Delivery) error {
	if err := b.Store.Commit(ctx, grant.Change{At: b.Now(), Deliveries: []grant.Delivery{*d}}); err != nil {
		return err
	}
	d.Version++
	return nil
}

func (b *Bot) drawCard(ctx context.Context, g grant.Grant, d *grant.Delivery) error {
	i := slices.IndexFunc(d.Posts, func(p grant.Post) bool { return p.Kind == postCard })
	if i < 0 && (g.State != grant.Pending && g.Last(grant.Check) == nil) {
		return nil
	}
	m := card(g)
	if i < 0 {
		channel, ts, err := b.post(ctx, g.Rule.Channel, m)
		if err != nil {
			return err
		}
		d.Posts = append(d.Posts, grant.Post{Kind: postCard, Channel: channel, TS: ts, Digest: m.digest()})
		return b.save(ctx, d)
	}
	if d.Posts[i].Digest == m.digest() {
		return nil
	}
	_, _, _, err := b.api.UpdateMessageContext(ctx, d.Posts[i].Channel, d.Posts[i].TS, quiet(m.text, slack.MsgOptionBlocks(m.blocks...))...)
	if err != nil && err.Error() == "message_not_found" { // somebody deleted it: post another
		d.Posts = slices.Delete(d.Posts, i, i+1)
		if err := b.save(ctx, d); err != nil {
			return err
		}
		return b.drawCard(ctx, g, d)
	}
	if err != nil {
		return err
	}
	d.Posts[i].Digest = m.digest()
	return b.save(ctx, d)
}

// send sends one notice and records it.
func (b *Bot) send(ctx context.Context, g grant.Grant, d *grant.Delivery, n notice, i int) error {
	if n.reply && d.Reply != "" && b.Now().Before(d.ReplyBy) && b.respond(ctx, d.Reply, n.message) == nil {
		return nil
	}
	to := []string{g.Requester.User}
	switch n.to {
	case toChannel:
		to = []string{g.Rule.Channel}
	case toAdmins:
		to = []string{b.AdminChannel}
	case toRequester:
		if !g.Beneficiary.Same(g.Requester) {
			to = append(to, g.Beneficiary.User)
		}
	}
	for _, one := range to {
		channel, ts, err := b.post(ctx, one, n.message)
		if err != nil && n.to == toRequester && unreachable(err) {
			b.Log.WarnContext(ctx, "a person cannot be told", "grant", g.ID, "person", one, "err", err)
			continue
		}
		if err != nil {
			return err
		}
		d.Posts = append(d.Posts, grant.Post{Kind: n.kind, Event: d.Told*8 + i, Channel: channel, TS: ts, Digest: n.digest()})
	}
	return b.save(ctx, d)
}

// post posts a message; into the admin channel if its own cannot be posted to.
func (b *Bot) post(ctx context.Context, to string, m message) (channel, ts string, err error) {
	options := quiet(m.text)
	if len(m.blocks) > 0 {
		options = append(options, slack.MsgOptionBlocks(m.blocks...))
	}
	channel, ts, err = b.api.PostMessageContext(ctx, to, options...)
	if err != nil && to != b.AdminChannel && to != "" && to[0] != 'U' && to[0] != 'W' && unreachable(err) {
		b.Log.ErrorContext(ctx, "a channel cannot be posted to: using the admin channel", "channel", to, "err", err)
		return b.api.PostMessageContext(ctx, b.AdminChannel, options...)
	}
	return channel, ts, err
}

func unreachable(err error) bool {
	return slices.Contains([]string{"channel_not_found", "not_in_channel", "is_archived", "user_not_found", "cannot_dm_bot",
		"user_disabled", "messages_tab_disabled", "restricted_action"}, err.Error())
}

// failed records that Slack did not take something, and when to try again.
func (b *Bot) failed(ctx context.Context, d grant.Delivery, cause error) {
	d.Tries++
	d.Fault = cause.Error()
	b.Log.WarnContext(ctx, "telling people is tried again", "grant", d.ID, "tries", d.Tries, "err", cause)
	at := b.Now().Add(retryAfter(cause, d.Tries))
	err := b.Store.Commit(ctx, grant.Change{At: b.Now(), Deliveries: []grant.Delivery{d}, Wakes: []grant.Wake{{Loop: grant.SlackLoop, ID: d.ID, At: at}}})
	if err != nil {
		b.Log.ErrorContext(ctx, "recording a delivery", "grant", d.ID, "err", err)
	}
}

// retryAfter returns how long to wait: what Slack says, or longer each time.
func retryAfter(err error, tries int) time.Duration {
	var limited *slack.RateLimitedError
	if errors.As(err, &limited) {
		return limited.RetryAfter
	}
	d := min(5*time.Minute, time.Second<<min(tries, 9))
	return d + time.Duration(rand.Int64N(int64(d)/4+1))
}

// posting is which grants are being told of just now.
type posting struct {
	done chan struct{}

	mu   sync.Mutex
	busy map[grant.ID]chan struct{}
}

func newPosting() *posting {
	return &posting{done: make(chan struct{}, 1), busy: map[grant.ID]chan struct{}{}}
}

func (p *posting) begin(id grant.ID) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, busy := p.busy[id]; busy {
		return false
	}
	p.busy[id] = make(chan struct{})
	return true
}

func (p *posting) end(id grant.ID) {
	p.mu.Lock()
	close(p.busy[id])
	delete(p.busy, id)
	p.mu.Unlock()
	select {
	case p.done <- struct{}{}:
	default:
	}
}

// wait waits, for up to ten seconds, until what is being told of a grant is told.
func (p *posting) wait(ctx context.Context, id grant.ID) {
	p.mu.Lock()
	busy := p.busy[id]
	p.mu.Unlock()
	if busy == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	select {
	case <-busy:
	case <-ctx.Done():
	}
}
