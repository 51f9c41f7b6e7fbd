// Package commands carries out commands, buttons and forms: it decides by the rules and the record,
// stores the decision, and answers.
//
// It knows nothing of Slack. An adapter passes in verified ids of people and the request that a
// button belongs to, and draws the answers, which are plain text and grants. Package commands never
// writes to AWS: package reconcile derives those writes from the record.
//
// A decision is stored by one commit that carries the act's idempotency keys. A redelivered act is
// answered from the record and changes nothing.
//
// Blind spots: Slack and AWS can change between a check and its commit. The commit compares only the
// records, the freezes and the end-alls. Forms and Homes may show answers about a person that are two minutes old; an
// act asks again.
//
// A tour, from the top:
//
//	service.go    the Service and its parts; rules.go has its answers about the config
//	command.go    sends a typed command to its part; parser.go reads it, help.go lists them and
//	              help_topics.go explains them
//	invocation.go one act of a verified person
//	verb.go       the verbs of acts; order.go has the acts that wait for each other
//
// Each verb has a file. Four parts store something:
//
//	Requests      request.go breakglass.go
//	Decisions     approve.go bulk_approve.go narrow.go extend.go restore.go consent.go
//	Endings       endings.go end.go end_all.go end_all_preview.go damaged.go cancel.go review.go settle.go
//	freezer       freeze.go
//
// The other parts have a [reader], which cannot commit:
//
//	Prechecks     precheck.go
//	Queries       queries.go list.go show.go history.go event_labels.go buckets.go home.go inbox.go
//	              filter.go
//	Suggestions   suggest.go principals.go actor_cache.go
//
// Below them: decision.go is the one way of a decision; records.go reads its grants, directory.go asks
// Slack about its people, freeze_check.go heeds a freeze, preflight.go asks AWS, rulebook.go knows the rules,
// and decision_reply.go has the answers.
package commands
