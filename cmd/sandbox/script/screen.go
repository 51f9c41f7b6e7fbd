package script

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"s3share/cmd/sandbox/world"
	"s3share/internal/sim/slacksim"
)

// screen finds what people see in Slack.
type screen struct{ slack *slacksim.Workspace }

// posted returns the messages of the channels where cards are posted.
func (s screen) posted() []slacksim.Message {
	return slices.Concat(s.slack.Messages("C0ADMIN"), s.slack.Messages("C0TEAM"))
}

func isPlace(place string) error {
	if place == "#s3-admins" || place == "#data-team" || world.ID(place) != "" {
		return nil
	}
	return fmt.Errorf("%q is not a place; use #s3-admins, #data-team or one of %s", place,
		strings.Join(world.Names(), ", "))
}

// messages returns the messages of a place: a channel, or those to a person.
func (s screen) messages(place string) []slacksim.Message {
	switch place {
	case "#s3-admins":
		return s.slack.Messages("C0ADMIN")
	case "#data-team":
		return s.slack.Messages("C0TEAM")
	}
	id := world.ID(place)
	return slices.Concat(s.slack.DMs(id), s.slack.Ephemerals(id))
}

// times counts the messages of a place that contain a text.
func (s screen) times(place, text string) (n int) {
	for _, m := range s.messages(place) {
		if strings.Contains(m.Text+"\n"+m.Plain(), text) {
			n++
		}
	}
	return n
}

// buttons returns the messages that a person sees with this button and text,
// newest last.
func (s screen) buttons(user, label, text string) (found []slacksim.Message) {
	for _, m := range slices.Concat(s.posted(), s.slack.DMs(user), s.slack.Ephemerals(user)) {
		if _, has := m.Button(label); has && strings.Contains(m.Text+"\n"+m.Plain(), text) {
			found = append(found, m)
		}
	}
	return found
}

// waitForButton waits for messages with a button and a text.
func (s screen) waitForButton(ctx context.Context, user, label, text string) ([]slacksim.Message, error) {
	var found []slacksim.Message
	err := s.slack.Wait(ctx, func() bool { found = s.buttons(user, label, text); return len(found) > 0 })
	if err != nil {
		return nil, fmt.Errorf("there is no button %q to press; there is %s", label, s.labels(user))
	}
	return found, nil
}

// newestWithButton waits for a message with a button and a text.
func (s screen) newestWithButton(ctx context.Context, user, label, text string) (slacksim.Message, error) {
	found, err := s.waitForButton(ctx, user, label, text)
	if err != nil {
		return slacksim.Message{}, err
	}
	return found[len(found)-1], nil
}

// labels lists the buttons that a person sees.
func (s screen) labels(user string) string {
	var all []string
	for _, m := range slices.Concat(s.posted(), s.slack.DMs(user), s.slack.Ephemerals(user)) {
		for _, b := range m.Buttons() {
			if !slices.Contains(all, b.Label) {
				all = append(all, b.Label)
			}
		}
	}
	if len(all) == 0 {
		return "none"
	}
	return strings.Join(all, ", ")
}

// cards returns all posted requests, decided or not.
func (s screen) cards() []slacksim.Message {
	return slices.DeleteFunc(s.posted(), func(m slacksim.Message) bool {
		return !requests.MatchString(m.Text) &&
			!slices.ContainsFunc(m.History, func(v slacksim.Version) bool { return requests.MatchString(v.Text) })
	})
}

// requests matches the text of a card: of a request, of an extension or of a break-glass.
var requests = regexp.MustCompile(`> request(s|ed) .*( access(:| to) | more: )|> [a-z ]+ access with break-glass: `)

var cardID = regexp.MustCompile("`([0-9A-Z]{8})`")

// newestRequest returns the id of the newest request.
func (s screen) newestRequest() (string, error) {
	for _, m := range slices.Backward(s.cards()) {
		if id := cardID.FindStringSubmatch(m.Plain()); id != nil {
			return id[1], nil
		}
	}
	return "", errors.New("there is no request yet")
}

var expiry = regexp.MustCompile(`until <!date\^([0-9]+)\^|<!date\^([0-9]+)\^until |` +
	`Access ends in [^<]*<!date\^([0-9]+)\^`)

// lastExpiry returns the expiry in the newest notice that has one.
func (s screen) lastExpiry() (at time.Time) {
	newest := ""
	for _, name := range world.Names() {
		for _, m := range s.slack.DMs(world.ID(name)) {
			if all := expiry.FindAllStringSubmatch(m.Text, -1); all != nil && m.TS > newest {
				found := all[len(all)-1]
				n, _ := strconv.ParseInt(cmp.Or(found[1:]...), 10, 64)
				newest, at = m.TS, time.Unix(n, 0)
			}
		}
	}
	return at
}
