package store

import (
	"time"

	"s3share/internal/grant"
)

// A Delivery records which events of one grant were told, and where its
// messages are. It is a record of its own, so that telling never conflicts with
// deciding.
type Delivery struct {
	ID        grant.ID
	Version   uint64
	Told      int    // how many events of the history were told
	Posts     []Post // the messages in Slack
	Reply     string // a response URL of the requester, while it is valid
	ReplyBy   time.Time
	Attempts  int    // failures in a row
	LastError string // the latest failure
}

// A Post is a message that the bot posted for a grant. Only clicks on these
// count.
type Post struct {
	Kind      string // card, or another of the kinds that slackbot names
	Event     int    // index in the history of the event that it tells
	Recipient string // a Slack user id, or ToChannel, ToAdmins, ToThread, ToAlertThread
	Channel   string
	TS        string
	Digest    string // of its current content

	// Of a card that asks for a decision: the revision shown, counted from 1,
	// and since when. Zero for other cards.
	DecisionRevision int
	Since            time.Time
}

// Recipients of a post that are roles. A post keeps the role and not the
// channel, because the config may name another channel later.
const (
	ToChannel = "channel" // the channel of the card
	ToAdmins  = "admins"  // the admin channel
	ToThread  = "thread"  // the thread below the card

	ToAlertThread = "alert " // the thread below an alert about the grant; the alert's event follows
)

// A PostKey identifies a post of a grant: one event is told to one recipient in
// one post of a kind.
type PostKey struct {
	Event           int
	Kind, Recipient string
}

// Key returns the key of p.
func (p Post) Key() PostKey { return PostKey{p.Event, p.Kind, p.Recipient} }
