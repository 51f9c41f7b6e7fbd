package slackbot

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/slack-go/slack"

	"s3share/internal/grant"
)

// DirectoryConfig says how a [Directory] asks Slack. BotToken is required.
type DirectoryConfig struct {
	BotToken, APIURL string
	Teams            []string         // whose people count; empty: the bot's own team
	Dial             dialer           // how Slack is reached; nil means by TCP
	AskWithin        time.Duration    // how long one question may take; zero means 3 s
	Now              func() time.Time // nil means time.Now
	Log              *slog.Logger     // nil discards
	// ReadGroup is told of each reading of a user group; nil is told nothing.
	ReadGroup func(ctx context.Context, group string, err error)
}

// A Directory asks Slack who people are. Users are asked about afresh each time;
// the members of a group are remembered for half a minute, because Slack allows
// few such questions.
type Directory struct {
	DirectoryConfig
	api   *slack.Client
	names names

	mu     sync.Mutex
	team   string
	groups map[string]*members
	seen   map[string]time.Time // users, and when they were last known as full members
}

// members is who was in a group when Slack was last asked.
type members struct {
	asking chan struct{} // held by the one who asks; guards the rest
	users  []string
	until  time.Time
}

const (
	groupsLast = 30 * time.Second
	askWithin  = 3 * time.Second // unless the config says otherwise
)

// NewDirectory returns a directory. It makes no call.
func NewDirectory(c DirectoryConfig) *Directory {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.AskWithin == 0 {
		c.AskWithin = askWithin
	}
	client := newHTTP(c.Dial, max(c.AskWithin, callWithin))
	return &Directory{DirectoryConfig: c, api: newAPI(c.BotToken, "", c.APIURL, client), groups: map[string]*members{}, seen: map[string]time.Time{}}
}

// Actor asks Slack about a person. An error means that it could not be asked.
func (d *Directory) Actor(ctx context.Context, p grant.Person, groups []string) (grant.Actor, error) {
	ctx, cancel := context.WithTimeout(ctx, d.AskWithin)
	defer cancel()
	team, err := d.ownTeam(ctx)
	if err != nil {
		return grant.Actor{Person: p}, err
	}
	user, err := d.api.GetUserInfoContext(ctx, p.User)
	if err != nil {
		if saidBySlack(err, "user_not_found", "user_not_visible") {
			return grant.Actor{Person: p, Standing: grant.Stranger}, nil
		}
		return grant.Actor{Person: p}, fmt.Errorf("users.info: %w", err)
	}
	a := grant.Actor{Person: p, Standing: d.standing(user, p, team)}
	if a.Standing != grant.Member {
		return a, nil
	}
	for _, g := range groups {
		in, err := d.members(ctx, g)
		d.noteGroup(ctx, g, err)
		if isPermanent(err) {
			continue // it stops nobody who is listed by id
		}
		if err != nil {
			return grant.Actor{Person: p}, err
		}
		if slices.Contains(in, p.User) {
			a.Groups = append(a.Groups, g)
		}
	}
	return a, nil
}

// Zone returns the time zone that a person has set in Slack. It is asked for once more
// if Slack does not say, and then it is nil: a guess would open access at another hour.
func (d *Directory) Zone(ctx context.Context, p grant.Person) *time.Location {
	for range 2 {
		zone, err := d.zone(ctx, p)
		if err == nil {
			return zone
		}
		d.Log.WarnContext(ctx, "asking for somebody's time zone", "person", p.User, "err", err)
	}
	return nil
}

func (d *Directory) zone(ctx context.Context, p grant.Person) (*time.Location, error) {
	ctx, cancel := context.WithTimeout(ctx, d.AskWithin/3)
	defer cancel()
	user, err := d.api.GetUserInfoContext(ctx, p.User)
	if err != nil {
		return nil, fmt.Errorf("users.info: %w", err)
	}
	if user.TZ == "" || user.TZ == "Local" {
		return nil, errors.New("users.info: no time zone")
	}
	return time.LoadLocation(user.TZ)
}

// standing reads what Slack says of a user. Whoever is of a team that does not
// count is a stranger, whatever else they are.
func (d *Directory) standing(u *slack.User, p grant.Person, own string) grant.Standing {
	teams := d.Teams
	if len(teams) == 0 {
		teams = []string{own}
	}
	// In an organisation, a click carries the person's home workspace, and a
	// command the workspace that it was typed in.
	theirs := append([]string{u.TeamID, u.Enterprise.EnterpriseID}, u.Enterprise.Teams...)
	switch {
	case u.Deleted:
		return grant.Deactivated
	case u.IsBot || u.IsAppUser || u.IsConnectorBot || u.IsWorkflowBot || u.ID == "USLACKBOT":
		return grant.App
	case u.IsStranger, u.ID != p.User:
		return grant.Stranger
	case u.TeamID != "" && !slices.ContainsFunc(theirs, func(t string) bool { return slices.Contains(teams, t) }):
		return grant.Stranger
	case p.Team != "" && !slices.Contains(teams, p.Team) && !slices.Contains(theirs, p.Team):
		return grant.Stranger
	case u.IsRestricted || u.IsUltraRestricted || u.IsInvitedUser:
		return grant.Guest
	}
	return grant.Member
}

func (d *Directory) ownTeam(ctx context.Context) (string, error) {
	d.mu.Lock()
	team := d.team
	d.mu.Unlock()
	if team != "" {
		return team, nil
	}
	who, err := d.api.AuthTestContext(ctx)
	if err != nil {
		return "", fmt.Errorf("auth.test: %w", err)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.team = who.TeamID
	return d.team, nil
}

// members returns who is in a group. One that does not exist has nobody in it.
// Those who ask at the same time share one question to Slack.
func (d *Directory) members(ctx context.Context, group string) ([]string, error) {
	one := d.group(group)
	select {
	case one.asking <- struct{}{}:
		defer func() { <-one.asking }()
	case <-ctx.Done():
		return nil, fmt.Errorf("waiting for usergroups.users.list: %w", ctx.Err())
	}
	now := d.Now()
	if now.Before(one.until) && one.until.Sub(now) <= groupsLast { // the clock may have been set back
		return one.users, nil
	}
	users, err := d.api.GetUserGroupMembersContext(ctx, group)
	if err != nil && !saidBySlack(err, "no_such_subteam") {
		return nil, fmt.Errorf("usergroups.users.list: %w", err)
	}
	one.users, one.until = users, now.Add(groupsLast)
	return users, nil
}

func (d *Directory) noteGroup(ctx context.Context, group string, err error) {
	if d.ReadGroup != nil {
		d.ReadGroup(ctx, group, err)
	}
}

func (d *Directory) group(id string) *members {
	d.mu.Lock()
	defer d.mu.Unlock()
	one, known := d.groups[id]
	if !known {
		one = &members{asking: make(chan struct{}, 1)}
		d.groups[id] = one
	}
	return one
}
