package script

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"s3share/cmd/sandbox/world"
)

// act runs the act of one person, or of several at the same moment.
func (p people) act(ctx context.Context, line string) error {
	var names []string
	rest := line
	for more := true; more; {
		name, after, _ := strings.Cut(rest, " ")
		name, more = strings.CutSuffix(name, ",")
		names, rest = append(names, name), strings.TrimSpace(after)
	}
	for _, name := range names {
		if world.ID(name) == "" {
			return unknownWord(name)
		}
	}
	first := p.person(names[0])
	if whatever := first.careless(rest); whatever != nil {
		err := until(ctx, func() (bool, string) {
			return !p.w.Bot.Runs() || len(p.w.Slack.Conns()) > 0, "the bot is not connected"
		})
		if err != nil {
			return err
		}
		ctx, cancel := p.w.Bot.WhileItRuns(ctx)
		defer cancel()
		whatever(ctx)
		return nil
	}
	if err := p.w.Bot.Connected(ctx); err != nil {
		return err
	}
	if len(names) == 1 {
		return first.do(ctx, rest)
	}
	return p.together(ctx, names, rest)
}

// together lets several people press a button of the same message. All of them
// get their copy before the first press.
func (p people) together(ctx context.Context, names []string, does string) error {
	label, ok := strings.CutPrefix(does, "press ")
	if !ok {
		return errors.New("several people can only press a button")
	}
	m, err := p.screen.newestWithButton(ctx, world.ID(names[0]), label, "")
	if err != nil {
		return err
	}
	return atOnce(names, func(name string) error { return problem(p.person(name).as.Press(ctx, m, label)) })
}

func (p person) do(ctx context.Context, does string) error {
	verb, rest, _ := strings.Cut(does, " ")
	rest = strings.TrimSpace(rest)
	switch {
	case strings.HasPrefix(verb, "/"):
		return p.types(ctx, verb, rest)
	case verb == "press":
		return p.press(ctx, rest)
	case verb == "says":
		p.as.Say(p.channel, rest)
		return nil
	case verb == "in":
		var err error
		if p.channel, rest, err = p.place(rest); err != nil {
			return err
		}
		return p.do(ctx, rest)
	case verb == "dismisses":
		return p.dismiss(rest)
	case verb == "deny":
		if err := p.open(ctx, "the form"); err != nil {
			return err
		}
		return p.submit(ctx, rest)
	case verb == "insists":
		return p.insist(ctx, strings.TrimPrefix(rest, "on "))
	case verb == "looks" && strings.HasPrefix(rest, "up "):
		return p.lookUp(ctx, strings.TrimPrefix(rest, "up "))
	case verb == "looks":
		m, err := p.screen.newestWithButton(ctx, p.id, cmp.Or(strings.TrimPrefix(rest, "at "), "Approve"), "")
		p.remembered[p.name] = m
		return err
	case verb == "tries":
		return p.tries(ctx, rest)
	case verb == "enters":
		decision, reason, _ := strings.Cut(rest, " ")
		line, err := p.typing(map[string]string{"approve": "approves", "deny": "denies"}[decision] + " " + reason)
		if err != nil {
			return err
		}
		return p.types(ctx, "/s3share", line)
	case typed[verb] != "":
		line, err := p.typing(verb + " " + rest)
		if err != nil {
			return err
		}
		before := len(p.w.Slack.Ephemerals(p.id))
		if err := p.types(ctx, "/s3share", line); err != nil || verb != "approves" && verb != "denies" {
			return err
		}
		return p.confirm(ctx, before)
	}
	return p.inForm(ctx, verb, rest)
}

// place splits `#data-team says hello` into the id of the channel and the rest.
func (p person) place(rest string) (id, does string, err error) {
	name, does, _ := strings.Cut(rest, " ")
	for _, c := range p.w.Slack.Channels() {
		if "#"+c.Name == name {
			return c.ID, does, nil
		}
	}
	return "", "", fmt.Errorf("%q is not a channel", name)
}

// dismiss removes a message that only this person sees, by its number.
func (p person) dismiss(number string) error {
	all := p.w.Slack.Ephemerals(p.id)
	n, err := strconv.Atoi(number)
	if err != nil || n < 1 || n > len(all) {
		return fmt.Errorf("usage: %s dismisses 1; %d messages are visible only to %s", p.name, len(all), p.name)
	}
	p.w.Slack.Dismiss(all[n-1])
	return nil
}
