package slackbot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"s3share/internal/commands"
	"s3share/internal/grant"
	"s3share/internal/slackbot/blocks"
	"s3share/internal/slackbot/outbox"
	"s3share/internal/store"
)

// forms draws the modals, and finds what is wrong with a submitted one.
type forms struct {
	api     *slack.Client
	service *commands.Service
	store   store.Store
	log     *slog.Logger
}

// The request form. It has the fields of the command and takes the same path.
const (
	requestForm = "request"

	requestShortcut = "request_access"      // the callbacks in manifest.yml
	requestHere     = "request_access_here" // of the message shortcut

	fieldBucket         = "bucket"
	fieldPrefix         = "prefix"
	fieldMoreBuckets    = "more_buckets"
	fieldLevel          = "level"
	fieldPrincipal      = "principal"
	fieldMorePrincipals = "more_principals"
	fieldTerm           = "term"
	fieldOther          = "other_term"
	fieldStart          = "start"
	fieldFor            = "for"
	fieldReason         = "reason"
	fieldPreview        = "preview"
)

// fieldBlocks maps each field of a refusal to its block in the form.
var fieldBlocks = map[grant.Field]string{
	grant.FieldBucket: fieldBucket, grant.FieldPrefix: fieldPrefix, grant.FieldLevel: fieldLevel,
	grant.FieldPrincipal: fieldPrincipal, grant.FieldTerm: fieldTerm, grant.FieldReason: fieldReason,
	grant.FieldMoreBuckets: fieldMoreBuckets, grant.FieldMorePrincipals: fieldMorePrincipals,
}

// A filled holds the values of the form. The journal stores it.
type filled struct {
	Bucket         string `json:"bucket,omitempty"`
	Prefix         string `json:"prefix,omitempty"`
	Level          string `json:"level,omitempty"`
	Principal      string `json:"principal,omitempty"`
	Term           string `json:"term,omitempty"`
	Other          string `json:"other_term,omitempty"`
	Reason         string `json:"reason,omitempty"`
	MoreBuckets    string `json:"more_buckets,omitempty"`    // as typed, with commas
	MorePrincipals string `json:"more_principals,omitempty"` // likewise
	For            string `json:"for,omitempty"`             // a user id
	Start          int64  `json:"start,omitempty"`           // seconds since 1970; 0: at the approval
}

// draft returns the request of a form.
func (f filled) draft(c commands.Invocation) grant.Draft {
	d := grant.Draft{Target: f.Bucket, Level: f.Level, Principal: f.Principal, Term: f.Term, Reason: f.Reason,
		Requester: c.By}
	if prefix := strings.Trim(f.Prefix, "/"); prefix != "" {
		d.Target += "/" + prefix
	}
	if f.Other != "" {
		d.Term = f.Other
	}
	if f.For != "" && f.For != c.By.User {
		d.Beneficiary = grant.Person{Team: c.By.Team, User: f.For}
	}
	d.Start = instant(f.Start)
	d.MoreTargets, d.MorePrincipals = commands.MoreTargets(f.MoreBuckets), commands.MorePrincipals(f.MorePrincipals)
	return d
}

func instant(seconds int64) time.Time {
	if seconds == 0 {
		return time.Time{}
	}
	return time.Unix(seconds, 0).UTC()
}

func filledIn(v slack.View) filled {
	in := blocks.ValuesOf(v)
	f := filled{
		Bucket: in.Chosen(fieldBucket), Prefix: in.Text(fieldPrefix), Level: in.Chosen(fieldLevel),
		Principal: in.Chosen(fieldPrincipal),
		Term:      in.Chosen(fieldTerm), Other: in.Text(fieldOther), Reason: in.Text(fieldReason), For: in.Person(fieldFor),
		MoreBuckets: in.Text(fieldMoreBuckets), MorePrincipals: in.Text(fieldMorePrincipals),
	}
	if t := in.Instant(fieldStart); !t.IsZero() {
		f.Start = t.Unix()
	}
	return f
}

// again returns a form with the values of an earlier grant, and of its batch if that was never
// approved.
func again(g grant.Grant, others ...grant.Grant) filled {
	f := filled{Bucket: g.Bucket.Name, Prefix: g.Prefix, Level: g.Level.Name, Principal: g.Principal.ARN,
		Term: g.Term.String(), Reason: g.Reason}
	if !g.Beneficiary.Same(g.Requester) {
		f.For = g.Beneficiary.User // if the beneficiary repeats it, it is for themselves
	}
	if g.ExpiresAt.IsZero() {
		targets, principals := []string{g.Bucket.Name + "/" + g.Prefix}, []string{g.Principal.ARN}
		for _, o := range others {
			targets, principals = append(targets, o.Bucket.Name+"/"+o.Prefix), append(principals, o.Principal.ARN)
		}
		f.MoreBuckets, f.MorePrincipals = rest(targets), rest(principals)
	}
	return f
}

// rest joins all but the first with commas, without duplicates.
func rest(all []string) string {
	var others []string
	for _, one := range all[1:] {
		if one = strings.TrimSuffix(one, "/"); one != strings.TrimSuffix(all[0], "/") && !slices.Contains(others, one) {
			others = append(others, one)
		}
	}
	return strings.Join(others, ", ")
}

// form draws the request form with its values.
func (fs *forms) form(call commands.Invocation, f filled) slack.ModalViewRequest {
	rule, covered := fs.service.RuleFor(f.Bucket)
	return slack.ModalViewRequest{
		Type: slack.VTModal, CallbackID: requestForm, Title: blocks.Plain("Request access", 24),
		Submit: blocks.Plain("Request", 24), Close: blocks.Plain("Cancel", 24),
		Blocks: slack.Blocks{BlockSet: []slack.Block{
			dispatching(blocks.Input(fieldBucket, "Bucket", fs.suggested(fieldBucket, "Type a part of its name", f.Bucket),
				false)),
			dispatching(blocks.Input(fieldPrefix, "Folder in it",
				blocks.Line(fieldPrefix, f.Prefix, "builds — empty for the whole bucket"), true)),
			dispatching(blocks.Input(fieldMoreBuckets, "More buckets",
				blocks.Line(fieldMoreBuckets, f.MoreBuckets, "other-bucket/folder, third-bucket"), true)),
			dispatching(blocks.Input(fieldLevel, "To do what",
				blocks.Choice(fieldLevel, "Choose a level", f.Level, fs.levelOptions(rule, covered)...), false)),
			dispatching(blocks.Input(fieldPrincipal, "For which user or role",
				fs.suggested(fieldPrincipal, "build/test.user, or an ARN", f.Principal), false)),
			dispatching(blocks.Input(fieldMorePrincipals, "More users or roles",
				blocks.Line(fieldMorePrincipals, f.MorePrincipals, "build/other.user, build/role/deployer"), true)),
			dispatching(blocks.Input(fieldTerm, "For how long",
				blocks.Choice(fieldTerm, "Choose a term", f.Term, blocks.TermOptions(rule.MaxTerm)...), true)),
			dispatching(blocks.Input(fieldOther, "or another length", blocks.Line(fieldOther, f.otherTerm(rule), "90m, 36h, 5d"),
				true)),
			blocks.Input(fieldReason, "Why", blocks.Lines(fieldReason, f.Reason), false),
			blocks.Input(fieldStart, "Not before", startPicker(f), true),
			blocks.Input(fieldFor, "On behalf of", forPicker(f), true),
			slack.NewContextBlock(fieldPreview, blocks.Mrkdwn(fs.preview(call, f))),
		}},
	}
}

// otherTerm returns the duration if it is not in the menu.
func (f filled) otherTerm(rule grant.Rule) string {
	if f.Other != "" || f.Term == "" {
		return f.Other
	}
	if slices.ContainsFunc(blocks.TermOptions(rule.MaxTerm),
		func(o *slack.OptionBlockObject) bool { return o.Value == f.Term }) {
		return ""
	}
	return f.Term
}

// dispatching makes Slack report each choice at once, so that the preview is updated.
func dispatching(in *slack.InputBlock) *slack.InputBlock {
	in.DispatchAction = true
	return in
}

// suggested is a menu with options that are loaded as a person types.
func (fs *forms) suggested(name, placeholder, chosen string) *slack.SelectBlockElement {
	s := slack.NewOptionsSelectBlockElement(slack.OptTypeExternal, blocks.Plain(placeholder, 150), name)
	least := 0
	s.MinQueryLength = &least
	if chosen != "" {
		s.InitialOption = fs.suggestion(chosen)
	}
	return s
}

// suggestion returns an option for a bucket or principal, with the name of its account. Slack shows
// 75 characters; of a longer text the end is shown, because it says more.
func (fs *forms) suggestion(value string) *slack.OptionBlockObject {
	text := value
	if p, err := fs.service.ParsePrincipal(value); err == nil {
		_, path, _ := strings.Cut(value, ":"+p.Kind+"/")
		text = p.Account + "/" + path
		if p.Kind == grant.KindRole {
			text = p.Account + "/role/" + path
		}
		if len(value) > optionValueLimit {
			value = withoutPath(p)
		}
	}
	if r := []rune(text); len(r) > 75 {
		text = "…" + string(r[len(r)-74:])
	}
	return blocks.Option(value, text, "")
}

// optionValueLimit is the most characters in the value of an option.
const optionValueLimit = 150

// withoutPath returns a principal's account and name. A path can have 512 characters, and AWS finds
// a principal by its name.
func withoutPath(p grant.Principal) string { return p.Account + "/" + p.Kind + "/" + p.Name }

func startPicker(f filled) *slack.DateTimePickerBlockElement {
	p := slack.NewDateTimePickerBlockElement(fieldStart)
	p.InitialDateTime = f.Start
	return p
}

func forPicker(f filled) *slack.SelectBlockElement {
	s := slack.NewOptionsSelectBlockElement(slack.OptTypeUser, blocks.Plain("Somebody else, who has to confirm it", 150),
		fieldFor)
	s.InitialUser = f.For
	return s
}

// levelOptions returns the levels of the bucket's rule with their actions, or all levels while no
// bucket is chosen.
func (fs *forms) levelOptions(rule grant.Rule, covered bool) (options []*slack.OptionBlockObject) {
	names := rule.Levels
	if !covered {
		names = fs.service.LevelNames()
	}
	for _, name := range names {
		level := fs.service.Level(name)
		options = append(options, blocks.Option(name, name, blocks.AllowsInWords(level)))
	}
	return options
}

// preview describes the request in one line with its approvers, or its first problem.
func (fs *forms) preview(call commands.Invocation, f filled) string {
	if f.Bucket == "" || f.Level == "" || f.Principal == "" || f.Term == "" && f.Other == "" {
		return "What you ask for is said here once the bucket, the level, the user and the term are there."
	}
	if f.Reason == "" {
		f.Reason = "-" // the field itself asks for it
	}
	g, others, err := fs.service.Prechecks.Preview(call, f.draft(call))
	if no := blocks.Refused(err); no != nil && no.Field != grant.FieldReason {
		return ":warning: " + blocks.RefusalText(no)
	}
	if err != nil {
		return "Somebody has to approve it."
	}
	name, on := blocks.Subject(g)
	together := ""
	if others > 0 {
		together = fmt.Sprintf(" With what else you name, these are %d grants, decided as one.", 1+others)
	}
	return fmt.Sprintf("%s could %s %s for %s.%s %s.", name, blocks.Verb(g.Level.Name), on, g.Term, together,
		blocks.Capital(blocks.MayApprove(g)))
}

// redrawForm updates the preview and the menus after a choice. The hash prevents a late update from
// undoing newer choices.
func (fs *forms) redrawForm(ctx context.Context, call commands.Invocation, in slack.InteractionCallback) {
	view := fs.form(call, filledIn(in.View))
	if _, err := fs.api.UpdateViewContext(ctx, view, "", in.View.Hash, in.View.ID); err != nil &&
		!outbox.SaidBySlack(err, "hash_conflict", "not_found", "view_not_found") {
		fs.log.WarnContext(ctx, "updating the request form", "err", err)
	}
}

// problemOfForm reports a problem beside its field, so that the typed text stays.
func (fs *forms) problemOfForm(ctx context.Context, call commands.Invocation, f filled) *slack.ViewSubmissionResponse {
	if f.Term == "" && f.Other == "" {
		return blocks.Beside(grant.Refuse("Say for how long."), nil, fieldOther)
	}
	if no := blocks.Refused(fs.service.Prechecks.CanRequest(ctx, call, f.draft(call))); no != nil {
		return blocks.Beside(no, f.blocks(), fieldReason)
	}
	return nil
}

// blocks maps each filled field of a refusal to its block.
func (f filled) blocks() map[grant.Field]string {
	at := map[grant.Field]string{}
	for field, block := range fieldBlocks {
		at[field] = block
	}
	if f.Other != "" {
		at[grant.FieldTerm] = fieldOther
	}
	if _, _, err := grant.ParseTarget(f.Bucket); err == nil && f.Prefix != "" {
		if _, _, err := grant.ParseTarget(f.Bucket + "/" + strings.Trim(f.Prefix, "/")); err != nil {
			at[grant.FieldBucket] = fieldPrefix
		}
	}
	return at
}

// suggestions returns the known options for the text in a menu.
func (fs *forms) suggestions(ctx context.Context, call commands.Invocation, in slack.InteractionCallback) any {
	var names []string
	var err error
	switch in.ActionID {
	case fieldBucket:
		names, err = fs.service.Suggestions.Buckets(ctx, call, in.Value)
	case fieldPrincipal:
		names, err = fs.service.Suggestions.Principals(ctx, call, in.Value)
	default: // Slack shows an empty list as no options
		err = errUnknownMenu
	}
	if err != nil {
		fs.log.WarnContext(ctx, "looking for suggestions", "err", err)
	}
	options := []*slack.OptionBlockObject{}
	for _, name := range names {
		if o := fs.suggestion(name); len([]rune(o.Value)) <= optionValueLimit {
			options = append(options, o)
		}
	}
	return map[string]any{"options": options} // Slack requires a list, also an empty one
}

var errUnknownMenu = errors.New("a menu that is not known")

// metadata encodes the click that opened a modal.
func metadata(c click) string {
	text, _ := json.Marshal(c) // cannot fail for strings and a number
	return string(text)
}
