package slacksim

import (
	"maps"
	"slices"
	"strings"
)

// A User is a person or a bot of the workspace, or an outsider who is here
// through a shared channel.
type User struct {
	ID       string
	Name     string // default: the id in lower case
	RealName string // default: Name
	Email    string // shown only to a token with users:read.email
	TZ       string // default "Europe/London"
	TeamID   string // default: the workspace's

	EnterpriseID string   // the organisation's id, if the workspace belongs to one
	Teams        []string // the organisation's workspaces that have this user

	Deleted           bool
	IsAdmin           bool
	IsBot             bool
	IsRestricted      bool // a guest
	IsUltraRestricted bool // a guest of a single channel
	IsStranger        bool // from another workspace, through Slack Connect
}

// A Group is a user group ("subteam"). People mention it by its handle.
type Group struct {
	ID       string
	Handle   string
	Users    []string
	Disabled bool
}

// people are the users and user groups.
type people struct {
	*core
	users  map[string]*User
	groups map[string]*Group
}

// AddUser adds a user, or replaces the one with the same id.
func (p *people) AddUser(u User) {
	if u.Name == "" {
		u.Name = strings.ToLower(u.ID)
	}
	if u.RealName == "" {
		u.RealName = u.Name
	}
	if u.TZ == "" {
		u.TZ = "Europe/London"
	}
	if u.TeamID == "" {
		u.TeamID = p.cfg.TeamID
	}
	p.mu.Lock()
	p.users[u.ID] = &u
	p.mu.Unlock()
	p.notify()
}

// EditUser changes a user, for example to deactivate them. It panics if the
// user does not exist.
func (p *people) EditUser(id string, edit func(*User)) {
	p.edit(func() {
		u, ok := p.users[id]
		if !ok {
			panic("slacksim: no user " + id)
		}
		edit(u)
	})
}

// AddGroup adds a user group, or replaces the one with the same id.
func (p *people) AddGroup(id, handle string, users ...string) {
	p.edit(func() { p.groups[id] = &Group{ID: id, Handle: handle, Users: users} })
}

// EditGroup changes a user group. It panics if the group does not exist.
func (p *people) EditGroup(id string, edit func(*Group)) {
	p.edit(func() {
		g, ok := p.groups[id]
		if !ok {
			panic("slacksim: no group " + id)
		}
		edit(g)
	})
}

// Users returns all users and the bot, sorted by id.
func (p *people) Users() []User {
	p.mu.Lock()
	defer p.mu.Unlock()
	var out []User
	for _, u := range p.users {
		out = append(out, *u)
	}
	slices.SortFunc(out, func(a, b User) int { return strings.Compare(a.ID, b.ID) })
	return out
}

// Groups returns all user groups, sorted by id.
func (p *people) Groups() []Group {
	p.mu.Lock()
	defer p.mu.Unlock()
	var out []Group
	for _, id := range slices.Sorted(maps.Keys(p.groups)) {
		g := *p.groups[id]
		g.Users = slices.Clone(g.Users)
		out = append(out, g)
	}
	return out
}
