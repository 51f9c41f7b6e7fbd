package slackbot

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/slack-go/slack"

	"s3share/internal/commands"
	"s3share/internal/grant"
	"s3share/internal/slackbot/blocks"
	"s3share/internal/store"
)

// A typed decision names only the id of a request. It counts for the revision on the card, if the
// card has shown it for a while, so that the person can have read it. Otherwise a modal shows the
// request and asks for confirmation.
const cardStands = 30 * time.Second

// notShown is a revision that no request has, so it decides nothing.
const notShown = -1

// A decided holds the private metadata of the modal.
type decided struct {
	Verb     commands.Verb
	ID       grant.ID
	Revision int

	Reply, Channel string // where the command was typed and is answered
}

// pin sets the revision of a typed decision to the one on the card at its receipt, and replaces a
// click on a retry button by its act. It returns false if the person has to confirm first.
func (b *Bot) pin(ctx context.Context, a *act, at time.Time) bool {
	if a.Action == blocks.ActRetry {
		return b.retries.takeRetry(ctx, a) // it counts for the revision that the person saw first
	}
	if a.Text == "" || a.Verb != commands.Approve && a.Verb != commands.Deny {
		return true
	}
	t, err := b.Service.Parser.TypedDecision(ctx, a.Text)
	if err != nil {
		return true // it is refused at its turn
	}
	revision, stood := b.clicks.shown(ctx, t.ID, at)
	a.Picks = []pick{{t.ID, revision}}
	return stood
}

// shown returns the revision on the card of the pending request or extension. stood is false if the
// card is too new, or shows another revision.
func (cs *clicks) shown(ctx context.Context, id grant.ID, at time.Time) (revision int, stood bool) {
	g, err := cs.store.Get(ctx, id)
	if err != nil || g.State != grant.Pending && g.PendingExtension == nil {
		return notShown, true // nothing to decide; it is refused later
	}
	kind := blocks.PostExtension
	if g.State.Open() {
		kind, id = blocks.PostCard, g.BatchLead()
	}
	d, err := cs.store.Delivery(ctx, id)
	if err != nil || len(d.Posts) == 0 {
		return notShown, false
	}
	last := slices.MaxFunc(d.Posts, func(a, b store.Post) int {
		return cmp.Or(cmp.Compare(min(a.DecisionRevision, 1), min(b.DecisionRevision, 1)), a.Since.Compare(b.Since))
	})
	stood = last.Kind == kind && last.DecisionRevision == g.Revision+1 && !last.Since.Add(cardStands).After(at)
	return g.Revision, stood
}

// openDecision opens the modal that shows the request and asks for confirmation. It refuses an
// unreadable command, and a decision that the person may not make.
func (in *incoming) openDecision(ctx context.Context, call commands.Invocation, o opening, text string) {
	t, err := in.Service.Parser.TypedDecision(ctx, text)
	if err != nil {
		in.answers.answer(ctx, in.place, commands.Answer{}, err)
		return
	}
	in.openModal(ctx, o.or("Use the buttons on its card."), func(ctx context.Context) (slack.ModalViewRequest, error) {
		g, err := in.Service.Queries.Get(ctx, t.ID)
		if err == nil && g.State.Open() && !g.IsBatchLead() { // the card shows the whole batch
			g, err = in.Service.Queries.Get(ctx, g.BatchLead())
		}
		if err != nil {
			return slack.ModalViewRequest{}, err
		}
		could := in.Service.Prechecks.CanApprove(ctx, call, g.ID, g.Revision)
		if t.Verb == commands.Deny {
			could = in.Service.Prechecks.CanDeny(ctx, call, g.ID, g.Revision, t.Reason)
		}
		if could != nil {
			return slack.ModalViewRequest{}, could
		}
		others, err := store.ReadRest(ctx, in.Store, g)
		// cannot fail for strings and a number
		memory, _ := json.Marshal(decided{t.Verb, g.ID, g.Revision, in.place.URL, in.place.Channel})
		return blocks.DecisionView(g, others, t, string(memory)), err
	})
}

// sentDecision reads the submitted modal into an act.
func sentDecision(in slack.InteractionCallback, a act) (act, bool) {
	var d decided
	if json.Unmarshal([]byte(in.View.PrivateMetadata), &d) != nil || d.ID == "" || d.Verb != commands.Approve &&
		d.Verb != commands.Deny {
		return a, false
	}
	a.Verb, a.Picks, a.Reason = d.Verb, []pick{{d.ID, d.Revision}}, blocks.ValuesOf(in.View).Text(blocks.FieldReason)
	a.Reply, a.Channel = d.Reply, d.Channel
	return a, true
}

// problemOfDecision returns a problem of the reason of a denial, which can be corrected in the
// modal.
func (b *Bot) problemOfDecision(ctx context.Context, call commands.Invocation, a act) *slack.ViewSubmissionResponse {
	p := a.Picks[0]
	if a.Verb != commands.Deny {
		return nil
	}
	no := blocks.Refused(b.Service.Prechecks.CanDeny(ctx, call, p.ID, p.Revision, a.Reason))
	if no == nil || b.Service.Prechecks.CanDeny(ctx, call, p.ID, p.Revision, "?") != nil {
		return nil
	}
	return blocks.Beside(no, nil, blocks.FieldReason)
}

// decide carries out a decision that was typed, or sent by its modal.
func (w *worker) decide(ctx context.Context, call commands.Invocation, a act) (commands.Answer, error) {
	p := a.Picks[0]
	if a.Text != "" {
		call.Revision = &p.Revision
		return w.service.Command(ctx, call, a.Text)
	}
	if a.Verb == commands.Deny {
		return w.service.Decisions.Deny(ctx, call, p.ID, p.Revision, a.Reason)
	}
	return w.service.Decisions.Approve(ctx, call, p.ID, p.Revision)
}
