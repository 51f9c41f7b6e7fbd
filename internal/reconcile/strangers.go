package reconcile

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"s3share/internal/awsaccess"
	"s3share/internal/grant"
)

// strangersNote is the note of the group members, by account and unique id, of
// whom people have been told.
const strangersNote = "strangers"

// tellStrangers tells people, once, of everybody in a group whom no grant of
// this store ever put there. They are left alone: somebody else's members are as
// sacred as somebody else's statements. Yet they have half of every access, and
// a list of members that nobody looks at is where such a half hides. read are
// the accounts whose groups could be read.
func (p *pass) tellStrangers(ctx context.Context, found map[string]awsaccess.Member, read map[string]bool) error {
	var told []string
	note, err := grant.ReadNote(ctx, p.Store, strangersNote, &told)
	if err != nil && !errors.Is(err, grant.ErrUnreadable) {
		return fmt.Errorf("reading of whom people were told: %w", err)
	}
	next := slices.DeleteFunc(slices.Clone(told), func(key string) bool { // who has left is told of again
		account, _, _ := strings.Cut(key, " ")
		_, still := found[key]
		return read[account] && !still
	})
	for _, key := range slices.Sorted(maps.Keys(found)) {
		if slices.Contains(told, key) {
			continue
		}
		p.Log.WarnContext(ctx, "a member of the group whom no grant put there", "principal", found[key].ARN)
		err := p.Alert(ctx, fmt.Sprintf("%s is in the group /s3share/s3share, and no grant of mine ever put them there. The group alone opens nothing, but it is half of every access: take them out unless you know why they are in it. I leave them alone.", found[key].ARN))
		if err != nil { // a later sweep tells
			p.failed(fmt.Errorf("keeping a member of a group to be told: %w", err))
			break
		}
		next = append(next, key)
	}
	if slices.Equal(told, next) {
		return nil
	}
	if note, err = note.With(next); err != nil {
		return err
	}
	if err := p.Store.Commit(ctx, grant.Change{At: p.Now(), Notes: []grant.Note{note}}); err != nil {
		return fmt.Errorf("recording of whom people were told: %w", err)
	}
	return nil
}
