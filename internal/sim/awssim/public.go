package awssim

import (
	"net/netip"
	"slices"
	"strings"
)

// Condition keys that make a statement for all principals non-public if they
// are compared with fixed values, from the S3 user guide, "The meaning of
// public". aws:CurrentTime is not one of them.
var narrowingKeys = []string{
	"aws:principalarn", "aws:principalaccount", "aws:principalorgid", "aws:principalorgpaths",
	"aws:sourceip", "aws:sourcearn", "aws:sourcevpc", "aws:sourcevpce", "aws:sourceowner",
	"aws:sourceaccount", "aws:userid", "s3:x-amz-server-side-encryption-aws-kms-key-id",
	"s3:dataaccesspointarn", "s3:dataaccesspointaccount",
}

var narrowingOperators = []string{
	"stringequals", "stringequalsignorecase", "stringlike", "arnequals", "arnlike", "ipaddress",
}

// public reports whether S3 calls the policy public. One public statement
// suffices.
func public(doc document) bool {
	return slices.ContainsFunc(doc.statements, func(st statement) bool {
		return st.allow && st.everybody() && !slices.ContainsFunc(st.conditions, condition.narrows)
	})
}

// everybody reports whether the statement allows all principals without a
// limit.
func (s *statement) everybody() bool {
	return slices.Contains(s.principals, principalRef{"AWS", "*"})
}

func (c condition) narrows() bool {
	set, base, ifExists := splitOperator(c.operator)
	if set == "forallvalues" || ifExists || !slices.Contains(narrowingOperators, base) {
		return false
	}
	key := lower(c.key)
	return slices.Contains(narrowingKeys, key) && !slices.ContainsFunc(c.values, func(v string) bool {
		return !fixed(key, base, v)
	})
}

// fixed reports whether a value matches a bounded set. A user id may end in *
// after the role's id, an access point's ARN after its account, and an address
// may be a range.
func fixed(key, operator, v string) bool {
	if key == "aws:sourceip" {
		prefix, err := netip.ParsePrefix(v)
		return err != nil || prefix.Addr().Is4() && prefix.Bits() >= 8 || prefix.Addr().Is6() && prefix.Bits() >= 32
	}
	if operator == "stringequals" || operator == "stringequalsignorecase" {
		return !strings.Contains(v, "${")
	}
	switch key {
	case "aws:userid":
		v, _ = strings.CutSuffix(v, ":*")
	case "s3:dataaccesspointarn":
		if part := strings.SplitN(v, ":", 6); len(part) == 6 {
			v = part[4]
		}
	}
	return !strings.ContainsAny(v, "*?") && !strings.Contains(v, "${")
}
