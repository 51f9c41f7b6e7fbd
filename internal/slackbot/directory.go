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

	"s3share/internal/alarm"
	"s3share/internal/grant"
	"s3share/internal/slackbot/outbox"
	"s3share/internal/ttlmap"
)

// DirectoryConfig configures a [Directory]. BotToken is required.
type DirectoryConfig struct {
	BotToken, APIURL string
	Teams            []string         // teams whose people are members; empty: the bot's own team
	Dial             dialer           // opens connections to Slack; nil means TCP
	Outage           *alarm.Outage    // of Slack, for the log; may be nil
	AskWithin        time.Duration    // the time limit of a lookup; zero means 3 s
	Now              func() time.Time // nil means time.Now
	Log              *slog.Logger     // nil discards
	// ReadGroup is called after each read of a user group; may be nil.
	ReadGroup func(ctx context.Context, group string, err error)
}

// A Directory looks people up in Slack. [Directory.Actor] asks about a user each time: decisions use
// it. Checks and names use recent answers. Slack's rate limit for group members is low, so callers share
// an answer that is fresh enough for them.
type Directory struct {
	config  DirectoryConfig
	api     *slack.Client
	lookups sync.WaitGroup
	names   ttlmap.Map[string, []string] // of users, in lower case
	// people who were full members recently, by their last answer
	fullMembers ttlmap.Map[grant.Person, struct{}]

	mu     sync.Mutex
	team   string
	groups map[string]*members
}

// members holds the answers about a group. Directory.mu guards it.
type members struct {
	last    lookup
	running chan struct{} // closed when the lookup in flight ends; nil: there is none
}

// A lookup is one question about a group, and its answer.
type lookup struct {
	sent  time.Time // zero: none yet
	users []string
	err   error
}

const (
	groupsLast = 30 * time.Second // the lifetime of an answer for reads
	usersLast  = time.Minute      // the lifetime of a full member's answer for checks
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
	client := newHTTP(c.Dial, max(c.AskWithin, callWithin), c.Outage)
	return &Directory{config: c, api: newAPI(c.BotToken, "", c.APIURL, client), groups: map[string]*members{}}
}

// Wait waits for the lookups that outlive their callers. It is called when nothing looks up people
// any more.
func (d *Directory) Wait() { d.lookups.Wait() }

// Actor looks up a person. An answer about a group counts if it was requested at since or later. An
// error means that Slack did not answer.
func (d *Directory) Actor(ctx context.Context, p grant.Person, groups []string, since time.Time) (grant.Actor, error) {
	ctx, cancel := context.WithTimeout(ctx, d.config.AskWithin)
	defer cancel()
	team, err := d.ownTeam(ctx)
	if err != nil {
		return grant.Actor{Person: p}, err
	}
	user, err := d.api.GetUserInfoContext(ctx, p.User)
	if err != nil {
		if outbox.SaidBySlack(err, "user_not_found", "user_not_visible") {
			d.fullMembers.Put(p, struct{}{}, d.config.Now(), 0)
			return grant.Actor{Person: p, Standing: grant.Stranger}, nil
		}
		return grant.Actor{Person: p}, fmt.Errorf("users.info: %w", err)
	}
	a := grant.Actor{Person: p, Standing: d.standing(user, p, team)}
	if a.Standing != grant.Member {
		d.fullMembers.Put(p, struct{}{}, d.config.Now(), 0) // an earlier answer counts no longer
		return a, nil
	}
	d.fullMembers.Put(p, struct{}{}, d.config.Now(), usersLast)
	return d.withGroups(ctx, a, groups, since)
}

// Recent is Actor by recent answers, for checks. It permits nothing: each decision asks anew.
func (d *Directory) Recent(ctx context.Context, p grant.Person, groups []string) (grant.Actor, error) {
	since := d.config.Now().Add(-groupsLast)
	if _, lately := d.fullMembers.Get(p, d.config.Now()); !lately {
		return d.Actor(ctx, p, groups, since)
	}
	ctx, cancel := context.WithTimeout(ctx, d.config.AskWithin)
	defer cancel()
	return d.withGroups(ctx, grant.Actor{Person: p, Standing: grant.Member}, groups, since)
}

// withGroups adds the groups that contain a member.
func (d *Directory) withGroups(ctx context.Context, a grant.Actor, groups []string, since time.Time) (
	grant.Actor, error) {
	p := a.Person
	for _, g := range groups {
		in, err := d.members(ctx, g, since)
		d.noteGroup(ctx, g, err)
		if outbox.IsPermanent(err) {
			continue // people who are listed by id are still found
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

// Zone returns a person's time zone in Slack, after at most two attempts, and nil if Slack did not
// answer: a guess would open access at the wrong hour.
func (d *Directory) Zone(ctx context.Context, p grant.Person) *time.Location {
	for range 2 {
		zone, err := d.zone(ctx, p)
		if err == nil {
			return zone
		}
		d.config.Log.WarnContext(ctx, "reading a person's time zone", "person", p.User, "err", err)
	}
	return nil
}

func (d *Directory) zone(ctx context.Context, p grant.Person) (*time.Location, error) {
	ctx, cancel := context.WithTimeout(ctx, d.config.AskWithin/3)
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

// standing returns the standing of a user. A person of a team that does not count is a stranger.
func (d *Directory) standing(u *slack.User, p grant.Person, own string) grant.Standing {
	teams := d.config.Teams
	if len(teams) == 0 {
		teams = []string{own}
	}
	// In an organization, a click has the person's home workspace, and a command the workspace of
	// its channel.
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

// members returns the members of a group by an answer that was requested at since or later. A group
// that does not exist has no members.
func (d *Directory) members(ctx context.Context, group string, since time.Time) ([]string, error) {
	if now := d.config.Now(); since.After(now) { // the clock was set back
		since = now
	}
	for waited := false; ; waited = true {
		d.mu.Lock()
		one := d.group(group)
		last, now := one.last, d.config.Now()
		// the clock may have been set back
		fresh := !last.sent.IsZero() && !last.sent.Before(since) && !last.sent.After(now)
		if fresh && (last.err == nil || waited) { // callers that waited share a failure
			d.mu.Unlock()
			return last.users, last.err
		}
		running := one.running
		if running == nil {
			running = make(chan struct{})
			one.running = running
			d.lookups.Go(func() { d.lookUp(context.WithoutCancel(ctx), group, running) })
		}
		d.mu.Unlock()
		select {
		case <-running: // if it was sent too early, the loop sends another
		case <-ctx.Done():
			return nil, fmt.Errorf("waiting for usergroups.users.list: %w", ctx.Err())
		}
	}
}

// ReadMembers reads the members of a group into the cache.
func (d *Directory) ReadMembers(ctx context.Context, group string) error {
	_, err := d.members(ctx, group, d.config.Now())
	return err
}

func (d *Directory) noteGroup(ctx context.Context, group string, err error) {
	if d.config.ReadGroup != nil {
		d.config.ReadGroup(ctx, group, err)
	}
}

// lookUp requests the members of a group. It holds no lock meanwhile.
func (d *Directory) lookUp(ctx context.Context, group string, done chan struct{}) {
	ctx, cancel := context.WithTimeout(ctx, d.config.AskWithin)
	defer cancel()
	answer := lookup{sent: d.config.Now()}
	users, err := d.api.GetUserGroupMembersContext(ctx, group)
	switch {
	case err == nil:
		answer.users = users
	case !outbox.SaidBySlack(err, "no_such_subteam"):
		answer.err = fmt.Errorf("usergroups.users.list: %w", err)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	one := d.group(group)
	one.last, one.running = answer, nil
	close(done)
}

// group returns the cached answers about a group, with the lock held.
func (d *Directory) group(id string) *members {
	one, known := d.groups[id]
	if !known {
		one = &members{}
		d.groups[id] = one
	}
	return one
}
