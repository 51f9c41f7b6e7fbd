package awssim

import (
	"net/url"
	"slices"
	"strings"
	"time"
)

const iamTime = "2006-01-02T15:04:05Z"

// The ARN that an operation needs permission for. For a missing entity it is
// built from the given name without a path, because IAM authorises first.

func onUser(q *request) string {
	if !q.params.Has("UserName") && q.caller.user != nil {
		return q.caller.user.arn()
	}
	if u := q.users()[lower(q.params.Get("UserName"))]; u != nil {
		return u.arn()
	}
	return q.arnOf("user/" + q.params.Get("UserName"))
}

func onGroup(q *request) string {
	if g := q.caller.account.groups[lower(q.params.Get("GroupName"))]; g != nil {
		return g.arn()
	}
	return q.arnOf("group/" + q.params.Get("GroupName"))
}

func onRole(q *request) string {
	if r := q.caller.account.roles[lower(q.params.Get("RoleName"))]; r != nil {
		return r.arn()
	}
	return q.arnOf("role/" + q.params.Get("RoleName"))
}

func onNewUser(q *request) string {
	return q.arnOf("user" + pathOf(q.params) + q.params.Get("UserName"))
}

func onNewGroup(q *request) string {
	return q.arnOf("group" + pathOf(q.params) + q.params.Get("GroupName"))
}

func onGroups(q *request) string { return q.arnOf("group/") }
func onUsers(q *request) string  { return q.arnOf("user/") }
func onRoles(q *request) string  { return q.arnOf("role/") }
func onPolicy(q *request) string { return q.params.Get("PolicyArn") }

func (q *request) arnOf(resource string) string {
	return "arn:aws:iam::" + q.caller.account.id + ":" + resource
}

func (q *request) users() map[string]*user { return q.caller.account.users }

func pathOf(params url.Values) string {
	if p := params.Get("Path"); p != "" {
		return p
	}
	return "/"
}

// The entities that a request names. IAM looks names up case-sensitively.

func (q *request) user() (*user, *apiError) {
	name := q.params.Get("UserName")
	if u := q.users()[lower(name)]; u != nil && u.name == name {
		return u, nil
	}
	return nil, noSuch("The user with name %s cannot be found.", name)
}

func (q *request) group() (*group, *apiError) {
	name := q.params.Get("GroupName")
	if g := q.caller.account.groups[lower(name)]; g != nil && g.name == name {
		return g, nil
	}
	return nil, noSuch("The group with name %s cannot be found.", name)
}

func (q *request) role() (*role, *apiError) {
	name := q.params.Get("RoleName")
	if r := q.caller.account.roles[lower(name)]; r != nil && r.name == name {
		return r, nil
	}
	return nil, noSuch("The role with name %s cannot be found.", name)
}

// named lists the names of the entities that keep accepts, in IAM's order.
func named[T any](m map[string]T, name func(T) string, keep func(T) bool) (names []string) {
	for _, v := range m {
		if keep(v) {
			names = append(names, name(v))
		}
	}
	slices.Sort(names)
	return names
}

// encodeDocument encodes a policy as IAM returns it: URL-encoded by RFC 3986.
func encodeDocument(text string) string {
	return strings.ReplaceAll(url.QueryEscape(text), "+", "%20")
}

func iamDate(t time.Time) string { return t.UTC().Format(iamTime) }
