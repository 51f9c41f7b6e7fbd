package alarm

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"s3share/internal/backoff"
)

// A Channel is the admin channel. Its errors wrap ErrRefused or ErrLost where these apply;
// after any other error of Post the message may exist.
type Channel interface {
	// Post posts a line, in the thread of a message unless that is zero.
	Post(ctx context.Context, text string, thread Message, urgent bool) (Message, error)
	Edit(ctx context.Context, m Message, text string) error
	// Escape returns a plain text as Post and Edit take it.
	Escape(text string) string
}

var (
	ErrRefused = errors.New("nothing was posted") // a retry may help
	ErrLost    = errors.New("the message cannot be reached any more")
)

// A delivery posts the alerts of a board.
type delivery struct {
	Board
	channel Channel
	refused map[int]bool // alerts whose last post certainly had no effect
}

// pauses' first pause is also the interval between two checks.
var pauses = backoff.Backoff{First: time.Second, Max: time.Minute}

// Run posts alerts and their ends in order until ctx ends. Calls in flight end with linger, so that
// a stop leaves no post with an unknown outcome. Run backs off while Slack fails.
func (b Board) Run(ctx, linger context.Context, channel Channel) {
	d := delivery{b, channel, map[int]bool{}}
	for failures := 0; ; {
		switch err := d.flush(linger); {
		case ctx.Err() != nil:
			return
		case err != nil:
			failures++
			b.Log.WarnContext(ctx, "an alert could not be posted; retrying", "in", pauses.Pause(failures), "err", err)
		default:
			failures = 0
		}
		if !backoff.Wait(ctx, pauses.Pause(failures)) {
			return
		}
	}
}

// flush posts everything that is due.
func (d delivery) flush(ctx context.Context) error {
	all, _, err := d.read(ctx)
	if err != nil {
		return err
	}
	slices.SortStableFunc(all, func(a, b raised) int {
		switch {
		case a.Urgent && !b.Urgent:
			return -1
		case b.Urgent && !a.Urgent:
			return 1
		}
		return 0
	})
	for _, r := range all {
		switch {
		case !r.Posted:
			err = d.post(ctx, r)
		case !r.Ended.IsZero():
			err = d.end(ctx, r)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// post posts an alert and records its place. The alert of a condition that has ended
// meanwhile is posted together with its end.
func (d delivery) post(ctx context.Context, r raised) error {
	if r.Key != "" {
		again := r.Tried && !d.refused[r.ID] // an earlier post may have taken effect
		err := d.change(ctx, r.ID, r.Text, func(now *raised) bool {
			now.Tried, now.Unsure = true, now.Unsure || again
			return true
		})
		if err != nil {
			return err
		}
	}
	text := r.Text
	if !r.Ended.IsZero() {
		text = r.resolved()
	}
	m, err := d.channel.Post(ctx, d.escaped(r, text), Message{}, r.Urgent)
	if d.refused[r.ID] = errors.Is(err, ErrRefused); err != nil {
		return err
	}
	if r.Key == "" || !r.Ended.IsZero() {
		return d.remove(ctx, r)
	}
	return d.change(ctx, r.ID, r.Text, func(now *raised) bool {
		now.Posted, now.Message = true, m
		return true
	})
}

// end edits the alert of a condition that is over, and answers it in its thread. If a
// copy of the alert may stand elsewhere, the answer is a line of its own.
func (d delivery) end(ctx context.Context, r raised) error {
	lasts := false
	err := d.change(ctx, r.ID, r.Text, func(now *raised) bool {
		lasts = now.Ended.IsZero() // it began again meanwhile
		now.Closed = !lasts
		return true
	})
	if err != nil || lasts {
		return err
	}
	var thread Message
	if r.Message.TS != "" {
		switch err := d.channel.Edit(ctx, r.Message, d.escaped(r, r.resolved())); {
		case errors.Is(err, ErrLost):
			d.Log.WarnContext(ctx, "an alert stays as it was raised", "alert", r.Text, "err", err)
		case err != nil:
			return err
		case !r.Unsure:
			thread = r.Message
		}
	}
	_, err = d.channel.Post(ctx, d.escaped(r, r.ending()), thread, false)
	if errors.Is(err, ErrLost) {
		_, err = d.channel.Post(ctx, d.escaped(r, r.ending()), Message{}, false)
	}
	if err != nil {
		return err
	}
	return d.remove(ctx, r)
}

// remove forgets an alert that needs nothing more. A condition that began again meanwhile
// is raised again.
func (d delivery) remove(ctx context.Context, r raised) error {
	delete(d.refused, r.ID)
	return d.change(ctx, r.ID, r.Text, func(now *raised) bool {
		if r.Key == "" || !now.Ended.IsZero() {
			return false
		}
		*now = raised{ID: now.ID, Key: now.Key, Text: now.Text, Since: d.Now(), Urgent: now.Urgent, Escaped: now.Escaped}
		return true
	})
}

// escaped returns a text about an alert as the channel takes it.
func (d delivery) escaped(r raised, text string) string {
	if r.Escaped {
		return text
	}
	return d.channel.Escape(text)
}

// ending returns the line about the end of a condition.
func (r raised) ending() string {
	text := cmp.Or(r.Act, "Resolved") + " after " + Lasted(r.Ended.Sub(r.Since))
	if r.How != "" {
		text += ": " + strings.TrimSuffix(r.How, ".")
	}
	return text + "."
}

// resolved returns the alert after the end of its condition.
func (r raised) resolved() string { return Struck(r.Text) + " " + r.ending() }

// struckAtMost bounds the old text of a message, so that there is room for its end.
const struckAtMost = 2500

// Struck returns a text struck through, line by line.
func Struck(text string) string {
	text = strings.ReplaceAll(text, "~", "∼")
	if r := []rune(text); len(r) > struckAtMost {
		text = string(r[:struckAtMost]) + "…"
	}
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		if strings.TrimSpace(line) != "" {
			lines[i] = "~" + strings.TrimSpace(line) + "~"
		}
	}
	return strings.Join(lines, "\n")
}

// Lasted formats the length of a condition: "40 s", "4 min", "3 h", "2 days".
func Lasted(d time.Duration) string {
	d = d.Abs() // the clock may have been set back
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	case d < 2*time.Hour:
		return fmt.Sprintf("%d min", int(d.Round(time.Minute).Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h", int(d.Round(time.Hour).Hours()))
	}
	return fmt.Sprintf("%d days", int(d.Round(24*time.Hour).Hours()/24))
}
