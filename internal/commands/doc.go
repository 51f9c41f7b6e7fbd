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
// A tour: service.go has the Service, its dependencies, and the loop that commits a decision.
// command.go dispatches a typed command; package parse reads it. Each verb has a file, such as
// request.go, decide.go, extend.go, end.go and freeze.go. precheck.go tells a form which acts are
// certain to be refused. form.go and names.go suggest buckets and principals, home.go and inbox.go
// collect the grants of a Home, and filter.go filters lists and splits them into pages. nature.go
// orders the acts that have to wait for each other.
package commands
