package policy

import (
	"slices"
	"strings"
)

// Delegates returns the first statement that already opens the bucket to
// everybody in the account for an action that one of the patterns can match.
// There a member of the bot's group would have access without a statement of
// ours, and keep it after the grant has ended.
//
// Such a statement allows to the account's id or root, or to everybody on a
// condition that names principals. NotAction, and a statement that cannot be
// read, count as overlapping. A statement that is open to the whole world is
// not one of these: see [Document.Obstacles].
func (d Document) Delegates(account string, actions []string) (Statement, bool) {
	for _, s := range d.Statements() {
		if s.Err() != nil || s.look().delegatesTo(account) && s.look().touches(actions) {
			return s, true
		}
	}
	return Statement{}, false
}

func (v *view) delegatesTo(account string) bool {
	if v.effect != "Allow" {
		return false
	}
	if slices.ContainsFunc(v.who["AWS"], func(p string) bool { return sameAccount(p) == account }) {
		return true
	}
	return v.forEverybody() && slices.ContainsFunc(v.conditions, condition.namesPrincipals) &&
		!slices.ContainsFunc(v.conditions, func(c condition) bool { return c.excludes(account) })
}

// forEverybody reports whether the principal alone excludes nobody, or only
// those whom NotPrincipal names.
func (v *view) forEverybody() bool {
	return v.notWho != nil || slices.Contains(v.who["AWS"], "*") || slices.Contains(v.who["*"], "*")
}

// touches reports whether the statement can be about one of the actions.
func (v *view) touches(actions []string) bool {
	if v.actions == nil {
		return true
	}
	return slices.ContainsFunc(v.actions, func(p string) bool {
		return slices.ContainsFunc(actions, func(a string) bool { return actionsOverlap(p, a) })
	})
}

// namesPrincipals reports whether c is about who asks.
func (c condition) namesPrincipals() bool {
	key := strings.ToLower(c.key)
	return strings.HasPrefix(key, "aws:principal") || key == "aws:userid" || key == "aws:username"
}

// excludes reports whether c cannot hold for a principal of the account. Only
// what is certain counts: a positive operator, and values that name others.
func (c condition) excludes(account string) bool {
	switch strings.ToLower(c.operator) {
	case "stringequals", "stringequalsignorecase", "stringlike", "arnequals", "arnlike":
	default:
		return false
	}
	key := strings.ToLower(c.key)
	return !slices.ContainsFunc(c.values, func(value string) bool {
		value = loosen(value)
		switch key {
		case "aws:principalaccount":
			return overlap(value, account)
		case "aws:principalarn":
			f := strings.Split(value, ":")
			// A wildcard further left may swallow the colons up to the account.
			return len(f) < 6 || strings.Contains(strings.Join(f[:4], ""), "*") || overlap(f[4], account)
		}
		return true
	})
}
