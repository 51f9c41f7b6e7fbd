package script

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"s3share/cmd/sandbox/world"
)

// shows waits until a place shows a text. With ! it checks that the place does
// not show the text now.
func (s screen) shows(ctx context.Context, line step) error {
	place, text, _ := strings.Cut(line.rest, " ")
	text = unquote(text)
	if err := isPlace(place); err != nil {
		return err
	}
	if !line.wanted {
		if s.times(place, text) > 0 {
			return fmt.Errorf("%s is shown %q", place, text)
		}
		return nil
	}
	if err := s.slack.Wait(ctx, func() bool { return s.times(place, text) > 0 }); err != nil {
		var shown []string
		for _, m := range s.messages(place) {
			shown = append(shown, m.Text)
		}
		return fmt.Errorf("%s is shown %q: %w", place, shown, err)
	}
	return nil
}

var calling = regexp.MustCompile(`<!(channel|here|everyone)`)

// pings reports whether a message in a place would notify the whole channel.
// Rich text cannot, because Slack does not read markup in it.
func (s screen) pings(_ context.Context, line step) error {
	for _, m := range s.messages(line.rest) {
		marked := m.Text
		markdown(m.Blocks, func(text string) { marked += text })
		if calling.MatchString(marked) != line.wanted {
			return fmt.Errorf("it reads %q", marked)
		}
	}
	return nil
}

// markdown calls f with each text of a message that Slack reads for markup.
func markdown(v any, f func(string)) {
	switch v := v.(type) {
	case []map[string]any:
		for _, one := range v {
			markdown(one, f)
		}
	case []any:
		for _, one := range v {
			markdown(one, f)
		}
	case map[string]any:
		if text, ok := v["text"].(string); ok && v["type"] == "mrkdwn" {
			f(text)
		}
		for _, one := range v {
			markdown(one, f)
		}
	}
}

// offers waits until a message that a person sees has a button, or until none
// has.
func (s screen) offers(ctx context.Context, line step) error {
	name, what, _ := strings.Cut(line.rest, " ")
	label, text, _ := strings.Cut(what, " of ")
	id := world.ID(name)
	if id == "" || label == "" {
		return errors.New("usage: offers rita LABEL, or offers rita LABEL of TEXT")
	}
	err := s.slack.Wait(ctx, func() bool { return (len(s.buttons(id, label, text)) > 0) == line.wanted })
	if err != nil {
		return fmt.Errorf("%s sees the buttons %s: %w", name, s.labels(id), err)
	}
	return nil
}

// home waits until a person's Home tab shows a text, or does not: `home rita
// 'text'`.
func (s screen) home(ctx context.Context, line step) error {
	name, text, _ := strings.Cut(line.rest, " ")
	text = unquote(text)
	if world.ID(name) == "" {
		return unknownWord(name)
	}
	shown := func() string {
		if v := s.slack.Home(world.ID(name)); v != nil {
			return v.Plain()
		}
		return ""
	}
	err := s.slack.Wait(ctx, func() bool { return strings.Contains(shown(), text) == line.wanted })
	if err != nil {
		return fmt.Errorf("the Home of %s shows %q: %w", name, shown(), err)
	}
	return nil
}

// file waits until a person has received a file that contains a text: `file
// rita 'text'`.
func (s screen) file(ctx context.Context, line step) error {
	name, text, _ := strings.Cut(line.rest, " ")
	text = unquote(text)
	content := func() (all string) {
		for _, m := range s.slack.DMs(world.ID(name)) {
			for _, f := range m.Files {
				all += f.Name + "\n" + string(f.Content) + "\n"
			}
		}
		return all
	}
	if !line.wanted {
		if strings.Contains(content(), text) {
			return errors.New("it has")
		}
		return nil
	}
	if err := s.slack.Wait(ctx, func() bool { return strings.Contains(content(), text) }); err != nil {
		return fmt.Errorf("the files of %s are %q: %w", name, content(), err)
	}
	return nil
}

var counted = regexp.MustCompile(`^(\S+)\s+(.*?)\s*(==|<=|>=)\s*([0-9]+)$`)

// compare parses `PLACE TEXT == 2` and compares the number.
func compare(rest string, number func(what, text string) int) error {
	m := counted.FindStringSubmatch(rest)
	if m == nil {
		return errors.New("end the line with == 2, <= 2 or >= 2")
	}
	have := number(m[1], unquote(m[2]))
	want, _ := strconv.Atoi(m[4])
	if map[string]bool{"==": have == want, "<=": have <= want, ">=": have >= want}[m[3]] {
		return nil
	}
	return fmt.Errorf("it is %d", have)
}

func (s screen) count(_ context.Context, line step) error {
	place, _, _ := strings.Cut(line.rest, " ")
	if err := isPlace(place); err != nil {
		return err
	}
	return compare(line.rest, s.times)
}

// told waits until count holds, over several people if the line says so.
func (s screen) told(ctx context.Context, line step) error {
	return until(ctx, func() (bool, string) {
		err := compare(line.rest, func(names, text string) (n int) {
			for name := range strings.SplitSeq(names, "|") {
				n += s.times(name, text)
			}
			return n
		})
		return err == nil, fmt.Sprint(err)
	})
}

func unquote(s string) string {
	s = strings.TrimSpace(s)
	if len(s) > 1 && (s[0] == '\'' || s[0] == '"') && s[len(s)-1] == s[0] {
		return s[1 : len(s)-1]
	}
	return s
}
