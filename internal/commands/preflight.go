package commands

import (
	"context"

	"s3share/internal/grant"
)

// Preflight checks a grant with AWS before it is approved, narrowed, extended or put
// back. Each method returns today's findings for the card, or a refusal.
type Preflight interface {
	// CheckApproval refuses a grant that exceeds a limit of AWS, cannot be ended, or
	// has lost its bucket or principal. It returns nil twice if AWS did not answer.
	// Then the approval counts, and the grant is retried until it expires.
	CheckApproval(ctx context.Context, g grant.Grant) (*grant.Findings, error)
	// CheckExtension checks an active grant like a new request. It returns as
	// CheckApproval does.
	CheckExtension(ctx context.Context, g grant.Grant) (*grant.Findings, error)
	// CheckRestore checks a grant for the rest of its duration. It returns as
	// CheckApproval does.
	CheckRestore(ctx context.Context, g grant.Grant) (*grant.Findings, error)
	// CheckNarrowing checks a narrowed request; opens says that the approver approves
	// it as well. It refuses if AWS did not answer, because the approver has to see
	// the new findings.
	CheckNarrowing(ctx context.Context, g grant.Grant, opens bool) (grant.Findings, error)
}

// noPreflight checks nothing, and keeps the findings of the request.
type noPreflight struct{}

func (noPreflight) CheckApproval(context.Context, grant.Grant) (*grant.Findings, error) {
	return nil, nil
}
func (noPreflight) CheckExtension(context.Context, grant.Grant) (*grant.Findings, error) {
	return nil, nil
}
func (noPreflight) CheckRestore(context.Context, grant.Grant) (*grant.Findings, error) {
	return nil, nil
}

func (noPreflight) CheckNarrowing(_ context.Context, g grant.Grant, _ bool) (grant.Findings, error) {
	return g.Findings, nil
}
