package awssim

import (
	"slices"
	"strings"
)

// store converts a written policy to its stored form. It refuses principals
// that do not exist.
func (c *core) store(text string) (*storedPolicy, *malformed) {
	if !strings.HasPrefix(strings.TrimSpace(text), "{") {
		return nil, malformedf("Policies must be valid JSON and the first byte must be '{'")
	}
	root, err := parseJSON(text)
	if err != nil {
		return nil, malformedf("This policy contains invalid Json")
	}
	if _, m := readDocument(root); m != nil {
		return nil, m
	}
	var bad *malformed
	root = mapPrincipals(root, func(kind, value string) string {
		id, ok := c.storedPrincipal(kind, value)
		if !ok && bad == nil {
			bad = &malformed{"Invalid principal in policy", value}
		}
		return id
	})
	if bad != nil {
		return nil, bad
	}
	doc, m := readDocument(root)
	return &storedPolicy{normalise(root, ""), doc}, m
}

// render returns the text for a read. Each existing principal appears by ARN,
// each deleted one by its bare id, as in AWS.
func (c *core) render(p *storedPolicy) string {
	root := mapPrincipals(p.root, func(_, value string) string {
		if p, ok := c.principals[value]; ok {
			return p.arn()
		}
		return value
	})
	return normalise(root, "").String()
}

// storedPrincipal returns the stored form of a written principal. It is false
// if AWS would refuse the principal.
func (c *core) storedPrincipal(kind, value string) (string, bool) {
	switch kind {
	case "Service":
		return value, strings.HasSuffix(value, ".amazonaws.com")
	case "Federated", "CanonicalUser":
		return value, value != ""
	}
	if p, ok := c.principals[value]; ok {
		return value, c.spread(p)
	}
	if value == "*" {
		return value, true
	}
	if isAccountID(value) {
		value = "arn:aws:iam::" + value + ":root"
	}
	part := strings.SplitN(value, ":", 6)
	if len(part) != 6 || part[0] != "arn" || part[1] != "aws" || part[3] != "" {
		return "", false
	}
	if part[4] == "cloudfront" { // an origin access identity
		return value, part[2] == "iam" && strings.HasPrefix(part[5], "user/")
	}
	a := c.accounts[part[4]]
	if a == nil {
		return "", false
	}
	if part[2] == "sts" {
		name, session, _ := strings.Cut(strings.TrimPrefix(part[5], "assumed-role/"), "/")
		return value, a.roles[lower(name)] != nil && session != ""
	}
	if part[2] == "iam" && part[5] == "root" {
		return value, true
	}
	p, ok := c.principalByARN(value)
	if !ok {
		return "", false
	}
	return p.unique(), c.spread(p)
}

// spread reports whether a principal is old enough for policies to name it.
func (c *core) spread(p principal) bool {
	return c.cfg.PrincipalLag == 0 || p.made().IsZero() || !c.now().Before(p.made().Add(c.cfg.PrincipalLag))
}

// principalByARN finds an existing user or role.
func (c *core) principalByARN(arn string) (principal, bool) {
	part := strings.SplitN(arn, ":", 6)
	if len(part) != 6 || c.accounts[part[4]] == nil {
		return nil, false
	}
	a, name := c.accounts[part[4]], lower(arn[strings.LastIndexByte(arn, '/')+1:])
	if u := a.users[name]; u != nil && u.arn() == arn {
		return u, true
	}
	if r := a.roles[name]; r != nil && r.arn() == arn {
		return r, true
	}
	return nil, false
}

// mapPrincipals replaces each principal of each statement.
func mapPrincipals(root node, replace func(kind, value string) string) node {
	root = clone(root)
	for i := range root.members {
		if root.members[i].key != "Statement" {
			continue
		}
		statements := &root.members[i].val
		if statements.kind == nodeObject {
			*statements = node{kind: nodeList, list: []node{*statements}}
		}
		for _, st := range statements.list {
			for j := range st.members {
				if strings.HasSuffix(st.members[j].key, "Principal") {
					mapPrincipal(&st.members[j].val, replace)
				}
			}
		}
	}
	return root
}

func mapPrincipal(block *node, replace func(kind, value string) string) {
	for i := range block.members {
		kind, val := block.members[i].key, &block.members[i].val
		if val.kind == nodeString {
			val.scalar = replace(kind, val.scalar)
		}
		for j := range val.list {
			val.list[j].scalar = replace(kind, val.list[j].scalar)
		}
	}
}

func clone(n node) node {
	n.list, n.members = slices.Clone(n.list), slices.Clone(n.members)
	for i := range n.list {
		n.list[i] = clone(n.list[i])
	}
	for i := range n.members {
		n.members[i].val = clone(n.members[i].val)
	}
	return n
}

// normalise sorts lists, unwraps single-element lists, and turns numbers and
// booleans into strings. The list of statements keeps its form.
func normalise(n node, key string) node {
	n = clone(n)
	for i := range n.members {
		n.members[i].val = normalise(n.members[i].val, n.members[i].key)
	}
	for i := range n.list {
		n.list[i] = normalise(n.list[i], "")
	}
	switch {
	case n.kind == nodeOther:
		n.kind = nodeString
	case n.kind == nodeList && key == "Statement":
	case n.kind == nodeList && len(n.list) == 1:
		return n.list[0]
	case n.kind == nodeList:
		slices.SortFunc(n.list, func(a, b node) int { return strings.Compare(a.scalar, b.scalar) })
	}
	return n
}
