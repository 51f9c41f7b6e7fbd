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
// Blind spots: a click proves the Slack account, and not the person who uses it. Slack does not report
// that a Home was closed, so recently opened Homes are updated for a while.
//
// The files read from the top down: each uses those below it. bot.go puts the parts together, start.go
// checks the app's tokens, scopes and groups, and status.go answers the health checks.
//
// Incoming: socket.go keeps the connections, connections.go watches them, and transport.go limits
// calls. dispatch.go receives envelopes; submissions.go handles forms, and reads.go the commands and
// clicks that change nothing. end_all.go opens the modal of an end-all. incoming.go is one envelope and its
// acknowledgement. handler_slots.go counts the handlers, and dedupe.go recognizes redeliveries. modals.go
// opens modals, form.go collects their contents and finds problems in a submitted one, and form_updates.go
// updates an open one while a person fills it in. narrow_form.go keeps the label of the narrowing form.
// interactions.go reads an act out of an envelope, and clicks.go proves a click.
//
// An act (act.go) is in the journal before it is acknowledged. replay.go queues the acts that an
// earlier run left undone. carry_out.go queues acts, carries them out and finishes them.
// transient_faults.go retries an act after a temporary fault, and respond.go its answer until Slack has
// accepted it. retry_button.go offers a new button for an act that came too late, and refused_yes.go notes it on
// the card. worker.go has their type, acts.go the acts in flight, and fairness.go the limits of one
// person and the refusal above them. do.go carries out one act. overdue.go reports acts that take too
// long.
//
// Outgoing: package outbox makes Slack's messages agree with the records, respond.go answers the
// person who did something, and home.go updates the Homes that were opened.
//
// directory.go looks up people and user groups in Slack, with names.go for people's names and
// approver_presence.go for the number of approvers who can decide.
//
// Package blocks draws all messages, modals and Homes, and is pure.
package slackbot
