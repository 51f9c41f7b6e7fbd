package policy

import "strings"

const (
	sidPrefix = "S3Share"
	sidList   = "List"
	crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ" // without I, L, O and U
)

// SidOf returns the Sids of a grant's statements: on objects, or on both where
// one statement does for both, and on the bucket itself.
func SidOf(id string) (object, list string) { return sidPrefix + id, sidPrefix + id + sidList }

// IDOfSid returns the id in a Sid that has exactly the form of [SidOf]'s.
// Whether a grant of this store has that id is up to the caller: another
// installation's statements look the same, and are not ours.
func IDOfSid(sid string) (id string, ours bool) {
	rest, found := strings.CutPrefix(sid, sidPrefix)
	if id := strings.TrimSuffix(rest, sidList); found && isID(id) {
		return id, true
	}
	return "", false
}

const idLength = 8

func isID(s string) bool { return len(s) == idLength && strings.Trim(s, crockford) == "" }
