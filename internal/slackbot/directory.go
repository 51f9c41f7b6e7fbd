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
	"s3share/internal/ttlmap"
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

// A Directory asks Slack who people are. Users are asked about afresh each time.
// Slack allows few questions about the members of a group, so an answer is shared
// by those for whom it is new enough.
type Directory struct {
	DirectoryConfig
	api     *slack.Client
	names   ttlmap.Map[string, []string] // of users, in lower case
	present ttlmap.Map[string, struct{}] // users who were full members lately

	mu     sync.Mutex
	team   string
	groups map[string]*members
}

// members is what Slack said of a group. Directory.mu guards it.
type members struct {
	last    lookup
	running chan struct{} // closed when the question that is under way is answered; nil: there is none
}

// A lookup is one question about a group, and its answer.
type lookup struct {
	sent  time.Time // zero: it was never asked
	users []string
	err   error
}

const (
	groupsLast = 30 * time.Second // how old an answer may be where nothing is decided
	askWithin  = 3 * time.Second  // unless the config says otherwise
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
	return &Directory{DirectoryConfig: c, api: newAPI(c.BotToken, "", c.APIURL, client), groups: map[string]*members{}}
}

// Actor asks Slack about a person. What is known of a group counts if Slack was
// asked at since or later. An error means that it could not be asked.
func (d *Directory) Actor(ctx context.Context, p grant.Person, groups []string, since time.Time) (grant.Actor, error) {
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
		in, err := d.members(ctx, g, since)
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

// members returns who is in a group, by an answer to a question that was sent at
// since or later. One that does not exist has nobody in it.
func (d *Directory) members(ctx context.Context, group string, since time.Time) ([]string, error) {
	if now := d.Now(); since.After(now) { // the clock was set back
		since = now
	}
	for waited := false; ; waited = true {
		d.mu.Lock()
		one := d.group(group)
		last, now := one.last, d.Now()
		fresh := !last.sent.IsZero() && !last.sent.Before(since) && !last.sent.After(now) // the clock may have been set back
		if fresh && (last.err == nil || waited) {                                         // a failure is shared by those who waited for it
			d.mu.Unlock()
			return last.users, last.err
		}
		running := one.running
		if running == nil {
			running = make(chan struct{})
			one.running = running
			go d.lookUp(context.WithoutCancel(ctx), group, running)
		}
		d.mu.Unlock()
		select {
		case <-running: // it may have been sent too early: then another is
		case <-ctx.Done():
			return nil, fmt.Errorf("waiting for usergroups.users.list: %w", ctx.Err())
		}
	}
}

// ReadMembers reads who is in a group, for those who ask about it soon after.
func (d *Directory) ReadMembers(ctx context.Context, group string) error {
	_, err := d.members(ctx, group, d.Now())
	return err
}

func (d *Directory) noteGroup(ctx context.Context, group string, err error) {
	if d.ReadGroup != nil {
		d.ReadGroup(ctx, group, err)
	}
}

// lookUp asks Slack who is in a group. It holds no lock meanwhile.
func (d *Directory) lookUp(ctx context.Context, group string, done chan struct{}) {
	ctx, cancel := context.WithTimeout(ctx, d.AskWithin)
	defer cancel()
	answer := lookup{sent: d.Now()}
	users, err := d.api.GetUserGroupMembersContext(ctx, group)
	switch {
	case err == nil:
		answer.users = users
	case !saidBySlack(err, "no_such_subteam"):
		answer.err = fmt.Errorf("usergroups.users.list: %w", err)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	one := d.group(group)
	one.last, one.running = answer, nil
	close(done)
}

// group returns what is known of a group, with the lock held.
func (d *Directory) group(id string) *members {
	one, known := d.groups[id]
	if !known {
		one = &members{}
		d.groups[id] = one
	}
	return one
}
