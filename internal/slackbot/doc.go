// Package slackbot is Socket Mode in and Block Kit out: it turns envelopes into
// calls of the commands, and makes Slack agree with the records.
//
// It decides nothing. Who may do what is decided by the commands and the record;
// this package proves who clicked, and that they clicked on a message that the
// bot posted for that grant. It never believes what a message says.
//
// Both ways are at-least-once and out of order: envelopes come again, and a
// click can overtake the answer to its card's post. Cards and notices are a
// projection: told late while Slack is down, never lost.
//
// socket.go keeps the connections, handle.go and clicks.go take envelopes,
// deliver.go is the projection, card.go and notice.go what it shows, words.go
// the wording, text.go the one place where people's text is escaped and cut.
package slackbot
