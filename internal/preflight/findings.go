package preflight

import (
	"errors"
	"slices"

	"s3share/internal/grant"
	"s3share/internal/policy"
)

// A Finding is a blocker or a warning.
type Finding struct {
	Check  Name // its origin
	Kind   policy.Kind
	Blocks bool // true for a blocker, false for a warning
	Source Source
	Text   string      // a sentence with its full stop
	Hint   string      // the way out, or ""
	Field  grant.Field // the field of the request, or ""
}

// A Source is the origin of a finding.
type Source struct {
	Document  Document
	Statement int    // its place in a policy, from 1; 0 for the whole policy
	Sid       string // of the statement, or ""
	Setting   string // of a bucket or principal in AWS's words, or a rule's name; or ""
}

// A Document is one of the texts and services that checks read.
type Document string

// The documents.
const (
	BucketPolicy   Document = "bucket policy"
	BucketSettings Document = "bucket settings"
	IAM            Document = "IAM"
	Rules          Document = "config"
	Slack          Document = "Slack"
	AuditLog       Document = "audit log"
	Record         Document = "record"
	Clock          Document = "clock"
)

// Kinds of findings, beside those of package policy.
const (
	Ownership     policy.Kind = "ownership"
	RequesterPays policy.Kind = "requester pays"
	ABAC          policy.Kind = "abac"
	Boundary      policy.Kind = "boundary"
	Unread        policy.Kind = "unread"
	Key           policy.Kind = "key"        // of the bucket's default encryption
	Missing       policy.Kind = "missing"    // the bucket or principal does not exist
	Full          policy.Kind = "full"       // a limit of AWS
	Refused       policy.Kind = "refused"    // by the rules
	Unheld        policy.Kind = "unheld"     // the record differs from its approval
	Skewed        policy.Kind = "skewed"     // the clock is wrong
	Unwritable    policy.Kind = "unwritable" // it cannot be written as a policy
)

// blocker returns a refusal as a finding.
func blocker(kind policy.Kind, source Source, no *grant.Refusal) Finding {
	return Finding{Kind: kind, Blocks: true, Source: source, Text: no.Sentence, Hint: no.Hint, Field: no.Field}
}

// blockers turns a refusal into a finding. It returns any other error as it is.
func blockers(kind policy.Kind, source Source, err error) ([]Finding, error) {
	var no *grant.Refusal
	if errors.As(err, &no) {
		return []Finding{blocker(kind, source, no)}, nil
	}
	return nil, err
}

// ofPolicy returns findings about statements of the bucket's policy.
func ofPolicy(all []policy.Finding) (found []Finding) {
	for _, f := range all {
		found = append(found, Finding{Kind: f.Kind, Blocks: f.Blocks, Text: f.Text, Hint: f.Hint,
			Source: Source{Document: BucketPolicy, Statement: f.Statement, Sid: f.Sid}})
	}
	return found
}

// only returns the blockers, or the warnings.
func only(all []Finding, blocks bool) []Finding {
	return slices.DeleteFunc(slices.Clone(all), func(f Finding) bool { return f.Blocks != blocks })
}

// A Report is the result of a preflight.
type Report struct {
	Findings []Finding // blockers first, then warnings in the order of the card
	Unknown  error     // of the first check whose call failed; nil if all calls were answered

	// Set if nothing blocks and all calls were answered.
	Principal grant.Principal // as AWS has it
	Bucket    grant.Bucket    // likewise
	Rule      grant.Rule      // of today's config
	Owners    []string        // the principal's owners, by its ARN in AWS

	change grant.Findings // the card without its warnings
}

// Refusal returns the first blocker as a [*grant.Refusal]; nil if nothing blocks.
func (r Report) Refusal() error {
	if blocking := only(r.Findings, true); len(blocking) > 0 {
		f := blocking[0]
		return grant.Refuse("%s", f.Text).WithHint("%s", f.Hint).WithField(f.Field)
	}
	return nil
}

// Warnings returns the warnings in the order of the card.
func (r Report) Warnings() []Finding { return only(r.Findings, false) }

// Card returns the findings as the record keeps them for the card.
func (r Report) Card() grant.Findings {
	card := r.change
	for _, f := range r.Warnings() {
		text := policy.Finding{Text: f.Text, Hint: f.Hint}.String()
		if f.Check == namedCheck {
			card.AlsoOpens = append(card.AlsoOpens, text)
		} else {
			card.Warnings = append(card.Warnings, text)
		}
	}
	return card
}

// onCard is the order of the warnings on the card, by check.
var onCard = []Name{statementsCheck, boundaryCheck, settingsCheck, delegationsCheck, encryptionCheck}

// inOrder puts blockers first, in the order of the checks, then warnings in the order
// of the card.
func inOrder(all []Finding) []Finding {
	warnings := only(all, false)
	slices.SortStableFunc(warnings, func(a, b Finding) int {
		return slices.Index(onCard, a.Check) - slices.Index(onCard, b.Check)
	})
	return append(only(all, true), warnings...)
}
