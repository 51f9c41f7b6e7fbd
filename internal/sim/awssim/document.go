package awssim

import (
	"fmt"
	"slices"
)

// A document is a policy of any kind, parsed for evaluation.
type document struct {
	modern     bool // Version 2012-10-17, with ${…} as variables
	statements []statement
}

type statement struct {
	number        int // counted from 1
	sid           string
	allow         bool
	principals    []principalRef
	notPrincipals []principalRef
	actions       []string
	notActions    []string
	resources     []string
	notResources  []string
	conditions    []condition
}

// A principalRef is one entry of a Principal. In a stored policy, an AWS value
// is "*", an account's root ARN, a unique id, or a session's ARN.
type principalRef struct{ kind, value string }

// A condition is one operator on one key. It holds if any value matches.
type condition struct {
	operator string
	key      string
	values   []string
}

// name is the statement's name in a reason.
func (s *statement) name() string {
	if s.sid == "" {
		return fmt.Sprintf("statement %d", s.number)
	}
	return fmt.Sprintf("statement %q", s.sid)
}

// A malformed describes the fault of a policy in S3's words.
type malformed struct{ message, detail string }

func (m *malformed) Error() string { return m.message }

func malformedf(format string, args ...any) *malformed {
	return &malformed{message: fmt.Sprintf(format, args...)}
}

// readDocument parses any policy document. It checks the grammar that all
// policies share, but not the meaning of actions or principals.
func readDocument(root node) (document, *malformed) {
	var doc document
	if m := knownFields(root, "Version", "Id", "Statement"); m != nil {
		return doc, m
	}
	if v, ok := root.get("Version"); ok {
		if v.scalar != "2012-10-17" && v.scalar != "2008-10-17" {
			return doc, malformedf("The policy must contain a valid version string")
		}
		doc.modern = v.scalar == "2012-10-17"
	}
	list, ok := root.get("Statement")
	if !ok {
		return doc, malformedf("Missing required field Statement")
	}
	if list.kind == nodeObject {
		list = node{kind: nodeList, list: []node{list}}
	}
	if list.kind != nodeList {
		return doc, malformedf("Statement must be an object or a list")
	}
	if len(list.list) == 0 {
		return doc, malformedf("Could not parse the policy: Statement is empty!")
	}
	for i, n := range list.list {
		st, m := readStatement(n)
		if m != nil {
			return doc, m
		}
		st.number = i + 1
		doc.statements = append(doc.statements, st)
	}
	return doc, nil
}

func knownFields(n node, fields ...string) *malformed {
	if n.kind != nodeObject {
		return malformedf("Policies must be valid JSON and the first byte must be '{'")
	}
	for _, m := range n.members {
		if !slices.Contains(fields, m.key) {
			return malformedf("Unknown field %s", m.key)
		}
	}
	return nil
}

func readStatement(n node) (st statement, m *malformed) {
	m = knownFields(n, "Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction",
		"Resource", "NotResource", "Condition")
	if m != nil {
		return st, m
	}
	sid, _ := n.get("Sid")
	st.sid = sid.scalar
	effect, ok := n.get("Effect")
	switch {
	case !ok:
		return st, malformedf("Missing required field Effect")
	case effect.scalar != "Allow" && effect.scalar != "Deny":
		return st, malformedf("Invalid effect: %s", effect.scalar)
	}
	st.allow = effect.scalar == "Allow"
	for key, to := range map[string]*[]string{
		"Action": &st.actions, "NotAction": &st.notActions,
		"Resource": &st.resources, "NotResource": &st.notResources,
	} {
		if v, ok := n.get(key); ok {
			if *to, ok = v.strings(); !ok || len(*to) == 0 {
				return st, malformedf("Policy has invalid %s", lower(key))
			}
		}
	}
	for _, pair := range [][2]string{{"Action", "NotAction"}, {"Resource", "NotResource"}, {"Principal", "NotPrincipal"}} {
		_, plain := n.get(pair[0])
		_, not := n.get(pair[1])
		if plain && not {
			return st, malformedf("Statement/policy already has instance of %s", pair[0])
		}
	}
	if st.actions == nil && st.notActions == nil {
		return st, malformedf("Missing required field Action")
	}
	if st.principals, m = readPrincipals(n, "Principal"); m != nil {
		return st, m
	}
	if st.notPrincipals, m = readPrincipals(n, "NotPrincipal"); m != nil {
		return st, m
	}
	st.conditions, m = readConditions(n)
	return st, m
}

func readPrincipals(n node, field string) ([]principalRef, *malformed) {
	v, ok := n.get(field)
	switch {
	case !ok:
		return nil, nil
	case v.kind == nodeString && v.scalar == "*":
		return []principalRef{{"AWS", "*"}}, nil
	case v.kind != nodeObject || len(v.members) == 0:
		return nil, malformedf("Invalid policy syntax.")
	}
	var refs []principalRef
	for _, kind := range v.members {
		values, ok := kind.val.strings()
		if !ok || len(values) == 0 || !slices.Contains(principalKinds, kind.key) {
			return nil, malformedf("Invalid policy syntax.")
		}
		for _, value := range values {
			refs = append(refs, principalRef{kind.key, value})
		}
	}
	return refs, nil
}

var principalKinds = []string{"AWS", "Service", "Federated", "CanonicalUser"}

func readConditions(n node) (list []condition, m *malformed) {
	block, ok := n.get("Condition")
	if !ok {
		return nil, nil
	}
	if block.kind != nodeObject {
		return nil, malformedf("Invalid policy syntax.")
	}
	for _, op := range block.members {
		if op.val.kind != nodeObject {
			return nil, malformedf("Invalid policy syntax.")
		}
		for _, key := range op.val.members {
			values, ok := key.val.strings()
			if !ok {
				return nil, malformedf("Invalid policy syntax.")
			}
			list = append(list, condition{op.key, key.key, values})
		}
	}
	return list, nil
}
