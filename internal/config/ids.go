package config

import (
	"regexp"

	"s3share/internal/grant"
)

// A slackID describes one type of Slack id.
type slackID struct {
	what    string
	begins  string
	example string
	where   string // where people find it
	form    *regexp.Regexp
}

var (
	userID = slackID{"user", "U or W", "U0RITA", "copy it from the person's profile",
		regexp.MustCompile(`^[UW][A-Z0-9]{1,30}$`)}
	groupID = slackID{"user group", "S", "S0PLATFORM", "copy it from the group's page",
		regexp.MustCompile(`^S[A-Z0-9]{1,30}$`)}
	channelID = slackID{"channel", "C or G", "C0ADMIN", "copy it from the end of the channel's details",
		regexp.MustCompile(`^[CG][A-Z0-9]{1,30}$`)}
	teamID = slackID{"workspace", "T", "T0TEAM", "copy it from the workspace's address in a browser",
		regexp.MustCompile(`^T[A-Z0-9]{1,30}$`)}
)

// check returns the id, and reports an invalid one. Names are refused because
// people can change theirs.
func (k slackID) check(p *problems, id found[string]) string {
	if id.ok && !k.form.MatchString(id.v) {
		p.add(id.mark, "%q is not the id of a Slack %s: it begins with %s, like %s; %s", clip(id.v), k.what, k.begins,
			k.example, k.where)
	}
	return id.v
}

func (k slackID) checkAll(p *problems, ids texts) []string {
	var all []string
	for _, id := range ids.v {
		all = append(all, k.check(p, id))
	}
	return all
}

// build returns the people, and reports invalid ids.
func (w people) build(p *problems) grant.People {
	return grant.People{Users: userID.checkAll(p, w.Users), Groups: groupID.checkAll(p, w.Groups)}
}
