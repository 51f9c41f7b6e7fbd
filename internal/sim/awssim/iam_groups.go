package awssim

import (
	"maps"
	"slices"
	"strings"
)

type xmlGroup struct {
	Path, GroupName, GroupId, Arn, CreateDate string
}

func groupXML(g *group) xmlGroup {
	return xmlGroup{g.path, g.name, g.id, g.arn(), iamDate(g.created)}
}

func (i *iamService) getGroup(q *request) (any, *apiError) {
	g, err := q.group()
	if err != nil {
		return nil, err
	}
	members := map[string]*user{}
	for _, u := range g.members.seen(q.now, i.cfg.Settle) {
		if i.principals[u.id] != nil {
			members[u.name] = u
		}
	}
	names, end, err := i.iamPage(sortedKeys(members), q)
	var result struct {
		Group xmlGroup
		Users []xmlUser `xml:"Users>member"`
		pageEnd
	}
	for _, name := range names {
		result.Users = append(result.Users, userXML(members[name]))
	}
	result.Group, result.pageEnd = groupXML(g), end
	return result, err
}

func (i *iamService) createGroup(q *request) (any, *apiError) {
	name, a := q.params.Get("GroupName"), q.caller.account
	switch {
	case a.groups[lower(name)] != nil:
		return nil, conflict("EntityAlreadyExists", "Group with name %s already exists.", name)
	case len(a.groups) >= groupsPerAccount:
		return nil, conflict("LimitExceeded", "Cannot exceed quota for GroupsPerAccount: %d", groupsPerAccount)
	}
	g := &group{entity: a.entity("AGPA", pathOf(q.params), name)}
	g.inline.set(map[string]policyText{})
	a.groups[lower(name)] = g
	return struct{ Group xmlGroup }{groupXML(g)}, nil
}

func (i *iamService) deleteGroup(q *request) (any, *apiError) {
	g, err := q.group()
	switch {
	case err != nil:
		return nil, err
	case len(g.members.newest()) > 0:
		return nil, conflict("DeleteConflict", "Cannot delete entity, must remove users from group first.")
	case len(g.inline.newest()) > 0:
		return nil, conflict("DeleteConflict", "Cannot delete entity, must delete policies first.")
	}
	delete(q.caller.account.groups, lower(g.name))
	return nil, nil
}

func (i *iamService) listGroups(q *request) (any, *apiError) {
	groups, prefix := q.caller.account.groups, q.params.Get("PathPrefix")
	names := named(groups, func(g *group) string { return g.name },
		func(g *group) bool { return strings.HasPrefix(g.path, prefix) })
	names, end, err := i.iamPage(names, q)
	var result struct {
		Groups []xmlGroup `xml:"Groups>member"`
		pageEnd
	}
	for _, name := range names {
		result.Groups = append(result.Groups, groupXML(groups[lower(name)]))
	}
	result.pageEnd = end
	return result, err
}

func (i *iamService) listGroupsForUser(q *request) (any, *apiError) {
	u, err := q.user()
	if err != nil {
		return nil, err
	}
	groups := q.caller.account.groups
	names := named(groups, func(g *group) string { return g.name },
		func(g *group) bool { return slices.Contains(g.members.seen(q.now, i.cfg.Settle), u) })
	names, end, err := i.iamPage(names, q)
	var result struct {
		Groups []xmlGroup `xml:"Groups>member"`
		pageEnd
	}
	for _, name := range names {
		result.Groups = append(result.Groups, groupXML(groups[lower(name)]))
	}
	result.pageEnd = end
	return result, err
}

// addUserToGroup succeeds for an existing member too.
func (i *iamService) addUserToGroup(q *request) (any, *apiError) {
	g, u, err := q.membership()
	if err != nil {
		return nil, err
	}
	members := g.members.newest()
	if slices.Contains(members, u) {
		return nil, nil
	}
	if q.caller.account.groupsOf(u) >= groupsPerUser {
		return nil, conflict("LimitExceeded", "Cannot exceed quota for GroupsPerUser: %d", groupsPerUser)
	}
	g.members.write(with(members, u), q.now, i.cfg.Settle)
	return nil, nil
}

// removeUserFromGroup succeeds for a user who is not a member too.
func (i *iamService) removeUserFromGroup(q *request) (any, *apiError) {
	g, u, err := q.membership()
	if err != nil {
		return nil, err
	}
	if slices.Contains(g.members.newest(), u) {
		g.members.write(without(g.members.newest(), u), q.now, i.cfg.Settle)
	}
	return nil, nil
}

func (q *request) membership() (*group, *user, *apiError) {
	g, err := q.group()
	if err != nil {
		return nil, nil, err
	}
	u, err := q.user()
	return g, u, err
}

func (i *iamService) listGroupPolicies(q *request) (any, *apiError) {
	g, err := q.group()
	if err != nil {
		return nil, err
	}
	names, end, err := i.iamPage(sortedKeys(g.inline.seen(q.now, i.cfg.Settle)), q)
	return struct {
		Names []string `xml:"PolicyNames>member"`
		pageEnd
	}{names, end}, err
}

func (i *iamService) getGroupPolicy(q *request) (any, *apiError) {
	g, err := q.group()
	if err != nil {
		return nil, err
	}
	name := q.params.Get("PolicyName")
	p, ok := g.inline.seen(q.now, i.cfg.Settle)[name]
	if !ok {
		return nil, noSuch("The group policy with name %s cannot be found.", name)
	}
	return struct{ GroupName, PolicyName, PolicyDocument string }{g.name, name, encodeDocument(p.text)}, nil
}

func (i *iamService) putGroupPolicy(q *request) (any, *apiError) {
	g, err := q.group()
	if err != nil {
		return nil, err
	}
	text := q.params.Get("PolicyDocument")
	if !validPolicyText(text) {
		return nil, validation("The specified value for policyDocument is invalid. It must contain only printable " +
			"ASCII characters.")
	}
	p, m := identityPolicy(text)
	if m != nil {
		return nil, &apiError{status: 400, code: "MalformedPolicyDocument", message: m.message}
	}
	inline := maps.Clone(g.inline.newest())
	if inline == nil {
		inline = map[string]policyText{}
	}
	inline[q.params.Get("PolicyName")] = p
	if totalSize(inline) > groupPolicySize {
		return nil, conflict("LimitExceeded", "Maximum policy size of %d bytes exceeded for group %s", groupPolicySize,
			g.name)
	}
	g.inline.write(inline, q.now, i.cfg.Settle)
	return nil, nil
}

func (i *iamService) deleteGroupPolicy(q *request) (any, *apiError) {
	g, err := q.group()
	if err != nil {
		return nil, err
	}
	name := q.params.Get("PolicyName")
	inline := maps.Clone(g.inline.newest())
	if _, ok := inline[name]; !ok {
		return nil, noSuch("The group policy with name %s cannot be found.", name)
	}
	delete(inline, name)
	g.inline.write(inline, q.now, i.cfg.Settle)
	return nil, nil
}

// listAttachedGroupPolicies is always empty: groups have inline policies only.
func (i *iamService) listAttachedGroupPolicies(q *request) (any, *apiError) {
	_, err := q.group()
	return attachedXML(nil, pageEnd{}), err
}
