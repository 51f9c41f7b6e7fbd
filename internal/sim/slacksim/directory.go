package slacksim

import (
	"maps"
	"slices"
	"strings"
)

func (w *Workspace) authTest(*request) (object, error) {
	return object{
		"url": "https://" + w.cfg.TeamDomain + ".slack.com/", "team": w.cfg.TeamName, "user": w.cfg.BotName,
		"team_id": w.cfg.TeamID, "user_id": w.cfg.BotUserID, "bot_id": w.cfg.BotID, "is_enterprise_install": false,
	}, nil
}

func (w *Workspace) teamInfo(*request) (object, error) {
	return object{"team": object{
		"id": w.cfg.TeamID, "name": w.cfg.TeamName, "domain": w.cfg.TeamDomain, "email_domain": "", "icon": object{},
	}}, nil
}

func (w *Workspace) botsInfo(r *request) (object, error) {
	if b := r.str("bot"); b != "" && b != w.cfg.BotID {
		return nil, refuse("bot_not_found")
	}
	return object{"bot": object{
		"id": w.cfg.BotID, "deleted": false, "name": w.cfg.BotName, "updated": 0, "app_id": w.cfg.AppID,
		"user_id": w.cfg.BotUserID, "icons": object{},
	}}, nil
}

func (p *people) usersInfo(r *request) (object, error) {
	u, ok := p.users[r.str("user")]
	if !ok {
		return nil, refuse("user_not_found")
	}
	return object{"user": p.profile(u)}, nil
}

func (p *people) usersLookupByEmail(r *request) (object, error) {
	for _, id := range slices.Sorted(maps.Keys(p.users)) {
		u := p.users[id]
		if u.Email != "" && strings.EqualFold(u.Email, r.str("email")) && !u.Deleted {
			return object{"user": p.profile(u)}, nil
		}
	}
	return nil, refuse("users_not_found")
}

// profile returns a user as in users.info. The email needs its own scope. A
// deactivated user has neither time zone nor role.
func (p *people) profile(u *User) object {
	inner := object{"real_name": u.RealName, "display_name": u.Name, "real_name_normalized": u.RealName,
		"display_name_normalized": u.Name, "team": u.TeamID}
	if u.Email != "" && slices.Contains(p.cfg.Scopes, "users:read.email") {
		inner["email"] = u.Email
	}
	out := object{
		"id": u.ID, "team_id": u.TeamID, "name": u.Name, "real_name": u.RealName, "deleted": u.Deleted,
		"is_bot": u.IsBot, "is_app_user": false, "updated": 0, "profile": inner,
	}
	if u.Deleted {
		return out
	}
	if u.EnterpriseID != "" {
		out["enterprise_user"] = object{"id": u.ID, "enterprise_id": u.EnterpriseID, "enterprise_name": u.EnterpriseID,
			"is_admin": false, "is_owner": false, "is_primary_owner": false, "teams": u.Teams}
	}
	out["tz"], out["tz_label"], out["tz_offset"] = u.TZ, u.TZ, 0
	out["is_admin"], out["is_owner"], out["is_primary_owner"] = u.IsAdmin, false, false
	out["is_restricted"], out["is_ultra_restricted"] = u.IsRestricted || u.IsUltraRestricted, u.IsUltraRestricted
	if u.IsStranger {
		out["is_stranger"] = true
	}
	return out
}

func (p *people) usergroupsUsersList(r *request) (object, error) {
	g, ok := p.groups[r.str("usergroup")]
	if !ok || (g.Disabled && !r.flag("include_disabled")) {
		return nil, refuse("no_such_subteam")
	}
	return object{"users": append([]string{}, g.Users...)}, nil
}

func (p *people) usergroupsList(r *request) (object, error) {
	list := []object{}
	for _, id := range slices.Sorted(maps.Keys(p.groups)) {
		g := p.groups[id]
		if g.Disabled && !r.flag("include_disabled") {
			continue
		}
		deleted := 0
		if g.Disabled {
			deleted = int(p.cfg.Now().Unix())
		}
		out := object{
			"id": g.ID, "team_id": p.cfg.TeamID, "is_usergroup": true, "name": g.Handle, "handle": g.Handle,
			"description": "", "is_external": false, "date_delete": deleted, "user_count": len(g.Users),
		}
		if r.flag("include_users") {
			out["users"] = append([]string{}, g.Users...)
		}
		list = append(list, out)
	}
	return object{"usergroups": list}, nil
}
