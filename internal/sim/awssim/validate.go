package awssim

import (
	"encoding/base64"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// maxBucketPolicy is in bytes, not counting white space between tokens.
const maxBucketPolicy = 20480

// checkBucketPolicy parses a policy for b and makes the refusals of
// PutBucketPolicy.
func (c *core) checkBucketPolicy(b *bucket, text string) (*storedPolicy, *apiError) {
	if root, err := parseJSON(text); err == nil && len(root.String()) > maxBucketPolicy {
		return nil, &apiError{status: 400, code: "PolicyTooLarge",
			message: "Policy exceeds the maximum allowed document size."}
	}
	p, m := c.store(text)
	if m == nil {
		m = checkForBucket(p.doc, b)
	}
	if m != nil {
		return nil, &apiError{status: 400, code: "MalformedPolicy", message: m.message, detail: m.detail}
	}
	if b.PublicAccess.BlockPublicPolicy && public(p.doc) {
		return nil, &apiError{status: 403, code: "AccessDenied",
			message: "User is not authorized to perform: s3:PutBucketPolicy on resource: \"" + b.arn() +
				"\" because public policies are blocked by the BlockPublicPolicy block public access setting."}
	}
	return p, nil
}

func checkForBucket(doc document, b *bucket) *malformed {
	for _, st := range doc.statements {
		switch {
		case st.principals == nil && st.notPrincipals == nil:
			return malformedf("Missing required field Principal")
		case st.notPrincipals != nil && st.allow:
			return malformedf("Allow with NotPrincipal is not allowed.")
		case st.resources == nil && st.notResources == nil:
			return malformedf("Missing required field Resource")
		}
		for _, check := range []func(statement, *bucket) *malformed{
			checkResources, checkActions, checkConditions,
		} {
			if m := check(st, b); m != nil {
				return m
			}
		}
	}
	return nil
}

// checkResources requires this bucket, its objects, or a pattern for both.
func checkResources(st statement, b *bucket) *malformed {
	for _, r := range slices.Concat(st.resources, st.notResources) {
		rest, ok := strings.CutPrefix(r, b.arn())
		if !ok || rest != "" && rest[0] != '/' && rest[0] != '*' {
			return &malformed{"Policy has invalid resource", r}
		}
	}
	return nil
}

// checkActions requires each action to be one of S3's, and the statement to
// name a resource that it acts on.
func checkActions(st statement, b *bucket) *malformed {
	for _, pattern := range slices.Concat(st.actions, st.notActions) {
		meant := actionsLike(pattern)
		if len(meant) == 0 {
			return &malformed{"Policy has invalid action", pattern}
		}
		fits := func(a s3Action) bool { return st.names(b, a.on) }
		if st.resources != nil && st.actions != nil && !slices.ContainsFunc(meant, fits) {
			return malformedf("Action does not apply to any resource(s) in statement")
		}
	}
	return nil
}

// names reports whether a resource of the statement can match the bucket, or an
// object in it.
func (s *statement) names(b *bucket, on target) bool {
	return slices.ContainsFunc(s.resources, func(r string) bool {
		rest := strings.TrimPrefix(r, b.arn())
		if on == onBucket {
			return rest == "" || rest == "*"
		}
		return rest != ""
	})
}

func checkConditions(st statement, b *bucket) *malformed {
	if m := checkOperators(st.conditions); m != nil {
		return m
	}
	for _, c := range st.conditions {
		if _, known := keyApplies(c.key, s3Action{}); !known {
			return &malformed{"Policy has an invalid condition key", c.key}
		}
		for _, pattern := range st.actions {
			// A pattern may match actions that the key does not apply to. One
			// matching action is enough.
			fits := func(a s3Action) bool {
				ok, _ := keyApplies(c.key, a)
				return ok && (st.resources == nil || st.names(b, a.on))
			}
			if !slices.ContainsFunc(actionsLike(pattern), fits) {
				return malformedf("Conditions do not apply to combination of actions and resources in statement")
			}
		}
	}
	return nil
}

func checkOperators(conditions []condition) *malformed {
	for _, c := range conditions {
		if !knownOperator(c.operator) {
			return malformedf("Invalid Condition type : %s", c.operator)
		}
		_, base, _ := splitOperator(c.operator)
		for _, v := range c.values {
			if message := badValue(base, v); message != "" && !strings.Contains(v, "${") {
				return &malformed{message, v}
			}
		}
	}
	return nil
}

// badValue describes a value that an operator cannot compare with anything, or
// returns "". Only the sentence on addresses is AWS's own.
func badValue(operator, v string) string {
	switch {
	case strings.HasPrefix(operator, "date"):
		if _, ok := parseDate(v); !ok {
			return "Invalid date in condition"
		}
	case strings.HasPrefix(operator, "numeric"):
		if _, err := strconv.ParseFloat(v, 64); err != nil {
			return "Invalid number in condition"
		}
	case operator == "bool" || operator == "null":
		if lower(v) != "true" && lower(v) != "false" {
			return "Invalid boolean in condition"
		}
	case strings.HasSuffix(operator, "ipaddress"):
		_, errAddr := netip.ParseAddr(v)
		if _, err := netip.ParsePrefix(v); err != nil && errAddr != nil {
			return "Invalid IP address in Conditions"
		}
	case operator == "binaryequals":
		if _, err := base64.StdEncoding.DecodeString(v); err != nil {
			return "Invalid binary value in condition"
		}
	}
	return ""
}
