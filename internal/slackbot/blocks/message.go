package blocks

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/slack-go/slack"

	"s3share/internal/grant"
)

// The kinds of post. Clicks are held against them.
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
	PostThread    = "thread" // below the card
	PostReminder  = "reminder"
	PostHome      = "home" // no post: a button of the person's own Home
)

// The actions of buttons. Their value is the grant's id and the revision of the
// request that the message shows, and nothing else.
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
	ActSeveral = "several" // opens what waits, to be decided at once; about no grant
	ActForm    = "form"    // opens the request form; about no grant
	ActRetry   = "retry"   // does again what was not done in time; its value is a token, see retry.go
)

// A Message is what one post shows.
type Message struct {
	Text   string // stands alone in a notification
	Blocks []slack.Block
	Thread string // the timestamp of the message that it stands below; "": of none
}

// Options are those of every message: nothing in it is fetched by Slack.
func (m Message) Options() []slack.MsgOption {
	options := []slack.MsgOption{slack.MsgOptionText(m.Text, false), slack.MsgOptionDisableLinkUnfurl(), slack.MsgOptionDisableMediaUnfurl()}
	if len(m.Blocks) > 0 {
		options = append(options, slack.MsgOptionBlocks(m.WithinBudget().Blocks...))
	}
	if m.Thread != "" {
		options = append(options, slack.MsgOptionTS(m.Thread))
	}
	return options
}

// Plainer is the message with its text and its buttons alone, for a Slack that
// refused it as it is.
func (m Message) Plainer(refused error) Message {
	content := []slack.Block{Section(cutMarkup(m.Text, SectionLimit))}
	for _, b := range m.Blocks {
		if b.BlockType() == slack.MBTAction {
			content = append(content, b)
		}
	}
	if len(content) > 1 {
		why := slack.NewContextBlock("", Mrkdwn("Slack refused the full message ("+Safe(refused.Error(), 100)+"). *Details* shows the rest."))
		content = slices.Insert(content, 1, slack.Block(why))
	}
	return Message{Text: m.Text, Blocks: content, Thread: m.Thread}
}

// Digest tells one look of a message from another.
func (m Message) Digest() string {
	text, _ := json.Marshal(struct {
		Text   string
		Blocks []slack.Block
	}{m.Text, m.Blocks}) // blocks of strings: it cannot fail
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8])
}

func Value(g grant.Grant) string { return fmt.Sprintf("%s.%d", g.ID, g.Revision) }

func Button(action, label string, g grant.Grant, style slack.Style) *slack.ButtonBlockElement {
	b := slack.NewButtonBlockElement(action, Value(g), Plain(label, 75))
	b.Style = style
	return b
}

// withButtons is a message of one text, with buttons below it.
func withButtons(text, block string, buttons ...slack.BlockElement) Message {
	return Message{Text: text, Blocks: []slack.Block{Section(text), slack.NewActionBlock(block, buttons...)}}
}
