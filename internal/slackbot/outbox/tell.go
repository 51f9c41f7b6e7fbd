package outbox

import (
	"bytes"
	"context"
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
	"s3share/internal/slackbot/blocks"
)

// A Place is where to answer one person.
type Place struct {
	URL           string // a response URL
	Channel, User string // ids
}

// An Outcome is the result of sending an answer.
type Outcome int

const (
	Answered   Outcome = iota // Slack accepted it
	TurnedDown                // Slack refused every way
	Unanswered                // it may have been accepted, or Slack could not be reached
)

// Tell sends an ephemeral message: by the response URL, else in the channel, else directly. After
// an unknown Outcome it only repeats the same way once, so that the person reads the message at
// most twice.
func (o *Outbox) Tell(ctx context.Context, to Place, m blocks.Message) Outcome {
	ways := o.ways(ctx, to, m)
	if len(ways) == 0 {
		return TurnedDown
	}
	var err error
	for _, way := range ways {
		for range 2 {
			if err = way(); err == nil {
				return Answered
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
		o.log.WarnContext(ctx, "an answer is given without its blocks", "person", to.User, "err", err)
		return o.Tell(ctx, to, blocks.Message{Text: m.Text})
	}
	o.log.WarnContext(ctx, "an answer could not be given", "person", to.User, "err", err)
	if final {
		return TurnedDown
	}
	return Unanswered
}

// ways returns the ways to reach one person, the best first.
func (o *Outbox) ways(ctx context.Context, to Place, m blocks.Message) (ways []func() error) {
	if to.URL != "" {
		ways = append(ways, func() error { return o.Respond(ctx, to.URL, m, false) })
	}
	if to.Channel != "" && to.User != "" {
		ways = append(ways, func() error {
			_, err := o.api.PostEphemeralContext(ctx, to.Channel, to.User, m.Options()...)
			return err
		})
	}
	if to.User != "" {
		ways = append(ways, func() error {
			_, _, err := o.api.PostMessageContext(ctx, to.User, m.Options()...)
			return err
		})
	}
	return ways
}

// Respond answers by a response URL, which accepts five answers in half an hour. It can also
// replace the message of a button.
func (o *Outbox) Respond(ctx context.Context, to string, m blocks.Message, replace bool) error {
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
	res, err := o.http.Do(r)
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
