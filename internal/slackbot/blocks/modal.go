package blocks

import (
	"errors"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"s3share/internal/grant"
)

// MemoryLimit is Slack's limit for the memory of a modal, in characters.
const MemoryLimit = 3000

// A modal is the frame of a form. Slack sends memory back with the submitted form.
type modal struct{ callback, memory, title, submit, close string }

func (m modal) view(content []slack.Block) slack.ModalViewRequest {
	v := slack.ModalViewRequest{
		Type: slack.VTModal, CallbackID: m.callback, PrivateMetadata: m.memory,
		Title: Plain(m.title, 24), Close: Plain(m.close, 24), Blocks: slack.Blocks{BlockSet: content},
	}
	if m.submit != "" {
		v.Submit = Plain(m.submit, 24)
	}
	return v
}

// The parts of modals. Each input has a block and an action of the same name, so that one name
// finds its value and the place of a refusal.

func Input(name, label string, element slack.BlockElement, optional bool) *slack.InputBlock {
	b := slack.NewInputBlock(name, Plain(label, 2000), nil, element)
	b.Optional = optional
	return b
}

func Line(name, initial, placeholder string) *slack.PlainTextInputBlockElement {
	in := slack.NewPlainTextInputBlockElement(nil, name)
	if placeholder != "" {
		in.Placeholder = Plain(placeholder, 150)
	}
	in.InitialValue = initial
	return in
}

func Lines(name, initial string) *slack.PlainTextInputBlockElement {
	in := Line(name, initial, "")
	in.Multiline, in.MaxLength = true, MaxReason
	return in
}

func Option(value, text, description string) *slack.OptionBlockObject {
	o := slack.NewOptionBlockObject(value, Plain(text, 75), nil)
	if description != "" {
		o.Description = Plain(description, 75)
	}
	return o
}

// Choice returns a menu with an initial option.
func Choice(name, placeholder, chosen string, options ...*slack.OptionBlockObject) *slack.SelectBlockElement {
	s := slack.NewOptionsSelectBlockElement(slack.OptTypeStatic, Plain(placeholder, 150), name, options...)
	for _, o := range options {
		if o.Value == chosen {
			s.InitialOption = o
		}
	}
	return s
}

// Values holds the values of a submitted modal.
type Values map[string]map[string]slack.BlockAction

func ValuesOf(v slack.View) Values {
	if v.State == nil {
		return nil
	}
	return v.State.Values
}

func (v Values) Text(name string) string { return strings.TrimSpace(v[name][name].Value) }

func (v Values) Chosen(name string) string { return v[name][name].SelectedOption.Value }

func (v Values) Person(name string) string { return v[name][name].SelectedUser }

func (v Values) Ticked(name string) bool { return len(v[name][name].SelectedOptions) > 0 }

func (v Values) Instant(name string) time.Time {
	if n := v[name][name].SelectedDateTime; n > 0 {
		return time.Unix(n, 0)
	}
	return time.Time{}
}

// Beside returns the acknowledgement of a modal with a refusal beside its field: in the block that
// at names, or in the block otherwise.
func Beside(no *grant.Refusal, at map[grant.Field]string, otherwise string) *slack.ViewSubmissionResponse {
	block, known := at[no.Field]
	if !known {
		block = otherwise
	}
	return slack.NewErrorsViewSubmissionResponse(map[string]string{block: BesideField(no)})
}

// Refused returns err as a refusal, or nil.
func Refused(err error) *grant.Refusal {
	var no *grant.Refusal
	if errors.As(err, &no) {
		return no
	}
	return nil
}

// terms are the durations in menus.
var terms = []grant.Term{15, 30, 60, 2 * 60, 4 * 60, 8 * 60, 24 * 60, 3 * 24 * 60, 7 * 24 * 60, 14 * 24 * 60,
	30 * 24 * 60, 90 * 24 * 60}

func TermOptions(most grant.Term) (options []*slack.OptionBlockObject) {
	for _, t := range terms {
		if most == 0 || t <= most {
			options = append(options, Option(t.String(), t.String(), ""))
		}
	}
	if len(options) == 0 {
		options = append(options, Option(most.String(), most.String(), ""))
	}
	return options
}

// MaxReason is the length of a reason in characters, as in the record.
const MaxReason = 2000

// levelOption returns the option of a level, with its actions.
func levelOption(l grant.Level) *slack.OptionBlockObject {
	return Option(l.Name, l.Name, AllowsInWords(l))
}

// LoadingView stands in for a modal whose contents take long.
func LoadingView() slack.ModalViewRequest { return TextView(":hourglass_flowing_sand: Loading…") }

// UnreadableView replaces an unreadable submitted form. The typed text is lost.
func UnreadableView() slack.ModalViewRequest {
	return TextView("Nothing was submitted: I can't read this form. s3share may have been updated since you opened it. " +
		"Close it, open it again, and submit it once more.")
}

// TextView returns a modal with a text only.
func TextView(text string) slack.ModalViewRequest {
	return modal{callback: "said", title: "s3share", close: "Close"}.view([]slack.Block{Section(text)})
}
