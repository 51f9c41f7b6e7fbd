// Package preflight judges, from AWS's answers, whether a grant can be given and
// what its approver has to know.
//
// It reads nothing and writes nothing itself: facts come in, findings go out.
// Other people's statements are judged by package policy; here are the settings of
// the bucket and of the principal.
//
// A tour: settings.go is about the bucket's ownership, ACL, payer and tags, and
// about the principal's permissions boundary.
package preflight
