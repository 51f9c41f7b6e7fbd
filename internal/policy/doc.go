// Package policy reads, edits, compares and explains S3 bucket policies, and
// writes the IAM policies of the other half.
//
// It knows nothing of AWS calls, of Slack, of the store or of who may have
// what: text comes in, text goes out, and instants are arguments. Whether a
// statement that looks like the bot's belongs to this store is up to the
// caller.
//
// Always: a statement that somebody else wrote leaves as it came, byte for
// byte and in its place, whatever is added or removed around it. No statement
// is written without the instant at which it stops working. What cannot be
// read with certainty is kept, is never taken for the bot's, and never counts
// as harmless.
//
// A tour: scan.go finds values in JSON text, document.go keeps a policy as its
// pieces, statement.go and view.go look into a statement without owning it,
// canonical.go says what two of them have in common after AWS has rearranged
// them. allow.go and ask.go are what the bot itself writes; actions.go and
// wildcard.go decide what a pattern of actions can reach. delegates.go and
// obstacles.go read other people's statements for a person, describe.go shows
// an edit, halves.go is the IAM side.
package policy
