// Package slackbot connects Slack to the commands: it turns Socket Mode envelopes into calls of the
// commands, and their answers into messages.
//
// It decides nothing about a grant: the commands and the record do. It proves who clicked, and that
// the bot posted the clicked message for that grant. It never trusts the contents of a message.
//
// Envelopes and messages are delivered at least once and out of order: envelopes are redelivered,
// and a click can arrive before the reply to the post of its card. Cards and notices are derived
// from the records. They are delayed while Slack is down, and never lost.
//
// Incoming: socket.go keeps the connections, connections.go watches them, and transport.go limits
// calls. dispatch.go receives and acknowledges envelopes, and dedupe.go recognizes redeliveries.
// interactions.go reads buttons, submissions.go reads forms, and modals.go opens modals. form.go
// collects what they show, and finds problems in a submitted one. reasons.go lists the actions that
// ask for a reason.
//
// An act (act.go) is in the journal before it is acknowledged. acts.go queues and replays acts,
// do.go carries one out, and reply.go answers it until Slack has accepted the answer. passing.go
// retries an act after a temporary fault. retry_button.go offers a new button for an act that came too
// late, late_card.go notes it on the card, and overdue.go reports acts that take too long. unreadable.go
// answers unreadable interactions.
//
// Outgoing: package outbox makes Slack's messages agree with the records, and respond.go answers the
// person who did something.
//
// Package blocks draws all messages, modals and Homes, and is pure.
package slackbot
