package main

import (
	"strings"

	"s3share/internal/commands"
)

// What the app's manifest offers in Slack's own places: Slack knows it from
// there, the page from here, and a test holds the two together.

// A command is a slash command, with what Slack shows while it is typed and with
// what can follow, which Slack does not know.
type command struct {
	Name        string   `json:"name"`
	Description string   `json:"description"`
	Usage       string   `json:"usage"`
	Words       []helped `json:"words"`
}

// A helped is a word with what it is good for.
type helped struct {
	Word string `json:"word"`
	Args string `json:"args"`
	Help string `json:"help"`
}

// A shortcut is in the menu of a message, or in that of the message box.
type shortcut struct {
	Name       string `json:"name"`
	CallbackID string `json:"callbackID"`
	Type       string `json:"type"` // message or global
}

var slashCommand = command{
	Name:        "/s3share",
	Description: "Ask for access to an S3 bucket, decide on it, end it.",
	Usage:       "request <bucket[/prefix]> <level> <principal> <term> <reason…>",
}

// words are those that the bot itself names in its help.
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

// hasHome is whether the app has a Home tab, and readOnly whether nobody can
// write to it.
const (
	hasHome  = true
	readOnly = true
)
