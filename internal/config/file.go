package config

import (
	"time"

	"s3share/internal/grant"
)

// These types are the file as written, with the position of each value. Only
// the types of values are checked; there are no defaults yet.

type texts = found[[]found[string]]

type file struct {
	include found[string]
	slack   struct {
		adminChannel found[string]
		teams        texts
	}
	approvers  people
	accounts   []account
	people     []standing
	auditors   people
	responders people
	rules      []rule
	levels     []level
	requestTTL found[grant.Term]
	warnBefore found[[]found[grant.Term]]
	maxPending found[int]
	sweepEvery found[time.Duration]
	store      struct {
		mark
		bbolt    found[string]
		postgres found[bool]
	}
	audit, listen found[string]
}

type people struct {
	mark
	users, groups texts
}

// bad reports whether a list of people could not be read.
func (p people) bad() bool { return p.users.bad || p.groups.bad }

type account struct {
	mark
	name, id, region, role, externalID, identity found[string]
}

// standing is an entry of people: the owners of a principal.
type standing struct {
	mark
	principal found[string]
	users     texts
}

type rule struct {
	mark
	bucket, account       found[string]
	region                found[string]
	prefixes, levels      texts
	maxTerm               found[grant.Term]
	approvals             found[int]
	levelApprovals        []levelApproval
	channel               found[string]
	ownPrincipals         found[bool]
	drift                 found[string]
	principals            texts
	requesters, approvers people

	notify, escalate           people
	remindAfter, escalateAfter found[grant.Term]
	reasonPattern              found[string]
	maxTotal, freeExtension    found[grant.Term]

	auto       []unattended
	breakGlass *unattended // nil: left out
	hours      *hours      // likewise
}

// unattended is a setting for access without an approval: an entry of
// auto_approve, or break_glass.
type unattended struct {
	mark
	levels             texts
	people             people
	maxTerm, weekTotal found[grant.Term]
	perDay             found[int]
}

type hours struct {
	mark
	days           texts
	from, to, zone found[string]
}

type levelApproval struct {
	mark  // of the level's name
	level string
	n     found[int]
}

type level struct {
	mark
	name           string
	object, bucket texts
}
