package preflight

import (
	"time"

	"s3share/internal/awsaccess"
	"s3share/internal/grant"
	"s3share/internal/policy"
)

// A subject is the grant and the observations so far.
type subject struct {
	options  Options
	until    time.Time // the expiry to check
	rule     grant.Rule
	document policy.Document
	facts    awsaccess.Facts
	self     string // ARN of the bot's identity in the bucket's account
	bounds   string // ARN of the principal's permissions boundary; "": none
}

// Options configures one preflight.
type Options struct {
	Moment Moment // one moment
	Opens  bool   // a narrowing counts as an approval as well
	Grant  grant.Grant
	With   []grant.Grant // its batch, with itself; nil: read from the records
}

// asks reports whether a check of these moments runs.
func (o Options) asks(at Moment) bool { return o.Moment.in(at) || o.Opens && Approval.in(at) }

// A Moment is a step in a grant's life that a preflight precedes. Moments can be joined to a set.
type Moment uint8

// The moments.
const (
	Consent Moment = 1 << iota
	Request
	Approval
	Narrowing
	Extension
	Restore
)

const (
	opened = Request | Approval | Extension | Restore
	always = opened | Narrowing
)

// in reports whether a moment is one of a set.
func (m Moment) in(set Moment) bool { return m&set != 0 }

// A Name names a check; see the package's table.
type Name string

const (
	recordCheck      Name = "record"
	rulesCheck       Name = "rules"
	peopleCheck      Name = "people"
	approversCheck   Name = "approvers"
	policyCheck      Name = "policy"
	delegationsCheck Name = "delegations"
	settingsCheck    Name = "settings"
	principalCheck   Name = "principal"
	halfCheck        Name = "half"
	botCheck         Name = "bot"
	encryptionCheck  Name = "encryption"
	levelCheck       Name = "level"
	capacityCheck    Name = "capacity"
	boundaryCheck    Name = "boundary"
	statementsCheck  Name = "statements"
	namedCheck       Name = "named"
	clockCheck       Name = "clock"
)
