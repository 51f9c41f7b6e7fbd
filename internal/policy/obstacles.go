package policy

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// Obstacles returns sentences, for a person, about what in this policy could
// stop the grant from working: explicit denials that may apply to it, a
// statement that makes the policy public, a deleted principal, a statement
// that cannot be read. An a without a principal, or without actions, may be
// about any. Callers leave the bot's own statements out of d.
func (d Document) Obstacles(a Ask) (sentences []string) {
	for i, s := range d.Statements() {
		v, name := s.look(), d.name(i)
		if v.err != nil {
			sentences = append(sentences, fmt.Sprintf("%s cannot be read with certainty (%v), so it may stand in the way.", name, v.err))
		}
		for _, id := range s.Orphans() {
			sentences = append(sentences, fmt.Sprintf("%s names %s, a user or role that was deleted: S3 will refuse every change of this policy until that is taken out.", name, id))
		}
		if v.effect == "Deny" && v.mayConcern(a) {
			sentences = append(sentences, fmt.Sprintf("%s denies %s to %s, %s.", name, v.what(), v.whom(a.Principal), v.when()))
		}
		if v.isPublic() {
			sentences = append(sentences, fmt.Sprintf("%s allows %s to everybody, which makes the policy public: with RestrictPublicBuckets on, S3 cuts off all access from other accounts, this grant's too; with BlockPublicPolicy on, it refuses any change of the policy.", name, v.what()))
		}
	}
	return sentences
}

// AlreadyNames returns sentences, for a person, about what this policy allows to the
// very principal of a grant without it. As long as nothing in the principal's own
// account allows the same, that is without effect: what a grant brings there wakes it.
// Callers leave the bot's own statements out of d.
func (d Document) AlreadyNames(principal string) (sentences []string) {
	for i, s := range d.Statements() {
		v := s.look()
		if v.err != nil || v.effect != "Allow" || !slices.Contains(v.who["AWS"], principal) {
			continue
		}
		on := ""
		if keys := v.conditionKeys(); len(keys) > 0 {
			on = ", depending on " + list(keys)
		}
		sentences = append(sentences, fmt.Sprintf("%s allows %s to this principal already%s: for as long as the principal has any grant, that works as well, wherever the group's policy allows it.", d.name(i), v.what(), on))
	}
	return sentences
}

// name is what to call a statement: its Sid where that is enough to find it,
// else its place.
func (d Document) name(i int) string {
	sid := d.items[i].statement.Sid()
	others := slices.ContainsFunc(slices.Concat(d.items[:i], d.items[i+1:]), func(it item) bool { return it.statement.Sid() == sid })
	switch {
	case sid == "":
		return fmt.Sprintf("Statement %d", i+1)
	case others:
		return fmt.Sprintf("Statement %d (%q)", i+1, sid)
	}
	return fmt.Sprintf("Statement %q", sid)
}

// mayConcern reports whether the statement may apply to a request that a is
// for, its conditions left aside.
func (v *view) mayConcern(a Ask) bool {
	if !v.mayBe(a.Principal) {
		return false
	}
	if len(a.Object) == 0 && len(a.BucketActions) == 0 {
		a.Object, a.BucketActions = []string{"s3:*"}, []string{"s3:*"}
	}
	for _, want := range a.wants() {
		for _, action := range want.Actions {
			for _, resource := range want.Resources {
				if v.mayAct(action) && v.mayReach(resource) {
					return true
				}
			}
		}
	}
	return false
}

// mayBe reports whether the statement's principal may be the one with this
// ARN. A statement without any, or with one whose ARN does not show, may.
func (v *view) mayBe(principal string) bool {
	arn := strings.SplitN(principal, ":", 6)
	names := func(p string) bool {
		return p == principal || p == "*" || len(arn) == 6 && (sameAccount(p) == arn[4] || isSessionOf(p, arn))
	}
	if principal == "" {
		return true
	}
	if v.notWho != nil {
		// NotPrincipal spares nobody whose account is not named as well
		// (IAM UG reference_policies_elements_notprincipal).
		listed := v.notWho["AWS"]
		return !slices.Contains(listed, "*") && (!slices.Contains(listed, principal) ||
			!slices.ContainsFunc(listed, func(p string) bool { return len(arn) == 6 && sameAccount(p) == arn[4] }))
	}
	return v.who == nil || v.forEverybody() || v.who["CanonicalUser"] != nil || slices.ContainsFunc(v.who["AWS"], names)
}

// isSessionOf reports whether p is a session of the role whose ARN was split.
func isSessionOf(p string, role []string) bool {
	f := strings.SplitN(p, ":", 6)
	name := role[5][strings.LastIndex(role[5], "/")+1:]
	return len(f) == 6 && f[2] == "sts" && f[4] == role[4] &&
		strings.HasPrefix(role[5], "role/") && strings.HasPrefix(f[5], "assumed-role/"+name+"/")
}

func (v *view) mayAct(action string) bool {
	if v.notActions != nil {
		return !slices.ContainsFunc(v.notActions, func(p string) bool { return actionCovers(p, action) })
	}
	return v.touches([]string{action})
}

func (v *view) mayReach(resource string) bool {
	if v.notResources != nil {
		return !slices.ContainsFunc(v.notResources, func(p string) bool { return !strings.Contains(p, "${") && covers(p, resource) })
	}
	return v.resources == nil || slices.ContainsFunc(v.resources, func(p string) bool { return overlap(loosen(p), resource) })
}

// isPublic reports whether S3 takes the statement for public: everybody is
// allowed, and no condition fixes who or from where (S3 UG
// access-control-block-public-access). A date does not.
func (v *view) isPublic() bool {
	return v.effect == "Allow" && v.forEverybody() && !slices.ContainsFunc(v.conditions, condition.narrows)
}

var narrowingKeys = []string{
	"aws:principalaccount", "aws:principalarn", "aws:principalorgid", "aws:principalorgpaths",
	"aws:sourceaccount", "aws:sourcearn", "aws:sourceip", "aws:sourceowner", "aws:sourcevpc", "aws:sourcevpce",
	"aws:userid", "s3:dataaccesspointaccount", "s3:dataaccesspointarn", "s3:x-amz-server-side-encryption-aws-kms-key-id",
}

// narrows reports whether c fixes who may ask, or from where, by fixed values.
func (c condition) narrows() bool {
	operator := strings.ToLower(c.operator)
	operator = operator[strings.Index(operator, ":")+1:] // ForAnyValue:
	switch operator {
	case "stringequals", "stringequalsignorecase", "stringlike", "arnequals", "arnlike", "ipaddress":
	default:
		return false
	}
	return len(c.values) > 0 && slices.Contains(narrowingKeys, strings.ToLower(c.key)) &&
		!slices.ContainsFunc(c.values, func(value string) bool {
			return strings.ContainsAny(value, "*?") || strings.Contains(value, "${") || isWideNetwork(value)
		})
}

// isWideNetwork reports whether value is a network so wide that S3 takes it for
// everybody: wider than /8 or, in IPv6, than /32.
func isWideNetwork(value string) bool {
	network, err := netip.ParsePrefix(value)
	if err != nil {
		return false
	}
	return network.Bits() < 8 || network.Addr().Is6() && network.Bits() < 32
}
