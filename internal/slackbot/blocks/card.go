package blocks

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"s3share/internal/grant"
	"s3share/internal/store"
)

// Card draws the approval card. It shows the status of the grant as long as it matters.
func Card(g grant.Grant) Message {
	var s sheet
	s.keep(Section("*" + RequestClause(g) + "*"))
	s.keep(Facts(g)...)
	s.keep(TextBlocks("Reason: " + g.Reason)...)
	if g.Findings.Change != "" && (g.State == grant.Pending || g.State == grant.Approved) {
		s.add(yieldsDetail, Section("What changes: "+Safe(g.Findings.Change, 1500)))
	}
	if g.State == grant.Pending && g.Findings.Diff != "" {
		s = append(s, diffPiece(g.Findings.Diff))
	}
	for _, w := range Warnings(g) {
		s.add(yieldsWarning, Section(":warning: "+w))
	}
	if changed := changes(g); changed != "" {
		s.keep(Section(changed))
	}
	s.keep(slack.NewContextBlock("", Mrkdwn("`"+string(g.ID)+"` · "+status(g))))
	switch g.State {
	case grant.Pending:
		s.keep(decide(g))
	case grant.Approved, grant.Active:
		s.keep(slack.NewActionBlock("open", Button(ActDetails, "Details", g, ""),
			Button(ActRevoke, "End…", g, slack.StyleDanger)))
	}
	return Message{Text: RequestClause(g) + " — " + status(g), Blocks: s.blocks()}
}

// diffPiece returns the policy diff. It is truncated in a message without space.
func diffPiece(diff string) piece {
	return piece{block: Fenced(diff), yield: yieldsDiff, shorter: func(most int) slack.Block {
		if most < worthShowing {
			return nil
		}
		return fencedWithin(diff, most)
	}}
}

// worthShowing is the smallest part of a diff that is shown, in characters.
const worthShowing = 200

// changes describes the narrowings by approvers.
func changes(g grant.Grant) string {
	var all []string
	for _, ev := range g.History {
		if ev.Kind == grant.EventNarrow {
			all = append(all, "Changed by "+Mention(ev.By)+": "+Safe(ev.Why, 400)+".")
		}
	}
	return strings.Join(all[max(0, len(all)-5):], "\n")
}

// status describes the state of the grant for approvers.
func status(g grant.Grant) string {
	if g.State != grant.Pending {
		return StatusText(g)
	}
	return StatusText(g) + "; " + onCard(g) + "; lapses " + When(g.LapsesAt) + notified(g)
}

// onCard names the approvers on the card. If the rule lists people to notify, only those are
// mentioned, because a mention notifies.
func onCard(g grant.Grant) string {
	switch n := g.Rule.Quorum(g.Level.Name); {
	case g.Rule.Notify.IsEmpty():
		return MayApprove(g)
	case n > 1:
		return fmt.Sprintf("%d of its approvers have to approve (Details names them)", n)
	}
	return "its approvers may decide (Details names them)"
}

// approversOnCard lists the approvers for a place that everyone can see.
func approversOnCard(g grant.Grant) string {
	if g.Rule.Notify.IsEmpty() {
		return Mentions(g.Rule.Approvers)
	}
	return "its approvers"
}

// notified mentions the people that the rule notifies.
func notified(g grant.Grant) string {
	if pinged := Mentions(g.Rule.Notify); pinged != "" {
		return ". For " + pinged
	}
	return ""
}

// Mentions formats people and groups as mentions. Slack notifies them.
func Mentions(p grant.People) string {
	var names []string
	for _, u := range p.Users {
		names = append(names, Mention(grant.Person{User: u}))
	}
	for _, s := range p.Groups {
		names = append(names, "<!subteam^"+Safe(s, 32)+">")
	}
	text := strings.Join(names[:min(named, len(names))], ", ")
	if len(names) > named {
		text += fmt.Sprintf(" and %d more", len(names)-named)
	}
	return text
}

func MayApprove(g grant.Grant) string {
	text := Mentions(g.Rule.Approvers)
	if n := g.Rule.Quorum(g.Level.Name); n > 1 {
		return fmt.Sprintf("%d of %s have to approve", n, text)
	}
	return text + " may decide"
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
	content := []slack.Block{Section(strings.Join(append(own, common...), "\n"))}
	return append(append(content, apart...), more...)
}

// OwnFacts returns the principal and the target.
func OwnFacts(g grant.Grant) (lines []string, apart []slack.Block) {
	arn, ok := literal(g.Principal.ARN, 700)
	if !ok {
		arn = "with the ARN below"
		apart = append(apart, TextBlocks("ARN: "+g.Principal.ARN)...)
	}
	means := ": " + arn
	if g.Typed.Principal == g.Principal.ARN {
		means = ""
	}
	return asTyped(apart,
		fact{"For", g.Typed.Principal, means + ", account " + Safe(g.Principal.Account, 64)},
		fact{"Bucket", g.Typed.Target,
			fmt.Sprintf(" in the account %s (%s)", Safe(g.Bucket.Account, 64), Safe(g.Bucket.AccountID, 16))})
}

// CommonFacts returns the parts that all requests of a batch share.
func CommonFacts(g grant.Grant) (lines []string, apart []slack.Block) {
	actions := slices.Concat(g.Level.Object, g.Level.Bucket)
	lines, apart = asTyped(nil,
		fact{"Level", g.Typed.Level, ": " + Safe(strings.Join(actions, ", "), 600)},
		fact{"Term", g.Typed.Term, TermFrom(g)})
	if !g.Beneficiary.Same(g.Requester) {
		lines = append(lines, "*On behalf of* "+Mention(g.Beneficiary)+", who has confirmed it")
	}
	if startsLater(g) {
		lines = append(lines, "*Not before* "+When(g.StartAt))
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
		return ", at once"
	case startsLater(g):
		return " from its start, or from the approval if that is later"
	}
	return " from the approval"
}

func Warnings(g grant.Grant) []string {
	var all []string
	if action, changes := g.Level.ChangesBucket(); changes {
		all = append(all, fmt.Sprintf("With %s the bucket itself can be changed, and not only what is in it: what is "+
			"changed there stays when the grant has ended.", Safe(action, 80)))
	}
	if w := permanent(g); w != "" {
		all = append(all, w)
	}
	found := slices.Concat(g.Findings.AlsoOpens, g.Findings.Warnings)
	for i, w := range found {
		if i == 8 {
			all = append(all, fmt.Sprintf("There are %d more warnings.", len(found)-8))
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
			Plain(fmt.Sprintf("All %d grants of this request: %s, for %s each.", len(g.BatchIDs), g.Level.Name, g.Term), 300),
			Plain("Approve all", 30), Plain("Not yet", 30))
	} else if g.Level.Writes() || g.Prefix == "" {
		term := g.Term.String()
		if g.PendingExtension != nil {
			term = g.PendingExtension.Term.String() + " longer"
		}
		yes.Confirm = slack.NewConfirmationBlockObject(Plain("Approve?", 100),
			Plain(fmt.Sprintf("%s could %s all of %s for %s.", g.Principal.Name, Verb(g.Level.Name), Target(g), term), 300),
			Plain("Approve", 30), Plain("Not yet", 30))
	}
	return yes
}

// WithVoidApproval adds to a card that still asks a note about an approval that did not count.
func WithVoidApproval(card Message, by grant.Person, at time.Time, why string) Message {
	if len(card.Blocks) == 0 {
		return card
	}
	text := fmt.Sprintf("The approval by %s of %s did not count: %s", Mention(by), When(at), Safe(why, 300))
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
