package awssim

import (
	"slices"
	"strings"
)

type xmlUser struct {
	Path, UserName, UserId, Arn, CreateDate string
	PermissionsBoundary                     *boundaryXML `xml:",omitempty"` // in GetUser only
}

func userXML(u *user) xmlUser {
	return xmlUser{u.path, u.name, u.id, u.arn(), iamDate(u.created), nil}
}

func (i *iamService) getUser(q *request) (any, *apiError) {
	u := q.caller.user
	if q.params.Has("UserName") || u == nil {
		var err *apiError
		if !q.params.Has("UserName") {
			return nil, validation("Must specify userName when calling with non-User credentials")
		}
		if u, err = q.user(); err != nil {
			return nil, err
		}
	}
	x := userXML(u)
	x.PermissionsBoundary = boundaryOf(u.boundary)
	return struct{ User xmlUser }{x}, nil
}

func (i *iamService) listUsers(q *request) (any, *apiError) {
	prefix := q.params.Get("PathPrefix")
	names := named(q.users(), func(u *user) string { return u.name },
		func(u *user) bool { return strings.HasPrefix(u.path, prefix) })
	names, end, err := i.iamPage(names, q)
	var result struct {
		Users []xmlUser `xml:"Users>member"`
		pageEnd
	}
	for _, name := range names {
		result.Users = append(result.Users, userXML(q.users()[lower(name)]))
	}
	result.pageEnd = end
	return result, err
}

func (i *iamService) createUser(q *request) (any, *apiError) {
	name, path := q.params.Get("UserName"), pathOf(q.params)
	switch {
	case q.users()[lower(name)] != nil:
		return nil, conflict("EntityAlreadyExists", "User with name %s already exists.", name)
	case len(q.users()) >= usersPerAccount:
		return nil, conflict("LimitExceeded", "Cannot exceed quota for UsersPerAccount: %d", usersPerAccount)
	}
	return struct{ User xmlUser }{userXML(q.caller.account.newUser(path, name))}, nil
}

// updateUser changes a user's name or path.
func (i *iamService) updateUser(q *request) (any, *apiError) {
	u, err := q.user()
	if err != nil {
		return nil, err
	}
	if name := q.params.Get("NewUserName"); name != "" {
		if other := q.users()[lower(name)]; other != nil && other != u {
			return nil, conflict("EntityAlreadyExists", "User with name %s already exists.", name)
		}
		delete(q.users(), lower(u.name))
		u.name = name
		q.users()[lower(name)] = u
	}
	if path := q.params.Get("NewPath"); path != "" {
		u.path = path
	}
	return nil, nil
}

func (i *iamService) deleteUser(q *request) (any, *apiError) {
	u, err := q.user()
	if err != nil {
		return nil, err
	}
	for _, g := range q.caller.account.groups {
		if slices.Contains(g.members.newest(), u) {
			return nil, conflict("DeleteConflict", "Cannot delete entity, must remove users from group first.")
		}
	}
	for _, k := range i.keys {
		if k.caller.user == u {
			return nil, conflict("DeleteConflict", "Cannot delete entity, must delete access keys first.")
		}
	}
	switch {
	case len(u.inline) > 0:
		return nil, conflict("DeleteConflict", "Cannot delete entity, must delete policies first.")
	case len(u.attached) > 0:
		return nil, conflict("DeleteConflict", "Cannot delete entity, must detach all policies first.")
	}
	q.caller.account.dropUser(u)
	return nil, nil
}
