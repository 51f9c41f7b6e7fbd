package main

// What the app's manifest offers in Slack's own places: Slack knows it from
// there, the page from here, and a test holds the two together.

// A command is a slash command with what Slack shows while it is typed.
type command struct {
	Name        string   `json:"name"`
	Description string   `json:"description"`
	Usage       string   `json:"usage"`
	Words       []helped `json:"words"` // what can follow, which Slack does not know; the page completes it
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
	Words: []helped{
		{"request", "<bucket[/prefix]> <level> <principal> <term> <reason…>", "ask for access"},
		{"list", "[mine|pending|active|all]", "your requests and grants"},
		{"show", "<id>", "one of them in full"},
		{"approve", "<id>", "say yes"},
		{"deny", "<id> <reason>", "say no, and why"},
		{"cancel", "<id>", "take your request back"},
		{"end", "<id> [reason]", "end access early"},
		{"help", "", "all commands"},
	},
}

var shortcuts = []shortcut{
	{"Request S3 access", "request_access", "global"},
	{"Request S3 access", "request_access_here", "message"},
}

// hasHome is whether the app has a Home tab.
const hasHome = true
