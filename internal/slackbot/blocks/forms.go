package blocks

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"s3share/internal/commands"
	"s3share/internal/grant"
)

// The request form. It has the fields of the command and takes the same path.
//
// A form is redrawn while a person types. Slack keeps the typed values of fields whose block_id and
// action_id stay, so these ids are constants.
const (
	RequestCallback = "request"
	ActOptions      = "options" // of the button *More options* or *Fewer options*

	FieldBucket         = "bucket"
	FieldPrefix         = "prefix"
	FieldMoreBuckets    = "more_buckets"
	FieldLevel          = "level"
	FieldPrincipal      = "principal"
	FieldMorePrincipals = "more_principals"
	FieldTerm           = "term"
	FieldOther          = "other_term"
	FieldStart          = "start"
	FieldFor            = "for"
	FieldReason         = "reason"
	fieldPreview        = "preview"
)

// FieldBlocks maps each field of a refusal to its block in a form.
var FieldBlocks = map[grant.Field]string{
	grant.FieldBucket: FieldBucket, grant.FieldPrefix: FieldPrefix, grant.FieldLevel: FieldLevel,
	grant.FieldPrincipal: FieldPrincipal, grant.FieldTerm: FieldTerm, grant.FieldReason: FieldReason,
	grant.FieldStart:       FieldStart,
	grant.FieldMoreBuckets: FieldMoreBuckets, grant.FieldMorePrincipals: FieldMorePrincipals,
}

// RequestValues holds the values of the request form. The journal stores them.
type RequestValues struct {
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

// Draft returns the request of a person's form.
func (v RequestValues) Draft(by grant.Person) grant.Draft {
	d := grant.Draft{Target: v.Bucket, Level: v.Level, Principal: v.Principal, Term: v.Term, Reason: v.Reason,
		Requester: by}
	if prefix := strings.Trim(v.Prefix, "/"); prefix != "" {
		d.Target += "/" + prefix
	}
	if v.Other != "" {
		d.Term = v.Other
	}
	if v.For != "" && v.For != by.User {
		d.Beneficiary = grant.Person{Team: by.Team, User: v.For}
	}
	if v.Start != 0 {
		d.Start = time.Unix(v.Start, 0).UTC()
	}
	d.MoreTargets, d.MorePrincipals = commands.MoreTargets(v.MoreBuckets), commands.MorePrincipals(v.MorePrincipals)
	return d
}

// RequestValuesOf reads the form.
func RequestValuesOf(view slack.View) RequestValues {
	in := ValuesOf(view)
	v := RequestValues{
		Bucket: in.Chosen(FieldBucket), Prefix: in.Text(FieldPrefix), Level: in.Chosen(FieldLevel),
		Principal: in.Chosen(FieldPrincipal),
		Term:      in.Chosen(FieldTerm), Other: in.Text(FieldOther), Reason: in.Text(FieldReason), For: in.Person(FieldFor),
		MoreBuckets: in.Text(FieldMoreBuckets), MorePrincipals: in.Text(FieldMorePrincipals),
	}
	if t := in.Instant(FieldStart); !t.IsZero() {
		v.Start = t.Unix()
	}
	return v
}

// HasMoreOptions reports whether *More options* is open in a request form.
func HasMoreOptions(view slack.View) bool { return view.PrivateMetadata == moreOptions }

// OpensOptions reports whether a press of the button opens more options.
func OpensOptions(value string) bool { return value == moreOptions }

// The values of the button, and the private metadata of a form with more options.
const moreOptions, fewerOptions = "more", "fewer"

// RepeatedValues returns the values of an earlier grant, and of its batch if that was never
// approved.
func RepeatedValues(g grant.Grant, others ...grant.Grant) RequestValues {
	v := RequestValues{Bucket: g.Bucket.Name, Prefix: g.Prefix, Level: g.Level.Name, Principal: g.Principal.ARN,
		Term: g.Term.String(), Reason: g.Reason}
	if !g.Beneficiary.Same(g.Requester) {
		v.For = g.Beneficiary.User // if the beneficiary repeats it, it is for themselves
	}
	if g.ExpiresAt.IsZero() {
		targets, principals := []string{g.Bucket.Name + "/" + g.Prefix}, []string{g.Principal.ARN}
		for _, o := range others {
			targets, principals = append(targets, o.Bucket.Name+"/"+o.Prefix), append(principals, o.Principal.ARN)
		}
		v.MoreBuckets, v.MorePrincipals = rest(targets), rest(principals)
	}
	return v
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

// IsComplete reports whether a summary of the request is possible.
func (v RequestValues) IsComplete() bool {
	return v.Bucket != "" && v.Level != "" && v.Principal != "" && v.HasTerm()
}

func (v RequestValues) HasTerm() bool { return v.Term != "" || v.Other != "" }

// Places maps each field of a refusal to its filled block.
func (v RequestValues) Places() map[grant.Field]string {
	at := maps.Clone(FieldBlocks)
	if v.Other != "" {
		at[grant.FieldTerm] = FieldOther
	}
	if _, _, err := grant.ParseTarget(v.Bucket); err == nil && v.Prefix != "" {
		if _, _, err := grant.ParseTarget(v.Bucket + "/" + strings.Trim(v.Prefix, "/")); err != nil {
			at[grant.FieldBucket] = FieldPrefix
		}
	}
	return at
}

// A RequestForm is the request form: its values, and what they mean by the config.
type RequestForm struct {
	RequestValues
	More    bool            // *More options* is open
	MaxTerm grant.Term      // of the bucket's rule; zero: every duration is offered
	Levels  []grant.Level   // to choose from
	Named   grant.Principal // the principal; zero: unreadable
	Summary string          // see RequestSummary
}

// RequestView draws the request form.
func RequestView(f RequestForm) slack.ModalViewRequest {
	levels := make([]*slack.OptionBlockObject, 0, len(f.Levels))
	for _, l := range f.Levels {
		levels = append(levels, levelOption(l))
	}
	content := []slack.Block{
		dispatching(Input(FieldBucket, "Bucket",
			suggested(FieldBucket, "Type part of its name", f.Bucket, grant.Principal{}), false)),
		dispatching(Input(FieldPrefix, "Folder",
			followed(Line(FieldPrefix, f.Prefix, "builds, or empty for the whole bucket")), true)),
		dispatching(Input(FieldLevel, "Access level", Choice(FieldLevel, "Choose a level", f.Level, levels...), false)),
		dispatching(Input(FieldPrincipal, "IAM user or role",
			suggested(FieldPrincipal, "build/test.user, or an ARN", f.Principal, f.Named), false)),
		dispatching(Input(FieldTerm, "Duration",
			Choice(FieldTerm, "Choose one, or type one below", f.Term, TermOptions(f.MaxTerm)...), true)),
		dispatching(Input(FieldOther, "Custom duration", followed(Line(FieldOther, f.otherTerm(), "90m, 36h or 5d")), true)),
		Input(FieldReason, "Reason", Lines(FieldReason, f.Reason), false),
	}
	content = append(content, f.options()...)
	content = append(content, slack.NewContextBlock(fieldPreview, Mrkdwn(f.Summary)))
	m := modal{callback: RequestCallback, title: "Request access", submit: "Request", close: "Cancel"}
	if f.More {
		m.memory = moreOptions
	}
	return m.view(content)
}

// options draws the button *More options* and the fields that it opens. *Fewer options* hides only empty
// fields, so that no value is lost.
func (f RequestForm) options() []slack.Block {
	var shown []slack.Block
	all := []struct {
		empty bool
		field *slack.InputBlock
	}{
		{f.Start == 0, Input(FieldStart, "Not before", startPicker(f.Start), true)},
		{f.For == "", Input(FieldFor, "On behalf of", beneficiaryPicker(f.For), true)},
		{f.MoreBuckets == "", Input(FieldMoreBuckets, "More buckets",
			followed(Line(FieldMoreBuckets, f.MoreBuckets, "other-bucket/folder, third-bucket")), true)},
		{f.MorePrincipals == "", Input(FieldMorePrincipals, "More users or roles",
			followed(Line(FieldMorePrincipals, f.MorePrincipals, "build/other.user, build/role/deployer")), true)},
	}
	empty := 0
	for _, one := range all {
		if one.empty {
			empty++
		}
		if f.More || !one.empty {
			shown = append(shown, dispatching(one.field))
		}
	}
	if empty == 0 {
		return shown
	}
	value, label := moreOptions, "More options"
	if f.More {
		value, label = fewerOptions, "Fewer options"
	}
	button := slack.NewButtonBlockElement(ActOptions, value, Plain(label, 75))
	return append([]slack.Block{slack.NewActionBlock(ActOptions, button)}, shown...)
}

// otherTerm returns the duration if it is not in the menu.
func (f RequestForm) otherTerm() string {
	if f.Other != "" || f.Term == "" {
		return f.Other
	}
	if slices.ContainsFunc(TermOptions(f.MaxTerm), func(o *slack.OptionBlockObject) bool { return o.Value == f.Term }) {
		return ""
	}
	return f.Term
}

// dispatching makes Slack report each choice at once, so that the summary is updated.
func dispatching(in *slack.InputBlock) *slack.InputBlock {
	in.DispatchAction = true
	return in
}

// followed makes Slack report each typed character of a dispatching field.
func followed(in *slack.PlainTextInputBlockElement) *slack.PlainTextInputBlockElement {
	return in.WithDispatchActionConfig(&slack.DispatchActionConfig{TriggerActionsOn: []string{"on_character_entered"}})
}

// suggested is a menu with options that are loaded as a person types.
func suggested(name, placeholder, chosen string, p grant.Principal) *slack.SelectBlockElement {
	s := slack.NewOptionsSelectBlockElement(slack.OptTypeExternal, Plain(placeholder, 150), name)
	least := 0
	s.MinQueryLength = &least
	if chosen != "" {
		s.InitialOption = Suggestion(chosen, p)
	}
	return s
}

// Suggestion returns an option for a bucket or principal, with the name of its account. p is zero
// for a bucket. Slack shows 75 characters; of a longer text the end is shown, because it says more.
func Suggestion(value string, p grant.Principal) *slack.OptionBlockObject {
	text := value
	if p.Name != "" {
		_, path, _ := strings.Cut(value, ":"+p.Kind+"/")
		text = p.Account + "/" + path
		if p.Kind == grant.KindRole {
			text = p.Account + "/role/" + path
		}
		if len(value) > OptionValueLimit {
			value = withoutPath(p)
		}
	}
	if r := []rune(text); len(r) > 75 {
		text = "…" + string(r[len(r)-74:])
	}
	return Option(value, text, "")
}

// OptionValueLimit is the most characters in the value of an option.
const OptionValueLimit = 150

// withoutPath returns a principal's account and name. A path can have 512 characters, and AWS finds
// a principal by its name.
func withoutPath(p grant.Principal) string { return p.Account + "/" + p.Kind + "/" + p.Name }

func startPicker(start int64) *slack.DateTimePickerBlockElement {
	p := slack.NewDateTimePickerBlockElement(FieldStart)
	p.InitialDateTime = start
	return p
}

func beneficiaryPicker(user string) *slack.SelectBlockElement {
	placeholder := Plain("Another person, who confirms first", 150)
	s := slack.NewOptionsSelectBlockElement(slack.OptTypeUser, placeholder, FieldFor)
	s.InitialUser = user
	return s
}

// NoSummary stands below the form until the request is complete.
const NoSummary = "Fill in bucket, level, user and duration to see a summary."

// RequestSummary describes a drafted request with its approvers, or its first problem. others is the
// number of other grants in its batch.
func RequestSummary(g grant.Grant, others int, err error) string {
	switch no := Refused(err); {
	case no != nil && no.Field == grant.FieldReason: // no warning, because the reason is filled in last
		return RefusalText(no)
	case no != nil:
		return ":warning: " + RefusalText(no)
	case err != nil:
		return "An approver decides."
	}
	text := fmt.Sprintf("You request %s, to be approved by %s.", Wanted(g), decidedBy(g))
	if !g.Beneficiary.Same(g.Requester) {
		text += fmt.Sprintf(" On behalf of %s, who confirms first.", Mention(g.Beneficiary))
	}
	if startsLater(g) {
		text += " " + Dated("Not before", g.StartAt) + "."
	}
	if others > 0 {
		text += fmt.Sprintf(" The %d grants are decided together.", 1+others)
	}
	return text
}

// decidedBy names the approvers of a drafted request, without its requester and beneficiary.
func decidedBy(g grant.Grant) string {
	text := missingApprovers(g, named)
	if len(g.Rule.Auto) > 0 {
		text += ", or automatically by the rule"
	}
	return text
}

// ExtendCallback is the callback of the modal for an extension.
const ExtendCallback = "extend"

// ExtendView draws the modal: the additional duration and the reason. most is the longest extension;
// free is the longest one that needs no approval, or zero.
func ExtendView(g grant.Grant, most, free grant.Term, memory string) slack.ModalViewRequest {
	decides := "An approver decides, as on a request."
	if free > 0 {
		decides = fmt.Sprintf("One extension of up to %s needs no approval.", free)
	}
	name, on := Subject(g)
	content := []slack.Block{
		Section(fmt.Sprintf("%s %s %s %s %s. The longest extension is %s. %s", name, Could(g), Verb(g.Level.Name), on,
			Until(g.ExpiresAt), most, decides)),
		Input(FieldTerm, "Extension",
			Choice(FieldTerm, "Choose one, or type one below", "", TermOptions(max(1, most))...), true),
		Input(FieldOther, "Custom duration", Line(FieldOther, "", "90m, 36h or 5d"), true),
		Input(FieldReason, "Reason", Lines(FieldReason, ""), true),
	}
	return modal{callback: ExtendCallback, memory: memory, title: "Extend " + string(g.ID),
		submit: "Request extension", close: "Cancel"}.view(content)
}
