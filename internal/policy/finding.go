package policy

import (
	"fmt"
	"strings"
)

// A Kind is the subject of a [Finding].
type Kind string

const (
	Delegation Kind = "delegation" // the grantee half alone opens the bucket
	Named      Kind = "named"      // already allowed here; the grantee half makes it effective
	Unreadable Kind = "unreadable" // the statement has two readings, or none
	Denial     Kind = "denial"     // an explicit Deny that may hit the grant
	Writer     Kind = "writer"     // an explicit Deny that may hit the bot's own write of the policy
	Public     Kind = "public"     // S3 treats the policy as public
	Orphan     Kind = "orphan"     // a deleted user or role
)

// A Finding is one fact about a bucket's policy that blocks a grant, or that
// the approver has to know.
type Finding struct {
	Kind      Kind
	Blocks    bool   // the request is to be refused; otherwise a warning
	Certain   bool   // of a Denial or a Writer: it matches every such request of the caller
	Statement int    // the statement's place in the policy, from 1
	Sid       string // of the statement; "" if it has none
	Text      string // a sentence with its full stop
	Hint      string // the way out, a sentence; "" if there is none
}

// String returns the sentence and its hint.
func (f Finding) String() string { return strings.TrimSuffix(f.Text+" "+f.Hint, " ") }

func (d Document) finding(kind Kind, i int, format string, args ...any) Finding {
	return Finding{Kind: kind, Statement: i + 1, Sid: d.items[i].statement.Sid(), Text: fmt.Sprintf(format, args...)}
}

// isModern reports whether AWS reads ${…} in d as a variable (IAM UG
// reference_policies_variables).
func (d Document) isModern() bool { return d.effectiveVersion() == newVersion }

// variables returns the condition keys of the variables in a pattern, in lower
// case.
func variables(pattern string) (keys []string) {
	for {
		_, rest, found := strings.Cut(pattern, "${")
		if !found {
			return keys
		}
		name, after, _ := strings.Cut(rest, "}")
		name, _, _ = strings.Cut(name, ",")
		if name = strings.TrimSpace(name); !strings.ContainsAny(name, "*?$") {
			keys = append(keys, strings.ToLower(name))
		}
		pattern = after
	}
}
