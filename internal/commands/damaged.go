package commands

import (
	"context"
	"errors"
	"fmt"

	"s3share/internal/grant"
)

// endDamaged ends a grant whose record is damaged. Whether the caller may is decided
// on the record as its audit entries tell it. The end is stored as an audit entry
// alone: the reconciler acts on that, and a repair of the record has it too.
func (s *Service) endDamaged(ctx context.Context, c Call, id grant.ID, what grant.Act) (Answer, error) {
	ending := Answer{Text: fmt.Sprintf("Ending `%s`. Its stored record is damaged, so no message will confirm it.", id)}
	if done, err := s.committed(ctx, c); err != nil || done {
		return ending, err
	}
	entries, _, err := grant.EntriesOf(ctx, s.Store, id)
	if err != nil {
		return Answer{}, err
	}
	g, err := s.Rules.Rebuild(id, entries)
	if errors.Is(err, grant.ErrNoEntries) {
		return Answer{}, grant.Refuse("The stored record of %s is damaged, and the audit log does not say whose access it is.", id).
			WithHint("The people who run s3share can remove its statements from the bucket policy by hand.")
	}
	if err != nil {
		return Answer{}, err
	}
	act, err := s.actOf(ctx, c, g, what)(g)
	if err != nil {
		return Answer{}, err
	}
	next, err := g.Next(act)
	if err != nil {
		return Answer{}, err
	}
	var change grant.Change
	change.Put(g, next)
	err = s.Store.Commit(ctx, grant.Change{At: act.At, Entries: change.Entries, Causes: c.Causes})
	if errors.Is(err, grant.ErrDuplicate) { // by this very act, whose first commit had no answer
		return ending, nil
	}
	if err != nil {
		return Answer{}, err
	}
	s.Log.InfoContext(ctx, "grant changed", "event", grant.End, "grant", id, "by", c.By.User, "record", "damaged")
	return ending, nil
}
