package preflight

import (
	"errors"
	"slices"

	"s3share/internal/grant"
	"s3share/internal/policy"
)

// A Finding is one thing that stands against a grant, or that its approver has to
// know.
type Finding struct {
	Check  Name // that found it
	Kind   policy.Kind
	Blocks bool // a blocker: it is refused; else a warning, for the card
	Source Source
	Text   string      // a sentence with its full stop
	Hint   string      // the way out; "" if there is none
	Field  grant.Field // of a request that it is about; "" if none of them alone
}

// A Source is where a finding comes from.
type Source struct {
	Document  Document
	Statement int    // of a policy: its place, from 1; 0: none alone
	Sid       string // of the statement; "" if it has none
	Setting   string // of a bucket, a principal or the config, in AWS's words or the config's; "" if it is about none alone
}

// A Document is what was read.
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
	Missing       policy.Kind = "missing"    // there is no such bucket or principal, or no longer
	Full          policy.Kind = "full"       // a limit of AWS
	Refused       policy.Kind = "refused"    // by the rules, about the grant or its people
	Unheld        policy.Kind = "unheld"     // the record is not what was approved
	Skewed        policy.Kind = "skewed"     // the clock is wrong
	Unwritable    policy.Kind = "unwritable" // it cannot be written as a policy
)

// blocker returns a refusal as a finding.
func blocker(kind policy.Kind, source Source, no *grant.Refusal) Finding {
	return Finding{Kind: kind, Blocks: true, Source: source, Text: no.Sentence, Hint: no.Hint, Field: no.Field}
}

// blockers sorts what a judge said: a refusal is a finding, and any other error says
// that nobody knows.
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

// A Report is what a check found.
type Report struct {
	Findings []Finding // blockers first, then warnings as they stand on the card
	Unknown  error     // why something is not known: of the first check that could not ask; nil: everything was asked

	// Of a request that nothing blocks.
	Principal grant.Principal // as AWS knows it
	Bucket    grant.Bucket    // likewise
	Rule      grant.Rule      // as it is today
	Behind    []string        // who stands behind the principal, by its ARN in AWS

	change grant.Findings // what would change in the policy, and what else the card has beside the warnings
}

// Refusal returns the first blocker as a [*grant.Refusal]; nil if nothing blocks.
func (r Report) Refusal() error {
	if blocking := only(r.Findings, true); len(blocking) > 0 {
		f := blocking[0]
		no := grant.Refuse("%s", f.Text).WithHint("%s", f.Hint)
		no.Field = f.Field
		return no
	}
	return nil
}

// Warnings returns what the card has to say.
func (r Report) Warnings() []Finding { return only(r.Findings, false) }

// Card returns what the card shows.
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

// onCard is the order of the warnings on the card, by what found them.
var onCard = []Name{statementsCheck, boundaryCheck, settingsCheck, delegationsCheck, encryptionCheck}

// inOrder puts blockers first, as they were found, and warnings as on the card.
func inOrder(all []Finding) []Finding {
	warnings := only(all, false)
	slices.SortStableFunc(warnings, func(a, b Finding) int {
		return slices.Index(onCard, a.Check) - slices.Index(onCard, b.Check)
	})
	return append(only(all, true), warnings...)
}
