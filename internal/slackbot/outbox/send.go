package outbox

import (
	"context"
	"errors"
	"time"

	"s3share/internal/slackbot/blocks"
)

// waiting means that a message must wait for its turn.
type waiting struct{ until time.Time }

func (w waiting) Error() string { return "waiting for Slack's pace" }

// post posts a message at its turn. If Slack refuses a message permanently, post tries a plainer
// form, and then the admin channel. If Slack neither accepted nor refused the call, the message may
// exist, and a retry may post a duplicate: finding it needs a scope that the bot should not have. A
// click on the duplicate does not count, and replaces it.
func (o *Outbox) post(ctx context.Context, to, holder string, c class, m blocks.Message) (
	channel, ts string, err error) {
	channel, ts, err = o.postInto(ctx, to, holder, c, m)
	o.outages.notePost(ctx, to, err)
	if IsPermanent(err) && to != o.Admins.channel && !isPerson(to) && m.Thread == "" {
		channel, ts, err = o.postInto(ctx, o.Admins.channel, holder, c, m)
		o.outages.notePost(ctx, o.Admins.channel, err)
	}
	return channel, ts, err
}

// postInto posts into one channel, in a plainer form if Slack refuses the first one.
func (o *Outbox) postInto(ctx context.Context, to, holder string, c class, m blocks.Message) (
	channel, ts string, err error) {
	if at := o.limiter.reserve(to, holder, c); time.Now().Before(at) {
		return "", "", waiting{at}
	}
	channel, ts, err = o.postNow(ctx, to, holder, c, m)
	if IsPermanent(err) && !Unreachable(err) && len(m.Blocks) > 0 {
		o.log.WarnContext(ctx, "a message is posted in a plainer form", "channel", to, "err", err)
		channel, ts, err = o.postNow(ctx, to, holder, c, m.Plainer(err))
	}
	return channel, ts, err
}

func (o *Outbox) postNow(ctx context.Context, to, holder string, c class, m blocks.Message) (
	channel, ts string, err error) {
	channel, ts, err = o.api.PostMessageContext(ctx, to, m.Options()...)
	if wait, limited := LimitedFor(err); limited {
		o.limiter.pushBack(to, wait)
		return "", "", waiting{o.limiter.reserve(to, holder, c)}
	}
	if err == nil && ts == "" {
		err = errors.New("chat.postMessage: Slack's answer has no timestamp")
	}
	if err != nil && !refusedBySlack(err) && !neverSent(err) {
		err = unknown{err}
	}
	return channel, ts, err
}

// unknown means that it is unknown whether a message was posted.
type unknown struct{ error }

func (u unknown) Unwrap() error { return u.error }

// update updates a message at its turn.
func (o *Outbox) update(ctx context.Context, channel, ts string, c class, m blocks.Message) error {
	if at := o.limiter.reserve(updating, channel+" "+ts, c); time.Now().Before(at) {
		return waiting{at}
	}
	_, _, _, err := o.api.UpdateMessageContext(ctx, channel, ts, m.Options()...)
	if IsPermanent(err) && !lost(err) && len(m.Blocks) > 0 {
		o.log.WarnContext(ctx, "a message is updated in a plainer form", "channel", channel, "err", err)
		_, _, _, err = o.api.UpdateMessageContext(ctx, channel, ts, m.Plainer(err).Options()...)
	}
	if wait, limited := LimitedFor(err); limited {
		o.limiter.pauseUpdates(wait)
		return waiting{o.limiter.reserve(updating, channel+" "+ts, c)}
	}
	return err
}

func isWaiting(err error) bool { return errors.As(err, new(waiting)) }
