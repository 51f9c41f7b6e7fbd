package awssim

import (
	"slices"
	"strings"
)

// An Inventory is the content of an account for people to look at, settled or
// not. Lists are sorted by name.
type Inventory struct {
	ID, Name string
	Buckets  []BucketInventory
	Users    []PrincipalInventory
	Roles    []PrincipalInventory
	Groups   []GroupInventory
	Policies []NamedPolicy // customer-managed policies
}

// A BucketInventory is a bucket with its policy in the form that AWS returns,
// or "".
type BucketInventory struct {
	Name   string
	Policy string
	Keys   []string
}

// A PrincipalInventory is a user or a role.
type PrincipalInventory struct {
	Name, ARN, UniqueID string
	Groups              []string // users only
	Inline              []NamedPolicy
	Attached            []string // ARNs
}

// A GroupInventory is a group, with the names of its members.
type GroupInventory struct {
	Name, ARN string
	Members   []string
	Inline    []NamedPolicy
}

// A NamedPolicy is the text of an identity policy. ARN is empty for inline
// policies.
type NamedPolicy struct{ Name, ARN, Text string }

// Inventories returns the content of all accounts, ordered by account id.
func (c *core) Inventories() (all []Inventory) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, id := range sortedKeys(c.accounts) {
		all = append(all, c.accounts[id].inventory())
	}
	return all
}

// inventory requires the world's lock.
func (a *Account) inventory() Inventory {
	in := Inventory{ID: a.id, Name: a.name}
	for _, name := range sortedKeys(a.w.buckets) {
		if b := a.w.buckets[name]; b.owner == a {
			one := BucketInventory{Name: name, Keys: sortedKeys(b.objects)}
			if p := b.policy.newest(); p != nil {
				one.Policy = a.w.render(p)
			}
			in.Buckets = append(in.Buckets, one)
		}
	}
	for _, key := range sortedKeys(a.groups) {
		g := a.groups[key]
		one := GroupInventory{Name: g.name, ARN: g.arn(), Inline: inlineOf(g.inline.newest())}
		for _, u := range g.members.newest() {
			one.Members = append(one.Members, u.name)
		}
		slices.Sort(one.Members)
		in.Groups = append(in.Groups, one)
	}
	for _, key := range sortedKeys(a.users) {
		u := a.users[key]
		one := PrincipalInventory{
			Name: u.name, ARN: u.arn(), UniqueID: u.id, Inline: inlineOf(u.inline), Attached: arnsOf(u.attached)}
		for _, g := range in.Groups {
			if slices.Contains(g.Members, u.name) {
				one.Groups = append(one.Groups, g.Name)
			}
		}
		in.Users = append(in.Users, one)
	}
	for _, key := range sortedKeys(a.roles) {
		r := a.roles[key]
		in.Roles = append(in.Roles,
			PrincipalInventory{Name: r.name, ARN: r.arn(), UniqueID: r.id, Inline: inlineOf(r.inline),
				Attached: arnsOf(r.attached.newest())})
	}
	for _, key := range sortedKeys(a.policies) {
		p := a.policies[key]
		in.Policies = append(in.Policies, NamedPolicy{Name: p.name, ARN: p.arn(), Text: p.text})
	}
	return in
}

func inlineOf(m map[string]policyText) (list []NamedPolicy) {
	for _, name := range sortedKeys(m) {
		list = append(list, NamedPolicy{Name: name, Text: m[name].text})
	}
	return list
}

func arnsOf(ps []*managedPolicy) (arns []string) {
	for _, p := range ps {
		arns = append(arns, p.arn())
	}
	slices.SortFunc(arns, strings.Compare)
	return arns
}
