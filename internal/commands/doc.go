// Package commands is what people can ask for: it reads what they typed or
// pressed, decides with the rules and the record, stores the decision, and
// answers.
//
// It knows nothing of Slack: people come in as ids that the envelope proved, a
// click as the request it was about, and answers go out as plain text and
// grants, which an adapter draws. Nothing here writes to AWS; what a decision
// makes necessary there is a projection of the record.
//
// parse.go reads a command, service.go runs one, and each verb has a file. could.go
// says beforehand what would be refused, form.go and home.go have what the request
// form offers and a Home shows, filter.go narrows lists and cuts them into pages.
package commands
