package blocks

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/slack-go/slack"

	"s3share/internal/grant"
	"s3share/internal/store"
)

// Card draws the approval card: who requests which access, why, and the warnings. It fits on a phone;
// *Details* has the policy change and the actions. It shows the status of the grant as long as it
// matters.
func Card(g grant.Grant) Message {
	var s sheet
	s.keep(Section("*" + RequestClause(g) + "*"))
	s.keep(TextBlocks("Reason: " + g.Reason)...)
	s.keep(identity(g)...)
	s.keep(paragraph(append(scope(g), conditions(g)...))...)
	s.add(yieldsWarning, paragraph(warningLines(Warnings(g), warnedOnCard))...)
	s.keep(slack.NewContextBlock("", Mrkdwn("Request `"+string(g.ID)+"`: "+status(g))))
	switch g.State {
	case grant.Pending:
		s.keep(decide(g))
	case grant.Approved, grant.Active:
		s.keep(slack.NewActionBlock("open", Button(ActDetails, "Details", g, ""),
			Button(ActRevoke, "End…", g, slack.StyleDanger)))
	}
	return Message{Text: RequestClause(g) + " — " + status(g), Blocks: s.blocks()}
}

// paragraph draws lines as one section, or nothing.
func paragraph(all []string) []slack.Block {
	if len(all) == 0 {
		return nil
	}
	return []slack.Block{Section(strings.Join(all, "\n"))}
}

// The most characters of an ARN and of typed text in the line of an identity. All of them fit into a
// context block.
const (
	arnMost       = 500
	typedLineMost = 250
)

// identity is one line with the principal's name and ARN, the two accounts, and the typed text that is
// not on the card yet.
func identity(g grant.Grant) []slack.Block {
	var apart []slack.Block
	who, typed := Capital(g.Principal.Kind), typedOtherwise(g)
	arn, fits := literal(g.Principal.ARN, arnMost)
	switch named := accountAndName(g.Principal); {
	case !fits:
		apart = append(apart, TextBlocks("ARN: "+g.Principal.ARN)...)
	case len(typed) > 0 && typed[0] == named && len(named) < 100:
		who, typed = fmt.Sprintf("%s `%s` (%s)", who, Safe(named, 200), arn), typed[1:]
	default:
		who = fmt.Sprintf("%s %s in *%s*", who, arn, Safe(g.Principal.Account, 64))
	}
	line := fmt.Sprintf("%s; bucket in *%s*", who, Safe(g.Bucket.Account, 64))
	var short []string
	for _, word := range typed {
		if text, ok := literal(word, typedLineMost); ok {
			short = append(short, text)
		} else {
			apart = append(apart, TextBlocks("Typed: "+word)...)
		}
	}
	if len(short) > 0 {
		line += "; typed " + strings.Join(short, ", ")
	}
	return append([]slack.Block{slack.NewContextBlock("", Mrkdwn(line))}, apart...)
}

// accountAndName is the short form of a principal: "build/test.user", "build/role/deployer".
func accountAndName(p grant.Principal) string {
	if p.Kind == grant.KindRole {
		return p.Account + "/role/" + p.Name
	}
	return p.Account + "/" + p.Name
}

// typedOtherwise returns the typed text that neither the headline nor the ARN shows as it was typed.
func typedOtherwise(g grant.Grant) []string {
	_, on := Subject(g)
	shown := []string{on, Safe(g.Level.Name, 40), g.Term.String()}
	typed := currentlyTyped(g)
	all := []string{typed.Principal, typed.Target, typed.Level, typed.Term}
	return slices.DeleteFunc(all, func(word string) bool {
		return word == g.Principal.ARN || !formatted.MatchString(word) &&
			slices.ContainsFunc(shown, func(s string) bool { return strings.Contains(s, Safe(word, 1<<20)) })
	})
}

// formatted matches text that Slack would format in a headline.
var formatted = regexp.MustCompile(`(^|[^A-Za-z0-9])[_*~]|:[a-z0-9_+-]+:`)

// scope says what an access allows beyond reading one folder.
func scope(g grant.Grant) []string {
	var parts []string
	if g.Prefix == "" {
		parts = append(parts, "*The whole bucket*")
	}
	if g.Level.Writes() {
		parts = append(parts, Safe(Safe(g.Level.Name, 40)+": "+AllowsInWords(g.Level), 200))
	}
	if len(parts) == 0 {
		return nil
	}
	return []string{strings.Join(parts, " · ")}
}

// consentClause names the beneficiary, and says whether they confirmed.
func consentClause(g grant.Grant) string {
	if g.Last(grant.EventConsent) == nil {
		return Mention(g.Beneficiary) + ", who did not confirm"
	}
	return Mention(g.Beneficiary) + ", who confirmed"
}

// conditions are the lines of a card about the beneficiary, the start and narrowings.
func conditions(g grant.Grant) (lines []string) {
	if !g.Beneficiary.Same(g.Requester) {
		lines = append(lines, "For "+consentClause(g))
	}
	if startsLater(g) {
		lines = append(lines, Dated("Not before", g.StartAt))
	}
	if changed := changes(g); changed != "" {
		lines = append(lines, changed)
	}
	return lines
}

// warnedOnCard is the most warnings on a card. *Details* has all.
const warnedOnCard = 3

// warningLines shortens warnings to a line each, and points to *Details* if that leaves out any text.
func warningLines(all []string, most int) (lines []string) {
	rest := len(all) > most
	for _, w := range all[:min(most, len(all))] {
		first := firstSentence(w)
		rest = rest || first != w
		lines = append(lines, ":warning: "+first)
	}
	if more := len(all) - most; more > 0 {
		lines = append(lines, fmt.Sprintf("*Details* has %d more warnings.", more))
	} else if rest {
		lines = append(lines, "*Details* has the rest of each warning.")
	}
	return lines
}

// firstSentence returns the first sentence of an escaped text, in at most 240 characters.
func firstSentence(s string) string {
	for i := 0; i+2 < len(s); i++ {
		if s[i] == '.' && s[i+1] == ' ' && (unicode.IsUpper(rune(s[i+2])) || s[i+2] == '`') {
			s = s[:i+1]
			break
		}
	}
	return cutMarkup(s, 240)
}

// status describes the state of the grant for approvers.
func status(g grant.Grant) string {
	if g.State != grant.Pending {
		return StatusText(g)
	}
	return fmt.Sprintf("%swaiting for a decision by %s; %s without one%s", approvalsText(g), onCard(g),
		Dated("expires", g.LapsesAt), notified(g))
}

// typedMost is the most characters of typed text in one line.
const typedMost = 600

// A fact is one part of a request: its name, the typed text and the meaning.
type fact struct{ name, typed, means string }

// Facts shows all parts of a request. Typed text is shown unchanged: in a line, or in its own
// section if it does not fit.
func Facts(g grant.Grant) []slack.Block {
	own, apart := OwnFacts(g)
	common, more := CommonFacts(g)
	content := []slack.Block{Section(strings.Join(append(append(own, common...), "*Actions* "+actions(g)), "\n"))}
	return append(append(content, apart...), more...)
}

// OwnFacts returns the principal and the target.
func OwnFacts(g grant.Grant) (lines []string, apart []slack.Block) {
	arn, ok := literal(g.Principal.ARN, 700)
	if !ok {
		arn = "the ARN below"
		apart = append(apart, TextBlocks("ARN: "+g.Principal.ARN)...)
	}
	means := ": " + arn
	if g.Typed.Principal == g.Principal.ARN {
		means = ""
	}
	return asTyped(apart,
		fact{"IAM user or role", g.Typed.Principal, means + ", account " + Safe(g.Principal.Account, 64)},
		fact{"Bucket", currentlyTyped(g).Target,
			fmt.Sprintf(" in the account %s (%s)", Safe(g.Bucket.Account, 64), Safe(g.Bucket.AccountID, 16))})
}

// actions lists the actions of the level.
func actions(g grant.Grant) string {
	return Safe(strings.Join(slices.Concat(g.Level.Object, g.Level.Bucket), ", "), 600)
}

// CommonFacts returns the parts that all requests of a batch share.
func CommonFacts(g grant.Grant) (lines []string, apart []slack.Block) {
	typed := currentlyTyped(g)
	lines, apart = asTyped(nil,
		fact{"Access level", typed.Level, ""},
		fact{"Duration", typed.Term, TermFrom(g)})
	if changed := changes(g); changed != "" {
		lines = append(lines, changed)
	}
	if !g.Beneficiary.Same(g.Requester) {
		lines = append(lines, "*For* "+consentClause(g))
	}
	if startsLater(g) {
		lines = append(lines, "*Start* "+Dated("Not before", g.StartAt))
	}
	return lines, apart
}

// asTyped returns a line for each fact. Text that does not fit into a line is appended to apart.
func asTyped(apart []slack.Block, facts ...fact) ([]string, []slack.Block) {
	var lines []string
	for _, f := range facts {
		typed, ok := literal(f.typed, typedMost)
		if !ok {
			typed = "as below"
			apart = append(apart, TextBlocks(f.name+": "+f.typed)...)
		}
		lines = append(lines, "*"+f.name+"* "+typed+f.means)
	}
	return lines, apart
}

// startsLater reports whether g has, or was requested with, a later start.
func startsLater(g grant.Grant) bool {
	return g.StartAt.After(g.AskedAt) && (g.State.Open() || g.Scheduled)
}

// TermFrom describes the start of the duration.
func TermFrom(g grant.Grant) string {
	switch {
	case g.BreakGlass:
		return ", starting now"
	case startsLater(g):
		return " from the start, or from the approval if that is later"
	}
	return " from the approval"
}

func Warnings(g grant.Grant) []string {
	var all []string
	if action, changes := g.Level.ChangesBucket(); changes {
		all = append(all, fmt.Sprintf("%s can change the bucket itself. Those changes stay after access ends.",
			Safe(action, 80)))
	}
	if w := permanent(g); w != "" {
		all = append(all, w)
	}
	found := slices.Concat(g.Findings.AlsoOpens, g.Findings.Warnings)
	for i, w := range found {
		if i == 8 {
			all = append(all, fmt.Sprintf("%d more warnings.", len(found)-8))
			break
		}
		all = append(all, Safe(w, 600))
	}
	if k := kms(g); k != "" {
		all = append(all, k)
	}
	return all
}

// decide returns the row of buttons.
func decide(g grant.Grant) slack.Block {
	return slack.NewActionBlock("decide", ApproveButton(g), Button(ActChange, "Change…", g, ""),
		Button(ActDeny, "Deny…", g, slack.StyleDanger), Button(ActDetails, "Details", g, ""))
}

// ApproveButton asks for confirmation if the level writes or the grant covers a whole bucket, also
// for its extension.
func ApproveButton(g grant.Grant) *slack.ButtonBlockElement {
	yes := Button(ActApprove, "Approve", g, slack.StylePrimary)
	if len(g.BatchIDs) > 0 && g.State == grant.Pending {
		yes.Confirm = slack.NewConfirmationBlockObject(Plain("Approve all?", 100),
			Plain(fmt.Sprintf("%d grants in one request: %s access for %s each.", len(g.BatchIDs), g.Level.Name, g.Term), 300),
			Plain(fmt.Sprintf("Approve all %d", len(g.BatchIDs)), 30), Plain("Cancel", 30))
	} else if g.Level.Writes() || g.Prefix == "" {
		term := g.Term.String()
		if g.PendingExtension != nil {
			term = g.PendingExtension.Term.String() + " more"
		}
		yes.Confirm = slack.NewConfirmationBlockObject(Plain("Approve?", 100),
			Plain(fmt.Sprintf("%s will be able to %s all of %s for %s.", g.Principal.Name, Verb(g.Level.Name), Target(g), term),
				300), Plain("Approve", 30), Plain("Cancel", 30))
	}
	return yes
}

// WithVoidApproval adds to a card that still asks a note about an approval that did not count.
func WithVoidApproval(card Message, by grant.Person, at time.Time, why string) Message {
	if len(card.Blocks) == 0 {
		return card
	}
	text := fmt.Sprintf("The approval by %s (%s) did not count: %s", Mention(by), Dated("sent", at), Safe(why, 300))
	card.Blocks = slices.Insert(slices.Clone(card.Blocks), len(card.Blocks)-1,
		slack.Block(slack.NewContextBlock("", Mrkdwn(text))))
	return card
}

// A Drawing is one message that is kept up to date with the record.
type Drawing struct {
	Kind  string
	Event int  // the event in the history; 0: the request
	Needs bool // still needed: if it is deleted, it is posted again
	Asks  int  // the revision to decide on, counted from 1; 0: no decision is asked
	Message
}

// Drawings returns the card (of the lead, for a batch), and one drawing for each extension,
// break-glass and reconfirmation. A request that was over before its card was posted gets none.
func Drawings(g grant.Grant, others ...grant.Grant) (all []Drawing) {
	if g.Last(grant.EventCheck) == nil {
		return nil
	}
	switch {
	case g.BreakGlass, !g.IsBatchLead():
	case len(others) > 0:
		all = append(all, Drawing{PostCard, 0, slices.ContainsFunc(append(others, g), stillAbout),
			asksIf(g.State == grant.Pending, g), BatchCard(g, others)})
	default:
		all = append(all, Drawing{PostCard, 0, stillAbout(g), asksIf(g.State == grant.Pending, g), Card(g)})
	}
	for i, ev := range g.History {
		switch ev.Kind {
		case grant.EventRequestExtension:
			_, open := extensionStands(g, i)
			all = append(all, Drawing{PostExtension, i, open, asksIf(open, g), ExtensionCard(g, i)})
		case grant.EventWarn:
			if g.Reconfirms(i) {
				_, open := reconfirmStands(g, i)
				all = append(all, Drawing{PostReconfirm, i, open, 0, reconfirmCard(g, i)})
			}
		case grant.EventOpenBreakGlass:
			all = append(all, Drawing{PostReview, i, g.NeedsReview() || g.State.InAWS(), 0, GlassCard(g)})
		}
	}
	return all
}

// asksIf returns the revision that a card asks about, counted from 1, or 0 if it does not ask.
func asksIf(asks bool, g grant.Grant) int {
	if !asks {
		return 0
	}
	return g.Revision + 1
}

// stillAbout reports whether a card is still relevant.
func stillAbout(g grant.Grant) bool { return g.State == grant.Pending || g.State.InAWS() }

// IsPost reports whether a post shows d.
func (d Drawing) IsPost(post store.Post) bool {
	return post.Key() == store.PostKey{Event: d.Event, Kind: d.Kind, Recipient: store.ToChannel}
}
