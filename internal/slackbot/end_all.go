package slackbot

import (
	"context"
	"encoding/json"
	"sync"
	"time"

	"github.com/slack-go/slack"

	"s3share/internal/commands"
	"s3share/internal/slackbot/blocks"
)

// A typed end-all without "now" only opens a modal, which lists the grants that it would end. The
// submitted modal is the act: it stores the typed text, so that the journal, the order of acts and a
// replay treat it like an end-all that was typed with "now".

// endAllWithin is the longest time to open the modal. It is short: in an incident the answer with the
// command that needs no modal must come soon.
const endAllWithin = 3 * time.Second

// A noModal is the answer to a command whose modal has nothing to confirm.
type noModal struct{ answer commands.Answer }

func (noModal) Error() string { return "nothing to confirm" }

// A listedEndAll is the private metadata of the modal.
type listedEndAll struct {
	Text           string
	Listed         commands.Listed
	Reply, Channel string // where the command was typed and is answered
}

// openEndAll opens the modal. If it cannot be opened, the answer has the number of grants and the
// command that ends them.
func (m *modals) openEndAll(ctx context.Context, call commands.Invocation, o opening, text string) {
	preview := sync.OnceValues(func() (commands.EndAllPreview, error) {
		return m.service.PreviewEndAll(ctx, call, text)
	})
	o.within = endAllWithin
	o.unopened = func() (commands.Answer, error) {
		p, err := preview()
		return p.Unconfirmed(), err
	}
	m.openModal(ctx, o.or("Type the command again."), func(context.Context) (slack.ModalViewRequest, error) {
		p, err := preview()
		if err != nil {
			return slack.ModalViewRequest{}, err
		}
		listed := commands.Listed{Grants: len(p.Grants), At: p.At}
		memory, _ := json.Marshal(listedEndAll{text, listed, o.to.URL, o.to.Channel}) // cannot fail for such values
		if len(p.Grants) == 0 || len([]rune(string(memory))) > blocks.MemoryLimit {
			return slack.ModalViewRequest{}, noModal{p.Unconfirmed()}
		}
		return blocks.EndAllView(p, string(memory)), nil
	})
}

// sentEndAll reads the submitted modal into an act.
func sentEndAll(in slack.InteractionCallback, a act) (act, bool) {
	var l listedEndAll
	if json.Unmarshal([]byte(in.View.PrivateMetadata), &l) != nil {
		return a, false
	}
	a.Verb, _ = commands.TypedVerb(l.Text)
	a.Text, a.Listed, a.Reply, a.Channel = l.Text, &l.Listed, l.Reply, l.Channel
	return a, a.Verb == commands.EndAll
}
