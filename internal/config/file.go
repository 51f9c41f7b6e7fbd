package config

import (
	"reflect"
	"time"

	"s3share/internal/grant"
)

// These types are the file as written, with the position of each value. There
// are no defaults yet. The tag yaml names a key, like is an example of a list
// for errors, each describes an entry of a list, and text:"any" allows an empty
// value.
//
// docs/configuration.md is written from the comments of their keys, and those of
// docs/s3share.full.yml too (go test ./internal/config -run Reference -update).
// Code in "Default:" and "Limits:" is tested; a "Required." or "Refused." key too.

// A found is a value with its position. A missing value has neither ok nor bad
// set, and the position of the mapping that lacks it.
type found[T any] struct {
	mark
	v   T
	ok  bool
	bad bool // present but unreadable; a problem was reported
}

// or returns the value, or a default if it is missing.
func (f found[T]) or(otherwise T) T {
	if f.ok {
		return f.v
	}
	return otherwise
}

type texts = found[[]found[string]]

// file is the main file, with the contents of the included files.
type file struct {
	mark
	// Files with more accounts, people, rules and levels, relative to this file and read in the order
	// of their names. Other keys are refused in them. Default: only this file.
	Include found[string] `yaml:"include"`
	// The Slack channel and workspaces. Required.
	Slack slack `yaml:"slack"`
	// The approvers of each rule that lists none. Default: each rule lists its own.
	Approvers people `yaml:"approvers"`
	// People who see all grants. Approvers see those of their rules, and other people their own.
	// Default: none.
	Auditors people `yaml:"auditors"`
	// People who may freeze s3share, end any grant and close the record of a lost account.
	// Default: none.
	Responders people `yaml:"responders"`
	included
	// A pending request expires after this time. Default: `24h`. Limits: `1m` to `90d`.
	RequestTTL found[grant.Term] `yaml:"request_ttl"`
	// Times of the notices before the end of a grant. Those longer than its duration are left out.
	// At most ten. Default: `[24h, 2h, 15m]`.
	WarnBefore found[[]found[grant.Term]] `yaml:"warn_before" like:"[2h, 15m]"`
	// The maximum of pending requests of one person. Default: `10`. Limits: `1` to `1000`.
	MaxPending found[int] `yaml:"max_pending"`
	// How often every grant, bucket and principal is compared with AWS. Default: `5m`. Limits: `1s` to `24h`.
	SweepEvery found[time.Duration] `yaml:"sweep_every"`
	// The database. Default: `{ bbolt: s3share.db }`.
	Store store `yaml:"store"`
	// The file of the audit log, relative to the working directory. Default: `s3share-audit.jsonl`.
	Audit found[string] `yaml:"audit"`
	// The address of the health checks `/healthz` and `/readyz`; `""` turns them off.
	// In a container: `0.0.0.0:9090`. Default: `127.0.0.1:9090`.
	Listen found[string] `yaml:"listen" text:"any"`
}

// included has the keys that every file may have.
type included struct {
	// The AWS accounts of the buckets, and those of the users and roles. Default: none.
	Accounts []account `yaml:"accounts" each:"an account" like:"[{ name: build, id: \"111111111111\" }]"`
	// The Slack users behind a principal. They count as beneficiaries: they may always request access for
	// it, and they never approve that. Default: none.
	People []owners `yaml:"people" each:"an entry of people" like:"[{ principal: \"arn:…\", users: [U0RITA] }]"`
	// The buckets that may be shared, and on which conditions. A bucket without a rule cannot be shared.
	// Default: none.
	Rules []rule `yaml:"rules" each:"a rule" like:"[{ bucket: my-bucket-*, account: nonprod }]"`
	// Access levels in addition to the built-in `read`, `write` and `full`, or in place of them.
	// Default: the built-in ones.
	Levels levels `yaml:"levels"`
}

type slack struct {
	mark
	// The id of the channel of the request cards and the alerts. A rule may name another one for its
	// cards. It begins with C or G. Required.
	AdminChannel found[string] `yaml:"admin_channel"`
	// Ids of workspaces. Members of other ones are treated as strangers. Default: the app's own workspace.
	Teams texts `yaml:"teams" like:"[T0TEAM]"`
}

type store struct {
	mark
	// The file of the database, relative to the working directory. The journal is kept beside it.
	// Default: `s3share.db`.
	Bbolt found[string] `yaml:"bbolt"`
	// Refused. There is no such store yet.
	Postgres found[bool] `yaml:"postgres"`
}

type people struct {
	mark
	// Member ids of Slack, each beginning with U or W. Names are refused, because people can change theirs.
	// Default: `[]`.
	Users texts `yaml:"users" like:"[U0RITA]"`
	// Ids of Slack user groups, each beginning with S. Their members are read at each click. Default: `[]`.
	Groups texts `yaml:"groups" like:"[S0PLATFORM]"`
}

// bad reports whether a list of people could not be read.
func (p people) bad() bool { return p.Users.bad || p.Groups.bad }

type account struct {
	mark
	// A short name, as people type it in `build/test.user`. Letters, digits, dots, hyphens and
	// underscores. Required.
	Name found[string] `yaml:"name"`
	// The account's 12 digits, in quotes. Required.
	ID found[string] `yaml:"id"`
	// The region of calls to STS, and of the buckets whose rule names none. Default: that of the bot's
	// environment if it is in the partition, else the partition's first region.
	Region found[string] `yaml:"region"`
	// The ARN of the role that the bot assumes for every call. Default: the bot's own credentials, if
	// they are of this account.
	Role found[string] `yaml:"role"`
	// The external id in the role's trust policy, 2 to 1224 characters. Default: no external id.
	ExternalID found[string] `yaml:"external_id"`
	// `group`: the bot changes the members of the group and attaches the policy. `external`: the bot posts
	// the policy, and the account's admin attaches it. Default: `group`.
	Identity found[string] `yaml:"identity"`
}

// owners are the people behind a principal: an entry of people.
type owners struct {
	mark
	// The ARN of an IAM user or role in one of the accounts. Required.
	Principal found[string] `yaml:"principal"`
	// The member ids of its Slack users. Required.
	Users texts `yaml:"users" like:"[U0RITA]"`
}

type rule struct {
	mark
	// A pattern of bucket names. The first rule that matches the name applies; the requester types no
	// account. Required.
	Bucket found[string] `yaml:"bucket"`
	// The name of the account that owns the buckets. Required.
	Account found[string] `yaml:"account"`
	// The region of the buckets. If it is wrong, one more call finds the right one. Default: the
	// account's region.
	Region found[string] `yaml:"region"`
	// Patterns of the folders that may be requested. `*` is the only wildcard. Default: any folder, and
	// the whole bucket.
	Prefixes texts `yaml:"prefixes" like:"[builds/*]"`
	// The access levels that may be requested. Default: `[read]`.
	Levels texts `yaml:"levels" like:"[read, write]"`
	// The longest duration that may be requested. Before the end of a grant of more than two weeks, the
	// approvers are asked twice whether it is still needed. Default: `8h`. Limits: `1m` to `90d`.
	MaxTerm found[grant.Term] `yaml:"max_term"`
	// The number of different approvers, or one by level: `{ read: 1, full: 2 }`. A request is refused
	// at once if too few approvers are available. Default: `1`.
	Approvals approvals `yaml:"approvals"`
	// The id of the channel of the request cards. Default: `admin_channel` of `slack`.
	Channel found[string] `yaml:"channel"`
	// With `true`, only the users listed under `people` for a principal may request access for it.
	// Default: `false`.
	OwnPrincipals found[bool] `yaml:"own_principals"`
	// The reaction to access that was changed outside s3share. `ask`: it is paused, and the admin channel
	// chooses between *Restore* and *End*. `heal`: it is restored. Default: `ask`.
	Drift found[string] `yaml:"drift"`
	// Patterns of ARNs of the principals that may get access. `*` is the only wildcard. Default: any user
	// or role of the other accounts.
	Principals texts `yaml:"principals" like:"[\"arn:aws:iam::111111111111:user/*\"]"`
	// The people who may request. Default: every member of the workspaces, but no guest or bot.
	Requesters people `yaml:"requesters"`
	// The people who may approve. Default: the `approvers` of the main file.
	Approvers people `yaml:"approvers"`
	// People whom the card mentions. A mention alone gives no right to approve. Default: none.
	Notify people `yaml:"notify"`
	// A pending request's remaining approvers are reminded after this time, and after twice as long each
	// time. Default: `4h`. Limits: `1m` to `90d`.
	RemindAfter found[grant.Term] `yaml:"remind_after"`
	// A pending request is escalated after this time, to the people in `escalate`. Needs that key.
	// Default: never. Limits: `1m` to `90d`.
	EscalateAfter found[grant.Term] `yaml:"escalate_after"`
	// The people of an escalation. They decide only if they are approvers too. Needs `escalate_after`.
	// Default: none.
	Escalate people `yaml:"escalate"`
	// A regular expression for the reason, such as a ticket number. It may match any part of the
	// reason, unless it begins with `^` and ends with `$`. Default: any reason.
	ReasonPattern found[string] `yaml:"reason_pattern"`
	// The longest duration of a grant with all its extensions, at most 180d. Default: twice `max_term`.
	MaxTotal found[grant.Term] `yaml:"max_total"`
	// The longest first extension without an approval, at most `max_term`. Default: every extension
	// needs an approval.
	FreeExtension found[grant.Term] `yaml:"free_extension"`

	// Requests that the rule approves without a person. Use it for short, frequent and harmless access.
	// Default: none.
	Auto []auto `yaml:"auto_approve" each:"an auto_approve" like:"[{ levels: [read], max_term: 2h, groups: [S0BUILD] }]"`

	// People who may open access at once in an emergency. Default: none.
	BreakGlass *unattended `yaml:"break_glass"`
	// The hours that count towards `request_ttl`, so that a request from Friday evening does not expire
	// on Saturday without a decision. Default: all hours.
	Hours *hours `yaml:"lapse_hours"`
}

// approvals is one number, or numbers by level.
type approvals struct {
	found[int]
	byLevel []levelApproval
}

type levelApproval struct {
	mark  // of the level's name
	level string
	n     found[int]
}

func (a *approvals) decode(p *problems, n node, key string, _ reflect.StructTag) {
	if n.kind != mapKind {
		a.found.decode(p, n, key, "")
		return
	}
	for _, e := range n.entries {
		l := levelApproval{mark: e.mark, level: e.key}
		l.n.decode(p, e.value, "approvals for "+clip(e.key), "")
		a.byLevel = append(a.byLevel, l)
	}
}

// unattended is a setting for access without an approval: break_glass, and a
// part of auto_approve.
type unattended struct {
	mark
	// Member ids of the people. Required without `groups`. Default: none.
	Users texts `yaml:"users" like:"[U0RITA]"`
	// Ids of their Slack user groups. Required without `users`. Default: none.
	Groups texts `yaml:"groups" like:"[S0BUILD]"`
	// The longest duration, at most that of the rule. Default: the rule's `max_term`, and not more than
	// 1h for `break_glass`.
	MaxTerm found[grant.Term] `yaml:"max_term"`
	// How often one person may use it in a day; at least 1. Default: 3, or 2 for `break_glass`.
	PerDay found[int] `yaml:"per_day"`
}

func (u unattended) people() people { return people{u.mark, u.Users, u.Groups} }

type auto struct {
	// Access levels of the rule. Default: `[read]`.
	Levels texts `yaml:"levels" like:"[read]"`
	// The longest duration of all grants of a principal on a bucket in seven days, extensions included.
	// Default: `per_day` times `max_term`.
	WeekTotal found[grant.Term] `yaml:"week_total"`
	unattended
}

type hours struct {
	mark
	// Days of the week. Default: `[mon, tue, wed, thu, fri]`.
	Days texts `yaml:"days" like:"[mon, tue]"`
	// The first hour, in quotes. Default: `"09:00"`.
	From found[string] `yaml:"from"`
	// The end of the last hour, in quotes, after `from`. Default: `"17:00"`.
	To found[string] `yaml:"to"`
	// The time zone. Default: `UTC`.
	Zone found[string] `yaml:"zone"`
}

// levels is a mapping of names to levels.
type levels []level

type level struct {
	mark
	name string
	// Actions of S3 on the objects, such as `s3:GetObject` or `s3:Get*`. Default: none.
	Object texts `yaml:"object" like:"[\"s3:GetObject\"]"`
	// Actions of S3 on the bucket itself, such as `s3:ListBucket`. Default: none.
	Bucket texts `yaml:"bucket" like:"[\"s3:ListBucket\"]"`
}

func (all *levels) decode(p *problems, n node, key string, _ reflect.StructTag) {
	if n.kind == "" || n.kind == badKind || !p.isMapping(n, key) {
		return
	}
	for _, e := range n.entries {
		what := "the level " + clip(e.key)
		if !p.isMapping(e.value, what) {
			continue
		}
		l := level{name: e.key}
		p.fill(&l, e.value, what)
		l.mark = e.mark
		*all = append(*all, l)
	}
}

// A builder holds the file and the config during the checks.
type builder struct {
	file
	p *problems
	c Config

	// badAccounts reports a problem in any account. Checks that need all
	// accounts are then skipped, so that one mistake is reported once.
	badAccounts bool
}
