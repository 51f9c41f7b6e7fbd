package commands

import (
	"context"
	"sync"
	"time"
)

// Names lists the ARNs of an account's users and roles, for people to choose
// from.
type Names interface {
	Names(ctx context.Context, accountID string) ([]string, error)
}

const (
	namesLast   = 10 * time.Minute // for how long a list is offered before it is read anew
	namesFailed = 30 * time.Second // after which an account that could not be asked is asked again
	namesWithin = 2 * time.Second  // Slack waits three for what it offers
)

// names remembers what the accounts have.
type names struct {
	mu    sync.Mutex
	of    map[string][]string // by account
	until map[string]time.Time
}

// principalsOf returns the principals of every account that access can be given
// to. An account that cannot be asked in time offers what it had, or nothing: a
// name can always be typed.
func (s *Service) principalsOf(ctx context.Context) (arns []string) {
	if s.Names == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, namesWithin)
	defer cancel()
	s.names.mu.Lock()
	defer s.names.mu.Unlock()
	if s.names.of == nil {
		s.names.of, s.names.until = map[string][]string{}, map[string]time.Time{}
	}
	for _, a := range s.Rules.Accounts {
		if a.External || s.owns(a.Name) {
			continue
		}
		if now := s.Now(); !now.Before(s.names.until[a.ID]) {
			found, err := s.Names.Names(ctx, a.ID)
			lasts := namesLast
			if err != nil {
				s.Log.WarnContext(ctx, "listing the users and roles of an account", "account", a.Name, "err", err)
				found, lasts = s.names.of[a.ID], namesFailed
			}
			s.names.of[a.ID], s.names.until[a.ID] = found, now.Add(lasts)
		}
		arns = append(arns, s.names.of[a.ID]...)
	}
	return arns
}

// owns reports whether a rule shares buckets of the account: there is no group in it.
func (s *Service) owns(account string) bool {
	for _, r := range s.Rules.Rules {
		if r.Account == account {
			return true
		}
	}
	return false
}
