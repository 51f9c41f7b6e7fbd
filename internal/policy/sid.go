package policy

import "strings"

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
