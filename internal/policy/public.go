package policy

import (
	"net/netip"
	"slices"
	"strings"
)

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
// ForAllValues and IfExists hold without the key, so they fix nothing.
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

// isFixed reports whether S3 takes a value for a fixed one. Of an access point's
// ARN the account has to be, and not the name.
func isFixed(key, value string) bool {
	if arn := strings.SplitN(value, ":", 6); key == "s3:dataaccesspointarn" && len(arn) == 6 {
		value = arn[4]
	}
	return !strings.ContainsAny(value, "*?") && !strings.Contains(value, "${") && !isWideNetwork(value)
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
