// Package config reads the config file: which buckets may be shared, and who
// decides.
//
// The package is strict, because a misread rule shows only on the day it
// matters. Unknown keys, values of the wrong type, rules that can never match
// and rules without possible approvers are errors. Each error is one sentence
// with file, line and column, and says how to correct it. All errors are
// reported together.
//
// The package reads files only: no environment, no clock, and never a
// credential. It does not ask AWS or Slack whether an account, a channel or a
// person exists.
//
// A tour of the files:
//   - file.go has the file's structs, whose tags name the keys. decode.go fills
//     them. A new key begins there.
//   - parse.go and tree.go turn bytes into a tree with positions. source.go has
//     problems and their positions. words.go suggests corrections.
//     ids.go has the forms of Slack's ids, globs.go compares bucket patterns.
//   - load.go reads the main file and its includes.
//   - accounts.go, levels.go, principals.go, rules.go, approvable.go,
//     unattended.go and settings.go check the values and convert them. A check
//     that needs one struct is its method; others are of the builder.
//   - summary.go prints the result as lines, for comparison.
package config

import (
	"time"

	"s3share/internal/grant"
)

// Config is a config file with its includes, after all checks.
type Config struct {
	Path  string // as given to Load
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

	Warnings []string // possible mistakes: a sentence each, with its position
	Digest   string   // SHA-256 in hex of the meaning; formatting does not change it
}

// Account is one AWS account of the company, with the bot's access to it.
type Account struct {
	Name       string
	ID         string // 12 digits
	Region     string // "": from AWS's default chain
	Role       string // ARN of the role to assume for every call; "": the ambient credentials
	ExternalID string // may be empty
	External   bool   // the bot prints the grantee half instead of writing it
	Partition  string // aws, aws-cn, aws-us-gov or aws-eusc: the role's, else the region's, else aws
}

// Defaults of optional keys.
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

// defaultWarnBefore returns how long before the end of a grant people are
// warned.
func defaultWarnBefore() []grant.Term { return []grant.Term{24 * 60, 2 * 60, 15} }

// Limits of configured values.
const (
	longestTerm    = grant.Term(90 * 24 * 60)
	longestTotal   = 2 * longestTerm
	mostPending    = 1000
	mostWarnings   = 10
	shortestSweep  = time.Second
	longestSweep   = 24 * time.Hour
	mostFileBytes  = 1 << 20
	mostValues     = 200_000 // of one file, counted after following every alias
	deepestNesting = 32
)
