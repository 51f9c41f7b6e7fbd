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
	Include    found[string] `yaml:"include"`
	Slack      slack         `yaml:"slack"`
	Approvers  people        `yaml:"approvers"`
	Auditors   people        `yaml:"auditors"`
	Responders people        `yaml:"responders"`
	included
	RequestTTL found[grant.Term]          `yaml:"request_ttl"`
	WarnBefore found[[]found[grant.Term]] `yaml:"warn_before" like:"[2h, 15m]"`
	MaxPending found[int]                 `yaml:"max_pending"`
	SweepEvery found[time.Duration]       `yaml:"sweep_every"`
	Store      store                      `yaml:"store"`
	Audit      found[string]              `yaml:"audit"`
	Listen     found[string]              `yaml:"listen" text:"any"`
}

// included has the keys that every file may have.
type included struct {
	Accounts []account `yaml:"accounts" each:"an account" like:"[{ name: build, id: \"111111111111\" }]"`
	People   []owners  `yaml:"people" each:"an entry of people" like:"[{ principal: \"arn:…\", users: [U0RITA] }]"`
	Rules    []rule    `yaml:"rules" each:"a rule" like:"[{ bucket: my-bucket-*, account: nonprod }]"`
	Levels   levels    `yaml:"levels"`
}

type slack struct {
	mark
	AdminChannel found[string] `yaml:"admin_channel"`
	Teams        texts         `yaml:"teams" like:"[T0TEAM]"`
}

type store struct {
	mark
	Bbolt    found[string] `yaml:"bbolt"`
	Postgres found[bool]   `yaml:"postgres"`
}

type people struct {
	mark
	Users  texts `yaml:"users" like:"[U0RITA]"`
	Groups texts `yaml:"groups" like:"[S0PLATFORM]"`
}

// bad reports whether a list of people could not be read.
func (p people) bad() bool { return p.Users.bad || p.Groups.bad }

type account struct {
	mark
	Name       found[string] `yaml:"name"`
	ID         found[string] `yaml:"id"`
	Region     found[string] `yaml:"region"`
	Role       found[string] `yaml:"role"`
	ExternalID found[string] `yaml:"external_id"`
	Identity   found[string] `yaml:"identity"`
}

// owners are the people behind a principal: an entry of people.
type owners struct {
	mark
	Principal found[string] `yaml:"principal"`
	Users     texts         `yaml:"users" like:"[U0RITA]"`
}

type rule struct {
	mark
	Bucket        found[string]     `yaml:"bucket"`
	Account       found[string]     `yaml:"account"`
	Region        found[string]     `yaml:"region"`
	Prefixes      texts             `yaml:"prefixes" like:"[builds/*]"`
	Levels        texts             `yaml:"levels" like:"[read, write]"`
	MaxTerm       found[grant.Term] `yaml:"max_term"`
	Approvals     approvals         `yaml:"approvals"`
	Channel       found[string]     `yaml:"channel"`
	OwnPrincipals found[bool]       `yaml:"own_principals"`
	Drift         found[string]     `yaml:"drift"`
	Principals    texts             `yaml:"principals" like:"[\"arn:aws:iam::111111111111:user/*\"]"`
	Requesters    people            `yaml:"requesters"`
	Approvers     people            `yaml:"approvers"`
	Notify        people            `yaml:"notify"`
	RemindAfter   found[grant.Term] `yaml:"remind_after"`
	EscalateAfter found[grant.Term] `yaml:"escalate_after"`
	Escalate      people            `yaml:"escalate"`
	ReasonPattern found[string]     `yaml:"reason_pattern"`
	MaxTotal      found[grant.Term] `yaml:"max_total"`
	FreeExtension found[grant.Term] `yaml:"free_extension"`

	Auto []auto `yaml:"auto_approve" each:"an auto_approve" like:"[{ levels: [read], max_term: 2h, groups: [S0BUILD] }]"`

	BreakGlass *unattended `yaml:"break_glass"`
	Hours      *hours      `yaml:"lapse_hours"`
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
	Users   texts             `yaml:"users" like:"[U0RITA]"`
	Groups  texts             `yaml:"groups" like:"[S0BUILD]"`
	MaxTerm found[grant.Term] `yaml:"max_term"`
	PerDay  found[int]        `yaml:"per_day"`
}

func (u unattended) people() people { return people{u.mark, u.Users, u.Groups} }

type auto struct {
	Levels    texts             `yaml:"levels" like:"[read]"`
	WeekTotal found[grant.Term] `yaml:"week_total"`
	unattended
}

type hours struct {
	mark
	Days texts         `yaml:"days" like:"[mon, tue]"`
	From found[string] `yaml:"from"`
	To   found[string] `yaml:"to"`
	Zone found[string] `yaml:"zone"`
}

// levels is a mapping of names to levels.
type levels []level

type level struct {
	mark
	name   string
	Object texts `yaml:"object" like:"[\"s3:GetObject\"]"`
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
