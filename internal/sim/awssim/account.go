package awssim

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// ID returns the account's 12 digits.
func (a *Account) ID() string { return a.id }

// Name returns the account's name, as used in [World.Can].
func (a *Account) Name() string { return a.name }

// User creates a user, unless one exists, and returns the ARN.
func (a *Account) User(name string) string {
	defer a.lock()()
	path, name := splitPath(name)
	if a.users[lower(name)] == nil {
		a.newUser(path, name)
	}
	return a.users[lower(name)].arn()
}

func (a *Account) newUser(path, name string) *user {
	u := &user{entity: a.entity("AIDA", path, name), inline: map[string]policyText{}}
	a.users[lower(name)] = u
	a.w.principals[u.id] = u
	return u
}

// DeleteUser removes a user with their keys, policies and memberships, as the
// console does.
func (a *Account) DeleteUser(name string) {
	defer a.lock()()
	u := must(a.users, "user", name)
	for _, g := range a.groups {
		if slices.Contains(g.members.newest(), u) {
			g.members.set(without(g.members.newest(), u))
		}
	}
	a.dropUser(u)
}

func (a *Account) dropUser(u *user) {
	delete(a.users, lower(u.name))
	delete(a.w.principals, u.id)
	maps.DeleteFunc(a.w.keys, func(_ string, k *accessKey) bool { return k.caller.user == u })
}

// RenameUser changes a user's name and so the ARN. The unique id stays the
// same.
func (a *Account) RenameUser(from, to string) {
	defer a.lock()()
	u := must(a.users, "user", from)
	delete(a.users, lower(u.name))
	u.name = to
	a.users[lower(to)] = u
}

// UserPolicy writes an inline policy of a user.
func (a *Account) UserPolicy(userName, name, text string) {
	defer a.lock()()
	u := must(a.users, "user", userName)
	u.inline[name] = mustPolicy(text)
	mustFit("user "+userName, totalSize(u.inline), userPolicySize)
}

// AttachToUser attaches a managed policy to a user.
func (a *Account) AttachToUser(userName, policyARN string) {
	defer a.lock()()
	u := must(a.users, "user", userName)
	u.attached = with(u.attached, a.mustManaged(policyARN))
}

// AccessKey creates an access key for a user.
func (a *Account) AccessKey(userName string) (id, secret string) {
	defer a.lock()()
	k := a.w.newKey(callerOf(must(a.users, "user", userName)), noExpiry)
	return k.id, k.secret
}

// RootKey creates an access key for the account's root user.
func (a *Account) RootKey() (id, secret string) {
	defer a.lock()()
	k := a.w.newKey(caller{account: a, root: true}, noExpiry)
	return k.id, k.secret
}

// Role creates a role with a trust policy and inline policies, and returns the
// ARN. An existing role gets the new policies.
func (a *Account) Role(name, trust string, inline ...string) string {
	defer a.lock()()
	path, name := splitPath(name)
	stored, m := a.w.store(trust)
	if m == nil && slices.ContainsFunc(stored.doc.statements, func(st statement) bool { return st.notPrincipals != nil }) {
		m = malformedf("AssumeRole policy must not contain NotPrincipal field.")
	}
	if m != nil {
		panic(fmt.Sprintf("awssim: the trust policy of role %s: %s %s", name, m.message, m.detail))
	}
	r := a.roles[lower(name)]
	if r == nil {
		r = &role{entity: a.entity("AROA", path, name)}
		a.roles[lower(name)] = r
		a.w.principals[r.id] = r
	}
	r.trust, r.inline = *stored, map[string]policyText{}
	for i, text := range inline {
		r.inline[fmt.Sprintf("inline%d", i+1)] = mustPolicy(text)
	}
	mustFit("role "+name, totalSize(r.inline), rolePolicySize)
	return r.arn()
}

// DeleteRole removes a role. Its sessions end too.
func (a *Account) DeleteRole(name string) {
	defer a.lock()()
	r := must(a.roles, "role", name)
	delete(a.roles, lower(r.name))
	delete(a.w.principals, r.id)
}

// AttachToRole attaches a managed policy of the account to a role.
func (a *Account) AttachToRole(roleName, policyARN string) {
	defer a.lock()()
	r := must(a.roles, "role", roleName)
	r.attached.set(with(r.attached.newest(), a.mustManaged(policyARN)))
}

// DetachFromRole detaches a managed policy from a role.
func (a *Account) DetachFromRole(roleName, policyARN string) {
	defer a.lock()()
	r := must(a.roles, "role", roleName)
	r.attached.set(without(r.attached.newest(), a.mustManaged(policyARN)))
}

// Attached returns the ARNs of a role's managed policies, sorted. It includes
// changes that have not settled.
func (a *Account) Attached(roleName string) (arns []string) {
	defer a.lock()()
	for _, p := range must(a.roles, "role", roleName).attached.newest() {
		arns = append(arns, p.arn())
	}
	slices.Sort(arns)
	return arns
}

// Group creates a group, or replaces the policy of an existing one, and returns
// the ARN. The policy gets the group's name. An empty policy means none.
func (a *Account) Group(path, name, policy string) string {
	defer a.lock()()
	g := a.groups[lower(name)]
	if g == nil {
		g = &group{entity: a.entity("AGPA", path, name)}
		a.groups[lower(name)] = g
	}
	inline := map[string]policyText{}
	if policy != "" {
		inline[name] = mustPolicy(policy)
	}
	mustFit("group "+name, totalSize(inline), groupPolicySize)
	g.inline.set(inline)
	return g.arn()
}

// DeleteGroup removes a group, its policy and its memberships.
func (a *Account) DeleteGroup(name string) {
	defer a.lock()()
	delete(a.groups, lower(must(a.groups, "group", name).name))
}

// Join adds a user to a group.
func (a *Account) Join(userName, groupName string) {
	defer a.lock()()
	g, u := must(a.groups, "group", groupName), must(a.users, "user", userName)
	if !slices.Contains(g.members.newest(), u) && a.groupsOf(u) >= groupsPerUser {
		panic(fmt.Sprintf("awssim: user %s is in %d groups already", userName, groupsPerUser))
	}
	g.members.set(with(g.members.newest(), u))
}

// groupsOf counts a user's groups.
func (a *Account) groupsOf(u *user) (n int) {
	for _, g := range a.groups {
		if slices.Contains(g.members.newest(), u) {
			n++
		}
	}
	return n
}

// Leave removes a user from a group.
func (a *Account) Leave(userName, groupName string) {
	defer a.lock()()
	g := must(a.groups, "group", groupName)
	g.members.set(without(g.members.newest(), must(a.users, "user", userName)))
}

// Members returns the names of a group's members, sorted. It includes changes
// that have not settled.
func (a *Account) Members(groupName string) (names []string) {
	defer a.lock()()
	for _, u := range must(a.groups, "group", groupName).members.newest() {
		names = append(names, u.name)
	}
	slices.Sort(names)
	return names
}

// ManagedPolicy creates a managed policy, or replaces its text, and returns the
// ARN.
func (a *Account) ManagedPolicy(path, name, text string) string {
	defer a.lock()()
	p := a.policies[lower(name)]
	if p == nil {
		p = &managedPolicy{entity: a.entity("ANPA", path, name)}
		a.policies[lower(name)] = p
	}
	p.policyText = mustPolicy(text)
	mustFit("managed policy "+name, policySize(text), managedPolicySize)
	return p.arn()
}

// UniqueID returns the unique id (AIDA… or AROA…) of the user or role with this
// ARN, or "".
func (a *Account) UniqueID(arn string) string {
	defer a.lock()()
	if p, ok := a.w.principalByARN(arn); ok {
		return p.unique()
	}
	return ""
}

// lock locks the world and returns the function that unlocks it.
func (a *Account) lock() (unlock func()) {
	a.w.mu.Lock()
	return a.w.mu.Unlock
}

func (a *Account) entity(prefix, path, name string) entity {
	if path == "" {
		path = "/"
	}
	if path[0] != '/' || path[len(path)-1] != '/' {
		panic("awssim: a path begins and ends with a slash: " + path)
	}
	return entity{account: a, id: a.w.mint(prefix, 17), path: path, name: name, created: a.w.now()}
}

func (a *Account) mustManaged(arn string) *managedPolicy {
	if p := a.managed(arn); p != nil {
		return p
	}
	panic("awssim: there is no managed policy " + arn)
}

// managed finds a managed policy by ARN, or returns nil.
func (a *Account) managed(arn string) *managedPolicy {
	for _, p := range a.policies {
		if p.arn() == arn {
			return p
		}
	}
	return nil
}

func must[T any](m map[string]T, kind, name string) T {
	_, base := splitPath(name)
	v, ok := m[lower(base)]
	if !ok {
		panic("awssim: there is no " + kind + " " + name)
	}
	return v
}

func mustPolicy(text string) policyText {
	if !validPolicyText(text) {
		panic("awssim: IAM takes no such characters: " + text)
	}
	p, m := identityPolicy(text)
	if m != nil {
		panic("awssim: " + m.message + " " + text)
	}
	return p
}

func mustFit(what string, size, quota int) {
	if size > quota {
		panic(fmt.Sprintf("awssim: the policies of %s have %d characters, and IAM takes %d", what, size, quota))
	}
}

// splitPath splits "build/ci" into "/build/" and "ci".
func splitPath(name string) (path, base string) {
	at := strings.LastIndexByte(name, '/')
	return "/" + strings.TrimPrefix(name[:at+1], "/"), name[at+1:]
}
