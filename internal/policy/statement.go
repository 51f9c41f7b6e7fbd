package policy

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// Statement is one statement of a document, the bot's or a foreign one.
type Statement struct {
	raw  string
	view *view // never changes; nil only in the zero Statement
}

func newStatement(raw string) Statement { return Statement{raw, readView(raw)} }

func (s Statement) look() *view {
	if s.view == nil {
		return &view{}
	}
	return s.view
}

// Raw returns the statement's text as it was read.
func (s Statement) Raw() []byte { return []byte(s.raw) }

// Err returns why the statement cannot be read with certainty: a duplicate
// element, a name in the wrong case, or a value of the wrong type. All other
// methods then return empty values, so it never counts as the bot's.
func (s Statement) Err() error { return s.look().err }

// Sid returns the statement's Sid, "" if it has none. A Sid may occur twice:
// never use it as a key.
func (s Statement) Sid() string { return s.look().sid }

// Effect returns Allow, Deny, or any other text that the statement has there.
func (s Statement) Effect() string { return s.look().effect }

// AWSPrincipals returns the values of Principal.AWS, or "*" for the equivalent
// Principal "*". It ignores NotPrincipal.
func (s Statement) AWSPrincipals() []string { return slices.Clone(s.look().who["AWS"]) }

// Orphans returns the principals in Principal and NotPrincipal that are unique
// ids of deleted users or roles. S3 shows a deleted principal this way, and
// rejects any policy that still names one.
func (s Statement) Orphans() (ids []string) {
	v := s.look()
	for _, p := range slices.Concat(v.who["AWS"], v.notWho["AWS"]) {
		if isUniqueID(p) {
			ids = append(ids, p)
		}
	}
	return ids
}

// isUniqueID reports whether p matches ^(AIDA|AROA)[A-Z0-9]+$.
func isUniqueID(p string) bool {
	known := strings.HasPrefix(p, "AIDA") || strings.HasPrefix(p, "AROA")
	return known && len(p) > 4 && strings.Trim(p, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == ""
}

// GrantsTo reports whether s allows something to this unique id only. A
// statement of the bot looks so after its principal was deleted.
func (s Statement) GrantsTo(principalUniqueID string) bool {
	v := s.look()
	return v.effect == "Allow" && len(v.who) == 1 &&
		slices.Equal(v.who["AWS"], []string{principalUniqueID})
}

// Expiry returns the end of s, from which it no longer applies: the single
// value of its DateLessThan on aws:CurrentTime. It returns false if there is no
// such value, more than one, or one that is not a date.
func (s Statement) Expiry() (time.Time, bool) {
	for _, c := range s.look().conditions {
		if strings.EqualFold(c.operator, "DateLessThan") && strings.EqualFold(c.key, "aws:CurrentTime") &&
			len(c.values) == 1 {
			return parseDate(c.values[0])
		}
	}
	return time.Time{}, false
}

// parseDate reads the date formats of IAM: the W3C forms of ISO 8601, and
// seconds since 1970 (IAM UG reference_policies_elements_condition_operators).
func parseDate(s string) (time.Time, bool) {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04Z07:00", time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC(), true
		}
	}
	if n, err := strconv.ParseInt(s, 10, 64); err == nil && n > 9999 { // smaller numbers are years
		return time.Unix(n, 0).UTC(), true
	}
	return time.Time{}, false
}

const (
	sidPrefix = "S3Share"
	sidList   = "List"
	crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ" // without I, L, O and U
)

// SidOf returns the Sids of a grant's two statements. The first is on objects,
// or on both if one statement covers both. The second is on the bucket itself.
func SidOf(id string) (object, list string) { return sidPrefix + id, sidPrefix + id + sidList }

// IDOfSid returns the grant id in a Sid of exactly the form of [SidOf]. The
// caller checks that this store has such a grant: statements of another
// installation look the same, but are foreign.
func IDOfSid(sid string) (id string, ours bool) {
	rest, found := strings.CutPrefix(sid, sidPrefix)
	if id := strings.TrimSuffix(rest, sidList); found && isID(id) {
		return id, true
	}
	return "", false
}

const idLength = 8

func isID(s string) bool { return len(s) == idLength && strings.Trim(s, crockford) == "" }
