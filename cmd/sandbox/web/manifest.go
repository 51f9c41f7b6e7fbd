package web

import (
	"strings"

	"s3share/internal/commands"
)

// The entries of the app's manifest that Slack shows in its own menus. The page
// cannot read the manifest, so a test compares the two.

// A command is a slash command with its help in Slack, and with its words,
// which Slack does not know.
type command struct {
	Name        string   `json:"name"`
	Description string   `json:"description"`
	Usage       string   `json:"usage"`
	Words       []helped `json:"words"`
}

// A helped is a word with its explanation.
type helped struct {
	Word string `json:"word"`
	Args string `json:"args"`
	Help string `json:"help"`
}

// A shortcut is an entry in the menu of a message, or in that of the message
// box.
type shortcut struct {
	Name       string `json:"name"`
	CallbackID string `json:"callbackID"`
	Type       string `json:"type"` // message or global
}

var slashCommand = command{
	Name:        "/s3share",
	Description: "Request, approve and end access to S3 buckets.",
	Usage:       "request <bucket[/prefix]> <level> <principal> <term> <reason…>",
}

// words are the words in the bot's own help.
func words() (list []helped) {
	for _, w := range commands.Words() {
		word, args, _ := strings.Cut(w[0], " ")
		list = append(list, helped{word, args, w[1]})
	}
	return list
}

var shortcuts = []shortcut{
	{"Request S3 access", "request_access", "global"},
	{"Request S3 access", "request_access_here", "message"},
}

// hasHome is true if the app has a Home tab. readOnly is true if people cannot
// write to the app.
const (
	hasHome  = true
	readOnly = true
)
