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
	mostNamed   = 200 // the most people to look up; beyond that, a name may be read as an ordinary word
)

// Named reports whether one of people has a name, given in lower case: the handle, the display
// name, or its first part. A person who cannot be looked up in time has no name.
func (d *Directory) Named(ctx context.Context, name string, people grant.People) bool {
	ctx, cancel := context.WithTimeout(ctx, namesWithin)
	defer cancel()
	ids := slices.Clone(people.Users)
	for _, g := range people.Groups {
		in, err := d.members(ctx, g, d.config.Now().Add(-groupsLast))
		if err != nil {
			d.config.Log.WarnContext(ctx, "asking for the names of a group", "group", g, "err", err)
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

// namesOf returns the names of a user. They distinguish a typed name, where a mention is required,
// from an ordinary word. They permit nothing.
func (d *Directory) namesOf(ctx context.Context, id string) []string {
	known, fresh := d.names.Get(id, d.config.Now())
	if fresh {
		return known
	}
	user, err := d.api.GetUserInfoContext(ctx, id)
	if err != nil {
		d.config.Log.WarnContext(ctx, "reading a person's name", "person", id, "err", err)
		return known
	}
	var all []string
	for _, s := range []string{user.Name, user.RealName, user.Profile.DisplayName, user.Profile.RealName,
		user.Profile.FirstName} {
		s = strings.ToLower(strings.TrimSpace(s))
		first, _, _ := strings.Cut(s, " ")
		for _, s := range []string{s, first} {
			if s != "" && !slices.Contains(all, s) {
				all = append(all, s)
			}
		}
	}
	d.names.Put(id, all, d.config.Now(), namesLast)
	return all
}
