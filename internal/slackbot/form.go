package slackbot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/slack-go/slack"

	"s3share/internal/commands"
	"s3share/internal/grant"
	"s3share/internal/slackbot/blocks"
	"s3share/internal/store"
)

// forms collects the contents of modals, and finds problems in a submitted one.
type forms struct {
	api     *slack.Client
	service *commands.Service
	store   store.Store
	now     func() time.Time
	log     *slog.Logger
}

// requestView returns the request form with its values. more opens *More options*.
func (fs *forms) requestView(call commands.Invocation, v blocks.RequestValues, more bool) slack.ModalViewRequest {
	rule, covered := fs.service.RuleFor(v.Bucket)
	names := rule.Levels
	if !covered {
		names = fs.service.LevelNames()
	}
	f := blocks.RequestForm{RequestValues: v, More: more, MaxTerm: rule.MaxTerm, Levels: fs.levels(names),
		Summary: blocks.NoSummary}
	f.Named = fs.principal(v.Principal)
	if v.IsComplete() {
		if v.Reason == "" {
			v.Reason = "-" // the field itself asks for it
		}
		f.Summary = blocks.RequestSummary(fs.service.Prechecks.Preview(call, v.Draft(call.By)))
	}
	return blocks.RequestView(f)
}

func (fs *forms) levels(names []string) (levels []grant.Level) {
	for _, name := range names {
		levels = append(levels, fs.service.Level(name))
	}
	return levels
}

// principal returns the principal of a name, or zero.
func (fs *forms) principal(name string) grant.Principal {
	p, err := fs.service.ParsePrincipal(name)
	if err != nil {
		return grant.Principal{}
	}
	return p
}

// actionInForm reads an action in an open request form.
func actionInForm(call commands.Invocation, in slack.InteractionCallback, by *slack.BlockAction) formAction {
	a := formAction{call: call, view: in.View.ID, hash: in.View.Hash, at: by.ActionTs,
		values: blocks.RequestValuesOf(in.View), more: blocks.HasMoreOptions(in.View)}
	if a.toggles = by.ActionID == blocks.ActOptions; a.toggles {
		a.more = blocks.OpensOptions(by.Value)
	}
	return a
}

// updateRequest updates the summary, the menus and the options of an open form, if Slack still has the
// view with this hash. It returns the new hash.
func (fs *forms) updateRequest(ctx context.Context, a formAction, hash string) (string, error) {
	updated, err := fs.api.UpdateViewContext(ctx, fs.requestView(a.call, a.values, a.more), "", hash, a.view)
	if err != nil {
		return "", fmt.Errorf("views.update: %w", err)
	}
	return updated.Hash, nil
}

// suggestions returns the known options for the text in a menu.
func (fs *forms) suggestions(ctx context.Context, call commands.Invocation, in slack.InteractionCallback) any {
	var names []string
	var err error
	switch in.ActionID {
	case blocks.FieldBucket:
		names, err = fs.service.Suggestions.Buckets(ctx, call, in.Value)
	case blocks.FieldPrincipal:
		names, err = fs.service.Suggestions.Principals(ctx, call, in.Value)
	default: // Slack shows an empty list as no options
		err = errUnknownMenu
	}
	if err != nil {
		fs.log.WarnContext(ctx, "looking for suggestions", "err", err)
	}
	options := []*slack.OptionBlockObject{}
	for _, name := range names {
		if o := blocks.Suggestion(name, fs.principal(name)); len([]rune(o.Value)) <= blocks.OptionValueLimit {
			options = append(options, o)
		}
	}
	return map[string]any{"options": options} // Slack requires a list, also an empty one
}

var errUnknownMenu = errors.New("a menu that is not known")

func (fs *forms) narrowView(g grant.Grant, c click) slack.ModalViewRequest {
	rule, _ := fs.service.RuleFor(g.Bucket.Name)
	return blocks.NarrowView(g, fs.levels(rule.Levels), metadata(c))
}

func (fs *forms) extendView(g grant.Grant, c click) slack.ModalViewRequest {
	most, free := fs.service.MaxExtension(g)
	return blocks.ExtendView(g, most, free, metadata(c))
}

func (fs *forms) detailsView(ctx context.Context, call commands.Invocation, g grant.Grant) slack.ModalViewRequest {
	detailed := func(g grant.Grant) blocks.Detailed {
		return blocks.Detailed{Grant: g, Earlier: fs.service.Queries.Earlier(ctx, call, g)}
	}
	var others []blocks.Detailed
	if g.PendingExtension == nil {
		if batch, err := store.ReadRest(ctx, fs.store, g); err == nil {
			for _, o := range batch {
				others = append(others, detailed(o))
			}
		}
	}
	return blocks.DetailsView(detailed(g), others...)
}

// metadata encodes the click that opened a modal.
func metadata(c click) string {
	text, _ := json.Marshal(c) // cannot fail for strings and a number
	return string(text)
}

const chooseTerm = "Choose one, or type a custom one such as 90m, 36h or 5d."

// problemOfRequest reports a problem beside its field, so that the typed text stays.
func (fs *forms) problemOfRequest(ctx context.Context, call commands.Invocation, v blocks.RequestValues,
) *slack.ViewSubmissionResponse {
	if !v.HasTerm() {
		return blocks.Beside(grant.Refuse("The duration is missing.").WithHint(chooseTerm), nil, blocks.FieldOther)
	}
	if no := blocks.Refused(fs.service.Prechecks.CanRequest(ctx, call, v.Draft(call.By))); no != nil {
		return blocks.Beside(no, v.Places(), blocks.FieldReason)
	}
	return nil
}

// problemOfExtension returns a problem that can be corrected in the modal. Other problems are
// reported after the submission.
func (fs *forms) problemOfExtension(ctx context.Context, call commands.Invocation, a act,
) *slack.ViewSubmissionResponse {
	at := blocks.FieldTerm
	if a.OtherTerm || a.Term == "" {
		at = blocks.FieldOther
	}
	if _, err := grant.ParseTerm(a.Term); err != nil {
		no := grant.Refuse("The extension is missing.").WithHint(chooseTerm)
		if a.Term != "" {
			no = blocks.Refused(err)
		}
		return blocks.Beside(no, nil, at)
	}
	c := *a.On
	if no := blocks.Refused(fs.service.Prechecks.CanExtend(ctx, call, c.ID, a.Term, a.Reason)); no != nil &&
		fs.service.Prechecks.CanExtend(ctx, call, c.ID, "", "") == nil {
		return blocks.Beside(no, map[grant.Field]string{grant.FieldReason: blocks.FieldReason}, at)
	}
	return nil
}

// problem returns a problem of a submitted modal by the payload, the config and the store; nil:
// none, or not found in time. All checks are repeated when the act is carried out.
func (fs *forms) problem(ctx context.Context, a act) *slack.ViewSubmissionResponse {
	call := a.call()
	call.Received = fs.now()
	switch a.Action {
	case blocks.RequestCallback:
		return fs.problemOfRequest(ctx, call, *a.Form)
	case blocks.GlassCallback:
		if no := blocks.Refused(fs.service.Prechecks.CanRequest(ctx, call, a.BreakGlass.Draft(a.Reason))); no != nil {
			return blocks.Beside(no, nil, blocks.FieldReason)
		}
	case blocks.BulkCallback:
		if len(a.Picks) == 0 {
			return blocks.Beside(grant.Refuse("Nothing is ticked.").WithHint("Tick the requests to approve, or cancel."),
				nil, blocks.BulkBlock)
		}
	case blocks.DecisionCallback:
		return fs.problemOfDecision(ctx, call, a)
	case blocks.EndAllCallback: // without a field; a refusal follows as an answer
	case blocks.NarrowCallback:
		// Problems that cannot be corrected here are reported after the form is closed.
		c, to := *a.On, a.Narrow.Smaller()
		if no := blocks.Refused(fs.service.Prechecks.CanNarrow(ctx, call, c.ID, c.Revision, to)); no != nil &&
			fs.service.Prechecks.CanNarrow(ctx, call, c.ID, c.Revision, commands.Smaller{}) == nil {
			return blocks.Beside(no, blocks.FieldBlocks, blocks.FieldTerm)
		}
	case blocks.ExtendCallback:
		return fs.problemOfExtension(ctx, call, a)
	default:
		if no := blocks.Refused(fs.canGiveReason(ctx, call, a.Action, *a.On, a.Reason)); no != nil &&
			fs.canGiveReason(ctx, call, a.Action, *a.On, "?") == nil {
			return blocks.Beside(no, nil, blocks.WhyBlock)
		}
	}
	return nil
}

// problemOfDecision returns a problem of the reason of a denial, which can be corrected in the
// modal.
func (fs *forms) problemOfDecision(ctx context.Context, call commands.Invocation, a act) *slack.ViewSubmissionResponse {
	p := a.Picks[0]
	if a.Verb != commands.Deny {
		return nil
	}
	no := blocks.Refused(fs.service.Prechecks.CanDeny(ctx, call, p.ID, p.Revision, a.Reason))
	if no == nil || fs.service.Prechecks.CanDeny(ctx, call, p.ID, p.Revision, "?") != nil {
		return nil
	}
	return blocks.Beside(no, nil, blocks.FieldReason)
}

// reasons are the actions with a modal that asks only for a reason. Each is also its callback.
var reasons = map[string]commands.Verb{
	blocks.ActDeny: commands.Deny, blocks.ActRevoke: commands.End, blocks.ActReview: commands.Review,
}

// canGiveReason returns a problem of one of these actions.
func (fs *forms) canGiveReason(ctx context.Context, call commands.Invocation, action string, c click,
	why string) error {
	switch action {
	case blocks.ActDeny:
		return fs.service.Prechecks.CanDeny(ctx, call, c.ID, c.Revision, why)
	case blocks.ActRevoke:
		return fs.service.Prechecks.CanEnd(ctx, call, c.ID, why)
	}
	return fs.service.Prechecks.CanReview(ctx, call, c.ID, why)
}
