// Package commands is what people can ask for: it reads what they typed or
// pressed, decides with the rules and the record, stores the decision, and
// answers.
//
// It knows nothing of Slack: people come in as ids that the envelope proved, a
// click as the request it was about, and answers go out as plain text and
// grants, which an adapter draws. Nothing here writes to AWS; what a decision
// makes necessary there is a projection of the record.
//
// parse.go reads a command, service.go runs one, and each verb has a file.
package commands
