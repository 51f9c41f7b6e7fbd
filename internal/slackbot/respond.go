package slackbot

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/slack-go/slack"

	"s3share/internal/backoff"
	"s3share/internal/commands"
	"s3share/internal/grant"
	"s3share/internal/slackbot/blocks"
)

// A place is where to answer one person.
type place struct{ url, channel, user string }

// answer sends one person the result of their act.
func (b *Bot) answer(ctx context.Context, to place, a commands.Answer, err error) {
	m, file := b.worded(ctx, to.user, a, err)
	if file != nil {
		if err := b.sendFile(ctx, to.user, *file); err != nil {
			m, _ = b.worded(ctx, to.user, commands.Answer{}, err)
		}
	}
	b.tell(ctx, to, m)
}

// worded formats an answer. A fault is logged under a reference, and the person gets only the
// reference.
func (b *Bot) worded(ctx context.Context, user string, a commands.Answer, err error) (blocks.Message, *commands.File) {
	var no *grant.Refusal
	switch {
	case errors.As(err, &no):
		return blocks.Message{Text: blocks.RefusalText(no)}, nil
	case err != nil:
		ref := rand.Text()[:8]
		b.Log.ErrorContext(ctx, "a fault while doing what somebody asked", "reference", ref, "person", user, "err", err)
		return blocks.Message{Text: blocks.FaultText(ref)}, nil
	}
	return blocks.AnswerMessage(a), a.File
}

// tell sends an ephemeral message: by the response URL, else in the channel, else directly. After
// an unknown outcome it only repeats the same way once, so that the person reads the message at
// most twice.
func (b *Bot) tell(ctx context.Context, to place, m blocks.Message) outcome {
	ways := b.ways(ctx, to, m)
	if len(ways) == 0 {
		return turnedDown
	}
	var err error
	for _, way := range ways {
		for range 2 {
			if err = way(); err == nil {
				return answered
			}
			if told := refusedBySlack(err) && !isLimited(err); told ||
				!backoff.Wait(ctx, min(5*time.Second, retryAfter(err, 0))) {
				break
			}
		}
		if !refusedBySlack(err) && !neverSent(err) {
			break
		}
	}
	final := refusedBySlack(err) && !isLimited(err)
	if final && len(m.Blocks) > 0 { // the blocks may be refused, most likely a table; the text has the same
		b.Log.WarnContext(ctx, "an answer is given without its blocks", "person", to.user, "err", err)
		return b.tell(ctx, to, blocks.Message{Text: m.Text})
	}
	b.Log.WarnContext(ctx, "an answer could not be given", "person", to.user, "err", err)
	if final {
		return turnedDown
	}
	return unanswered
}

// ways returns the ways to reach one person, the best first.
func (b *Bot) ways(ctx context.Context, to place, m blocks.Message) (ways []func() error) {
	if to.url != "" {
		ways = append(ways, func() error { return b.respond(ctx, to.url, m, false) })
	}
	if to.channel != "" && to.user != "" {
		ways = append(ways, func() error {
			_, err := b.api.PostEphemeralContext(ctx, to.channel, to.user, m.Options()...)
			return err
		})
	}
	if to.user != "" {
		ways = append(ways, func() error {
			_, _, err := b.api.PostMessageContext(ctx, to.user, m.Options()...)
			return err
		})
	}
	return ways
}

// respond answers by a response URL, which accepts five answers in half an hour. It can also
// replace the message of a button.
func (b *Bot) respond(ctx context.Context, to string, m blocks.Message, replace bool) error {
	off := false
	hook := slack.WebhookMessage{Text: m.Text, ResponseType: slack.ResponseTypeEphemeral, ReplaceOriginal: replace,
		UnfurlLinks: &off, UnfurlMedia: &off}
	if len(m.Blocks) > 0 {
		hook.Blocks = &slack.Blocks{BlockSet: m.WithinBudget().Blocks}
	}
	body, err := json.Marshal(hook)
	if err != nil {
		return fmt.Errorf("writing an answer: %w", err)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, to, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("writing an answer: %w", withoutURL(err))
	}
	r.Header.Set("Content-Type", "application/json")
	res, err := b.http.Do(r)
	if err != nil {
		return fmt.Errorf("answering: %w", withoutURL(err))
	}
	defer res.Body.Close()
	return responded(res)
}

// withoutURL removes a response URL from an error for the log: the URL lets its holder answer.
func withoutURL(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

// responded reads Slack's reply to an answer: a status, "ok", or JSON as in the Web API, which has
// status 200 even for a refusal.
func responded(res *http.Response) error {
	text, err := io.ReadAll(io.LimitReader(res.Body, 1<<16))
	if res.StatusCode == http.StatusTooManyRequests {
		seconds, _ := strconv.Atoi(res.Header.Get("Retry-After"))
		return &slack.RateLimitedError{RetryAfter: time.Duration(max(1, seconds)) * time.Second}
	}
	if res.StatusCode != http.StatusOK {
		return slack.StatusCodeError{Code: res.StatusCode, Status: res.Status}
	}
	var said struct {
		OK    *bool  `json:"ok"`
		Error string `json:"error"`
	}
	if json.Unmarshal(text, &said) == nil && said.OK != nil && !*said.OK {
		return slack.SlackErrorResponse{Err: said.Error}
	}
	return err
}
