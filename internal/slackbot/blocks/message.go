package blocks

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/slack-go/slack"

	"s3share/internal/grant"
	"s3share/internal/store"
)

// The kinds of posts. Clicks are checked against them.
const (
	PostCard      = "card"
	PostReceived  = "received"
	PostGranted   = "granted"
	PostWarning   = "warning"
	PostEnded     = "ended"
	PostDrift     = "drift"
	PostAlert     = "alert"
	PostDenied    = "denied"
	PostExtension = "extension" // the card of an extension
	PostReconfirm = "reconfirm" // whether a long grant is still needed
	PostConsent   = "consent"
	PostReview    = "review" // of a break-glass
	PostThread    = "thread" // in the card's thread
	PostReminder  = "reminder"
	PostListed    = "listed" // in a list of requests; Since is when its card was requested
	PostHome      = "home"   // not a post: a button on the person's own Home
)

// The actions of buttons. The value of a button is only the grant's id and the revision that the
// message shows.
const (
	ActApprove = "approve"
	ActDeny    = "deny"
	ActEnd     = "end"
	ActPutBack = "put_back"
	ActChange  = "change"
	ActDetails = "details"
	ActExtend  = "extend"
	ActRevoke  = "revoke"
	ActAgain   = "again"
	ActConsent = "consent"
	ActDecline = "decline"
	ActReview  = "review"
	ActCancel  = "cancel"
	ActOpen    = "open_card"     // posts the card of a request on a list
	ActSeveral = "several"       // opens the bulk approval; has no grant
	ActForm    = "form"          // opens the request form; has no grant
	ActNext    = "next_page"     // replaces a list by its next page; its value is the command
	ActPrev    = "previous_page" // the same for the page before
	ActRetry   = "retry"         // repeats an act that came too late; its value is a token
)

// A Message is the contents of one post.
type Message struct {
	Text   string // complete by itself, for notifications
	Blocks []slack.Block
	Thread string // the timestamp of the thread's first message; "": none
}

// Options returns the options of every message. Slack fetches no links in it.
func (m Message) Options() []slack.MsgOption {
	options := []slack.MsgOption{slack.MsgOptionText(m.Text, false), slack.MsgOptionDisableLinkUnfurl(),
		slack.MsgOptionDisableMediaUnfurl()}
	if len(m.Blocks) > 0 {
		options = append(options, slack.MsgOptionBlocks(m.WithinBudget().Blocks...))
	}
	if m.Thread != "" {
		options = append(options, slack.MsgOptionTS(m.Thread))
	}
	return options
}

// Plainer returns the message with only its text and buttons, for a retry after a refusal.
func (m Message) Plainer(refused error) Message {
	content := []slack.Block{Section(cutMarkup(m.Text, SectionLimit))}
	for _, b := range m.Blocks {
		if section, ok := b.(*slack.SectionBlock); b.BlockType() == slack.MBTAction || ok && section.Accessory != nil {
			content = append(content, b)
		}
	}
	if len(content) > 1 {
		why := slack.NewContextBlock("",
			Mrkdwn("Slack refused the full message ("+Safe(refused.Error(), 100)+"). *Details* shows the rest."))
		content = slices.Insert(content, 1, slack.Block(why))
	}
	return Message{Text: m.Text, Blocks: content, Thread: m.Thread}
}

// Digest identifies the appearance of a message.
func (m Message) Digest() string {
	text, _ := json.Marshal(struct {
		Text   string
		Blocks []slack.Block
	}{m.Text, m.Blocks}) // cannot fail for blocks of strings
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8])
}

// Value returns the value of a button about a grant.
func Value(g grant.Grant) string { return fmt.Sprintf("%s.%d", g.ID, g.Revision) }

// ParseValue reads the value of a button.
func ParseValue(value string) (id grant.ID, revision int, ok bool) {
	name, number, _ := strings.Cut(value, ".")
	revision, err := strconv.Atoi(number)
	return grant.ID(name), revision, err == nil && name != ""
}

func Button(action, label string, g grant.Grant, style slack.Style) *slack.ButtonBlockElement {
	b := slack.NewButtonBlockElement(action, Value(g), Plain(label, 75))
	b.Style = style
	return b
}

// withButtons returns a message with one text and buttons.
func withButtons(text, block string, buttons ...slack.BlockElement) Message {
	return Message{Text: text, Blocks: []slack.Block{Section(text), slack.NewActionBlock(block, buttons...)}}
}

// A Notice is one message about one event of a history.
type Notice struct {
	Kind  string
	To    Where
	Reply bool // may use the command's response URL while that is valid
	About int  // of ToAlertThread: the event of the alert
	Message
}

// Where is the kind of a notice's recipients.
type Where int

const (
	ToRequester Where = iota // also the beneficiary, if that is another person
	ToChannel                // the channel of the card
	ToAdmins
	ToBeneficiary
	ToRequesterAlone
	ToThread      // in the card's thread, which all approvers see
	ToAlertThread // in the thread of an alert about the grant
)

// IsPersonal reports whether a notice goes to a person.
func (n Notice) IsPersonal() bool {
	return n.To == ToRequester || n.To == ToRequesterAlone || n.To == ToBeneficiary
}

// Recipients returns the recipients of a notice about a grant, as in [store.Post].
func (n Notice) Recipients(g grant.Grant) []string {
	switch n.To {
	case ToChannel:
		return []string{store.ToChannel}
	case ToAdmins:
		return []string{store.ToAdmins}
	case ToThread:
		return []string{store.ToThread}
	case ToAlertThread: // one event may end several alerts
		return []string{store.ToAlertThread + strconv.Itoa(n.About)}
	case ToBeneficiary:
		return []string{g.Beneficiary.User}
	case ToRequester:
		if !g.Beneficiary.Same(g.Requester) {
			return []string{g.Requester.User, g.Beneficiary.User}
		}
	}
	return []string{g.Requester.User}
}

func inThread(text string) Notice {
	return Notice{Kind: PostThread, To: ToThread, Message: Message{Text: text}}
}
