// Package config reads the file that says what may be shared, and who decides.
//
// It is strict, because a rule that means something else than its author
// thought is found out on the day it matters: an unknown key, a value of the
// wrong type, a rule that can never match or that nobody could approve are
// errors. Each is one sentence that names the file, the line and the column, and
// says how to mend it; all of them are reported together, so that one run of the
// bot's check is enough.
//
// It looks at the file alone. Whether an account, a channel or a person exists
// is for AWS and Slack to say, and nothing here asks them. It reads no
// environment and no clock, and no credential ever comes from here.
//
// A tour: source.go has problems and their places; parse.go and tree.go turn
// bytes into a tree that knows its lines, table.go reads a mapping of it key by
// key, file.go has the file as it is written and decode.go fills it; load.go puts
// the files together; accounts.go, levels.go, principals.go, rules.go and
// settings.go check and convert; summary.go says the result in lines.
package config

import (
	"time"

	"s3share/internal/grant"
)

// Config is a config file, with what it includes, that has passed every check.
type Config struct {
	Path  string // as it was given to Load
	Slack struct {
		AdminChannel string   // C… or G…
		Teams        []string // T…; empty: the bot's own
	}
	Accounts []Account   // in the order of the files
	Rules    grant.Rules // complete: every default is filled in

	SweepEvery time.Duration
	Store      string // path of the bbolt file, relative to the working directory
	Audit      string // path of the JSONL file, likewise
	Listen     string // host:port; "": do not listen

	Warnings []string // what is odd, and can be meant: a sentence each, with its place
	Digest   string   // SHA-256 in hex over what the config means, not over how it is written
}

// Account is one AWS account of the company, with how the bot comes into it.
type Account struct {
	Name       string
	ID         string // 12 digits
	Region     string // "": whatever AWS's default chain decides
	Role       string // ARN of the role that is assumed for every call; "": the ambient credentials
	ExternalID string // may be empty
	External   bool   // the bot prints the grantee half and does not write it
	Partition  string // aws, aws-cn, aws-us-gov or aws-eusc: the role's, else the region's, else aws
}

// The defaults of what may be left out.
const (
	defaultLevel       = "read"
	defaultMaxTerm     = grant.Term(8 * 60)
	defaultRequestTTL  = grant.Term(24 * 60)
	defaultRemindAfter = grant.Term(4 * 60)
	defaultMaxPending  = 10
	defaultSweepEvery  = 5 * time.Minute
	defaultStore       = "s3share.db"
	defaultAudit       = "s3share-audit.jsonl"
	defaultListen      = "127.0.0.1:9090"
)

// defaultWarnBefore returns when people are told that a grant will end.
func defaultWarnBefore() []grant.Term { return []grant.Term{24 * 60, 2 * 60, 15} }

// The bounds of what can be configured.
const (
	longestTerm    = grant.Term(90 * 24 * 60)
	longestTotal   = 2 * longestTerm
	mostPending    = 1000
	mostWarnings   = 10
	shortestSweep  = time.Second
	longestSweep   = 24 * time.Hour
	mostFileBytes  = 1 << 20
	mostValues     = 200_000 // of one file, with every alias followed
	deepestNesting = 32
)
