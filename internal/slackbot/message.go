package slackbot

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
	postCard      = "card"
	postReceived  = "received"
	postGranted   = "granted"
	postWarning   = "warning"
	postEnded     = "ended"
	postDrift     = "drift"
	postAlert     = "alert"
	postDenied    = "denied"
	postExtension = "extension" // the card of an extension
	postReconfirm = "reconfirm" // whether a long grant is still needed
	postConsent   = "consent"
	postReview    = "review" // of a break-glass
	postThread    = "thread" // below the card
	postReminder  = "reminder"
	postHome      = "home" // no post: a button of the person's own Home
)

// The actions of buttons. Their value is the grant's id and the revision of the
// request that the message shows, and nothing else.
const (
	actApprove = "approve"
	actDeny    = "deny"
	actEnd     = "end"
	actPutBack = "put_back"
	actChange  = "change"
	actDetails = "details"
	actExtend  = "extend"
	actRevoke  = "revoke"
	actAgain   = "again"
	actConsent = "consent"
	actDecline = "decline"
	actReview  = "review"
	actCancel  = "cancel"
	actSeveral = "several" // opens what waits, to be decided at once; about no grant
	actForm    = "form"    // opens the request form; about no grant
	actRetry   = "retry"   // does again what was not done in time; its value is a token, see retry.go
)

// A message is what one post shows.
type message struct {
	text   string // stands alone in a notification
	blocks []slack.Block
	thread string // the timestamp of the message that it stands below; "": of none
}

// options are those of every message: nothing in it is fetched by Slack.
func (m message) options() []slack.MsgOption {
	options := []slack.MsgOption{slack.MsgOptionText(m.text, false), slack.MsgOptionDisableLinkUnfurl(), slack.MsgOptionDisableMediaUnfurl()}
	if len(m.blocks) > 0 {
		options = append(options, slack.MsgOptionBlocks(m.withinBudget().blocks...))
	}
	if m.thread != "" {
		options = append(options, slack.MsgOptionTS(m.thread))
	}
	return options
}

// plainer is the message with its text and its buttons alone, for a Slack that
// refused it as it is.
func (m message) plainer(refused error) message {
	content := []slack.Block{section(cutMarkup(m.text, sectionLimit))}
	for _, b := range m.blocks {
		if b.BlockType() == slack.MBTAction {
			content = append(content, b)
		}
	}
	if len(content) > 1 {
		why := slack.NewContextBlock("", mrkdwn("Slack refused the full message ("+safe(refused.Error(), 100)+"). *Details* shows the rest."))
		content = slices.Insert(content, 1, slack.Block(why))
	}
	return message{text: m.text, blocks: content, thread: m.thread}
}

// digest tells one look of a message from another.
func (m message) digest() string {
	text, _ := json.Marshal(struct {
		Text   string
		Blocks []slack.Block
	}{m.text, m.blocks}) // blocks of strings: it cannot fail
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8])
}

func value(g grant.Grant) string { return fmt.Sprintf("%s.%d", g.ID, g.Revision) }

func button(action, label string, g grant.Grant, style slack.Style) *slack.ButtonBlockElement {
	b := slack.NewButtonBlockElement(action, value(g), plain(label, 75))
	b.Style = style
	return b
}

// withButtons is a message of one text, with buttons below it.
func withButtons(text, block string, buttons ...slack.BlockElement) message {
	return message{text: text, blocks: []slack.Block{section(text), slack.NewActionBlock(block, buttons...)}}
}
