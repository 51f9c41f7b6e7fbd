package slackbot

import (
	"context"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"s3share/internal/grant"
)

const (
	namesLast   = time.Hour
	namesWithin = 2 * time.Second
	mostNamed   = 200 // people that are asked about; of more, a name may be taken for a word
)

// Named reports whether one of some people has a name, in lower case: their handle, the
// name that Slack shows, or the first part of it. Somebody whom Slack cannot be asked
// about in time has no name.
func (d *Directory) Named(ctx context.Context, name string, people grant.People) bool {
	ctx, cancel := context.WithTimeout(ctx, namesWithin)
	defer cancel()
	ids := slices.Clone(people.Users)
	for _, g := range people.Groups {
		in, err := d.members(ctx, g, d.Now().Add(-groupsLast))
		if err != nil {
			d.Log.WarnContext(ctx, "asking for the names of a group", "group", g, "err", err)
		}
		ids = append(ids, in...)
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	found := make([]bool, len(ids))
	var asking errgroup.Group
	asking.SetLimit(8)
	for i, id := range ids[:min(len(ids), mostNamed)] {
		asking.Go(func() error {
			found[i] = slices.Contains(d.namesOf(ctx, id), name)
			return nil
		})
	}
	asking.Wait()
	return slices.Contains(found, true)
}

// namesOf returns the names of a user, so that a name that was typed where a mention
// is needed can be told from an ordinary word. They allow nothing.
func (d *Directory) namesOf(ctx context.Context, id string) []string {
	known, fresh := d.names.Get(id, d.Now())
	if fresh {
		return known
	}
	user, err := d.api.GetUserInfoContext(ctx, id)
	if err != nil {
		d.Log.WarnContext(ctx, "asking for somebody's name", "person", id, "err", err)
		return known
	}
	var all []string
	for _, s := range []string{user.Name, user.RealName, user.Profile.DisplayName, user.Profile.RealName, user.Profile.FirstName} {
		s = strings.ToLower(strings.TrimSpace(s))
		first, _, _ := strings.Cut(s, " ")
		for _, s := range []string{s, first} {
			if s != "" && !slices.Contains(all, s) {
				all = append(all, s)
			}
		}
	}
	d.names.Put(id, all, d.Now(), namesLast)
	return all
}
