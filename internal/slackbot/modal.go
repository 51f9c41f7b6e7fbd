package slackbot

import (
	"errors"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"s3share/internal/grant"
)

// What modals are made of. Every input stands in a block of the same name as its
// action, so that a value, and a refusal beside it, is found by one word.

func input(name, label string, element slack.BlockElement, optional bool) *slack.InputBlock {
	b := slack.NewInputBlock(name, plain(label, 2000), nil, element)
	b.Optional = optional
	return b
}

func line(name, initial, placeholder string) *slack.PlainTextInputBlockElement {
	in := slack.NewPlainTextInputBlockElement(nil, name)
	if placeholder != "" {
		in.Placeholder = plain(placeholder, 150)
	}
	in.InitialValue = initial
	return in
}

func lines(name, initial string) *slack.PlainTextInputBlockElement {
	in := line(name, initial, "")
	in.Multiline, in.MaxLength = true, maxReason
	return in
}

func option(value, text, description string) *slack.OptionBlockObject {
	o := slack.NewOptionBlockObject(value, plain(text, 75), nil)
	if description != "" {
		o.Description = plain(description, 75)
	}
	return o
}

// choice is a menu; the option whose value is chosen stands there already.
func choice(name, placeholder, chosen string, options ...*slack.OptionBlockObject) *slack.SelectBlockElement {
	s := slack.NewOptionsSelectBlockElement(slack.OptTypeStatic, plain(placeholder, 150), name, options...)
	for _, o := range options {
		if o.Value == chosen {
			s.InitialOption = o
		}
	}
	return s
}

// values are what somebody has filled in.
type values map[string]map[string]slack.BlockAction

func valuesOf(v slack.View) values {
	if v.State == nil {
		return nil
	}
	return v.State.Values
}

func (v values) text(name string) string { return strings.TrimSpace(v[name][name].Value) }

func (v values) chosen(name string) string { return v[name][name].SelectedOption.Value }

func (v values) person(name string) string { return v[name][name].SelectedUser }

func (v values) ticked(name string) bool { return len(v[name][name].SelectedOptions) > 0 }

func (v values) instant(name string) time.Time {
	if n := v[name][name].SelectedDateTime; n > 0 {
		return time.Unix(n, 0)
	}
	return time.Time{}
}

// beside is the answer to a submitted modal that says what is wrong beside the
// field it is about: in the block that at names for it, else in the first of them.
func beside(no *grant.Refusal, at map[grant.Field]string, otherwise string) *slack.ViewSubmissionResponse {
	block, known := at[no.Field]
	if !known {
		block = otherwise
	}
	return slack.NewErrorsViewSubmissionResponse(map[string]string{block: besideField(no)})
}

// refused returns err as a refusal, or nil.
func refused(err error) *grant.Refusal {
	var no *grant.Refusal
	if errors.As(err, &no) {
		return no
	}
	return nil
}

// terms are the lengths that menus offer.
var terms = []grant.Term{15, 30, 60, 2 * 60, 4 * 60, 8 * 60, 24 * 60, 3 * 24 * 60, 7 * 24 * 60, 14 * 24 * 60, 30 * 24 * 60, 90 * 24 * 60}

func termOptions(most grant.Term) (options []*slack.OptionBlockObject) {
	for _, t := range terms {
		if most == 0 || t <= most {
			options = append(options, option(t.String(), t.String(), ""))
		}
	}
	if len(options) == 0 {
		options = append(options, option(most.String(), most.String(), ""))
	}
	return options
}

// maxReason is the length of a reason in characters, as in the record.
const maxReason = 2000
