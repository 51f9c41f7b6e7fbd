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
// In: socket.go keeps the connections and connections.go watches them, transport.go
// bounds and spaces calls, dispatch.go takes envelopes and acknowledges them,
// dedupe.go knows those that came before, interactions.go reads buttons and submissions.go
// forms, modals.go opens the modals, and each of them has a file: form.go the request form,
// narrow.go, extend.go, details.go, and deny.go those that ask for a reason alone.
//
// An act (act.go) is in the journal before it is acknowledged. acts.go has the
// places and the replay, do.go carries it out, reply.go answers it until Slack has
// taken the answer, retry.go gives a fresh button for what came too late, late.go has the card
// say so, and overdue.go tells what is undone for too long. unreadable.go answers what cannot
// be read.
//
// Out: deliver.go is the projection, retire_buttons.go what takes buttons off again, send.go what may go wrong with a message,
// ratelimit.go when one may be sent, respond.go what one person is told at once.
//
// Messages are drawn by the package blocks, which is pure. testdata has the looks of
// all of them.
package slackbot
