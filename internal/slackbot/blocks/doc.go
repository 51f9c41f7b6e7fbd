// Package blocks draws records as Slack messages, modals and Homes: a grant or
// the values of a form in, text and Block Kit blocks out. It is pure. It reads no
// store, no clock and no directory, calls nothing, and decides nothing.
//
// Text from people and AWS is escaped and cut in escape.go alone. A message over
// Slack's limits is shortened in budget.go, and names the place of the rest.
//
// A blind spot: Slack does not document its limit for all blocks of a message, so
// the budget is an estimate. Only Slack tells whether it accepts a message.
//
// A tour: card.go, batch_card.go, extension_card.go, breakglass_card.go and
// reconfirm_card.go draw the messages that follow a record; the first also lists
// them for a grant, request_list.go draws the list of many waiting cards, and
// narrowed.go has the words of a narrowed one. notices.go lists the
// messages about an event; access_notices.go, extension_notice.go, alerts.go, drift.go and
// reminders.go draw them, and extension_wait.go the wait for an extension in them.
// status.go draws the status message of a request and the later
// states of messages to people, and retired.go those of messages to approvers. show.go and
// tables.go draw the answers to commands. freeze_notices.go,
// kms.go and external.go draw the parts for a freeze, for a customer key and for an
// external account; tryit.go the lines to paste into a shell, and retry_button.go
// the button that repeats a late act.
//
// home.go draws a Home. forms.go draws the modals for requests and extensions,
// decision_forms.go, narrow_form.go and bulk_approve_form.go those of approvers,
// details.go the background of a decision, end_all.go and breakglass_card.go the
// confirmations of an end-all and of a break-glass. modal.go has their inputs.
// The types of form values are also in the journal.
//
// phrases.go has the wording that several of them share, approvers.go the people who
// can approve, and message.go the message itself with its kinds and actions. testdata has the goldens of all drawings.
package blocks
