package slackbot

import (
	"context"
	"fmt"

	"s3share/internal/grant"
)

const presentAsked = 50 // the most lookups for one answer

// Present counts the full members of p without those that out reports, until there are enough. It
// permits nothing, so a recent answer counts: every request needs it, and Slack's rate limit is
// low. An error means that Slack did not answer.
func (d *Directory) Present(ctx context.Context, p grant.People, out func(user string) bool, enough int) (
	able int, err error) {
	ctx, cancel := context.WithTimeout(ctx, d.config.AskWithin)
	defer cancel()
	counted, asked := map[string]bool{}, 0
	count := func(users []string) error {
		for _, user := range users {
			if able >= enough || counted[user] || out(user) {
				continue
			}
			counted[user] = true
			if _, lately := d.fullMembers.Get(grant.Person{User: user}, d.config.Now()); !lately {
				if asked++; asked > presentAsked {
					return fmt.Errorf("none of the first %d approvers is present; there are more", presentAsked)
				}
			}
			a, err := d.Recent(ctx, grant.Person{User: user}, nil)
			if err != nil {
				return err
			}
			if a.Standing == grant.Member {
				able++
			}
		}
		return nil
	}
	if err := count(p.Users); err != nil {
		return able, err
	}
	for _, group := range p.Groups {
		if able >= enough {
			break
		}
		users, err := d.members(ctx, group, d.config.Now().Add(-groupsLast))
		d.noteGroup(ctx, group, err)
		if err == nil {
			err = count(users)
		}
		if err != nil {
			return able, err
		}
	}
	return able, nil
}
