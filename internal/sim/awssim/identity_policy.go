package awssim

import (
	"regexp"
	"strings"
	"unicode"
)

var policySid = regexp.MustCompile(`^[0-9A-Za-z]*$`)

// identityPolicy parses a policy of a user, group or role. Such a policy names
// no principal. The function refuses the policies that IAM refuses on write.
func identityPolicy(text string) (policyText, *malformed) {
	root, err := parseJSON(text)
	if err != nil || root.kind != nodeObject {
		return policyText{}, malformedf("Syntax errors in policy.")
	}
	doc, m := readDocument(root)
	if m != nil {
		return policyText{}, m
	}
	sids := map[string]bool{}
	for _, st := range doc.statements {
		switch {
		case st.principals != nil || st.notPrincipals != nil:
			return policyText{}, malformedf("Policy document should not specify a principal.")
		case st.resources == nil && st.notResources == nil:
			return policyText{}, malformedf("Policy statement must contain resources.")
		case !policySid.MatchString(st.sid):
			return policyText{}, malformedf(
				"Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*")
		case st.sid != "" && sids[st.sid]:
			return policyText{}, malformedf("Statement IDs (SID) in a single policy must be unique.")
		}
		sids[st.sid] = true
		if m := checkOperators(st.conditions); m != nil {
			return policyText{}, m
		}
	}
	return policyText{text, doc}, nil
}

// validPolicyText reports whether IAM accepts the characters of a policy: tabs,
// line feeds, and U+0020 to U+00FF.
func validPolicyText(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool {
		return r > 0xFF || r < 0x20 && !strings.ContainsRune("\t\n\r", r)
	})
}

// policySize counts the characters of a policy as IAM does, without white
// space.
func policySize(text string) (n int) {
	for _, r := range text {
		if !unicode.IsSpace(r) {
			n++
		}
	}
	return n
}

// totalSize is the total size of the policies that share one quota.
func totalSize(inline map[string]policyText) (n int) {
	for _, p := range inline {
		n += policySize(p.text)
	}
	return n
}
