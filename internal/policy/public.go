package policy

import (
	"net/netip"
	"slices"
	"strings"
)

// isPublic reports whether S3 treats the statement as public: it allows
// everyone, and no condition fixes the caller or the source (S3 UG
// access-control-block-public-access). A condition on the date does not.
func (v *view) isPublic() bool {
	return v.effect == "Allow" && v.forEverybody() && !slices.ContainsFunc(v.conditions, condition.narrows)
}

var narrowingKeys = []string{
	"aws:principalaccount", "aws:principalarn", "aws:principalorgid", "aws:principalorgpaths",
	"aws:sourceaccount", "aws:sourcearn", "aws:sourceip", "aws:sourceowner", "aws:sourcevpc", "aws:sourcevpce",
	"aws:userid", "s3:dataaccesspointaccount", "s3:dataaccesspointarn", "s3:x-amz-server-side-encryption-aws-kms-key-id",
}

// narrows reports whether c restricts the caller or the source to fixed values.
// ForAllValues and IfExists are true without the key, so they restrict nothing.
func (c condition) narrows() bool {
	set, base, ifExists := splitOperator(c.operator)
	switch base {
	case "stringequals", "stringequalsignorecase", "stringlike", "arnequals", "arnlike", "ipaddress":
	default:
		return false
	}
	key := strings.ToLower(c.key)
	return set != "forallvalues" && !ifExists && len(c.values) > 0 && slices.Contains(narrowingKeys, key) &&
		!slices.ContainsFunc(c.values, func(value string) bool { return !isFixed(key, value) })
}

// isFixed reports whether S3 counts a value as fixed. In an access point's ARN
// only the account has to be fixed.
func isFixed(key, value string) bool {
	if arn := strings.SplitN(value, ":", 6); key == "s3:dataaccesspointarn" && len(arn) == 6 {
		value = arn[4]
	}
	return !strings.ContainsAny(value, "*?") && !strings.Contains(value, "${") && !isWideNetwork(value)
}

// isWideNetwork reports whether value is a network so wide that S3 counts it as
// everyone: wider than /8 in IPv4 or /32 in IPv6.
func isWideNetwork(value string) bool {
	network, err := netip.ParsePrefix(value)
	if err != nil {
		return false
	}
	return network.Bits() < 8 || network.Addr().Is6() && network.Bits() < 32
}
