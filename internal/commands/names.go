package commands

import (
	"context"
	"sync"
	"time"

	"s3share/internal/grant"
	"s3share/internal/ttlmap"
)

// Names lists the ARNs of an account's users and roles as suggestions. With an error it returns the
// names that it read before it.
type Names interface {
	Names(ctx context.Context, accountID string) ([]string, error)
}

const (
	namesLast   = 10 * time.Minute // lifetime of a list
	namesFailed = 30 * time.Second // the pause after a failed read
	namesWithin = 2 * time.Second  // Slack waits three seconds for suggestions
	namesRead   = 2 * time.Minute  // for one account, which may have thousands of names
)

// names caches the users and roles of the accounts.
type names struct {
	mu      sync.Mutex
	running bool                         // [Service.Run] reads the accounts in the background
	of      ttlmap.Map[string, []string] // by account id; of guards itself
	stale   chan struct{}                // wakes Run
}

// Run reads the users and roles of all accounts in the background. It reads an account again when a
// caller needs its list and the list is older than ten minutes. It returns when ctx ends. Without
// Run a caller waits while a list is read.
func (s *Service) Run(ctx context.Context) error {
	if s.principals == nil {
		<-ctx.Done()
		return ctx.Err()
	}
	stale := make(chan struct{}, 1)
	s.names.mu.Lock()
	s.names.running, s.names.stale = true, stale
	s.names.mu.Unlock()
	for {
		for _, a := range s.listedAccounts() {
			if s.namesAreStale(a) {
				s.readNames(ctx, a, namesRead)
			}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-stale:
		}
	}
}

// principalsOf returns the known principals of every listed account. A stale list is returned, and
// read again for the next call.
func (s *Service) principalsOf(ctx context.Context) (arns []string) {
	if s.principals == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, namesWithin)
	defer cancel()
	for _, a := range s.listedAccounts() {
		if s.namesAreStale(a) && !s.askRun() {
			s.readNames(ctx, a, namesWithin)
		}
		known, _ := s.names.of.Get(a.ID, s.now())
		arns = append(arns, known...)
	}
	return arns
}

// askRun wakes Run, and reports whether it is running.
func (s *Service) askRun() bool {
	s.names.mu.Lock()
	defer s.names.mu.Unlock()
	if s.names.running {
		select {
		case s.names.stale <- struct{}{}:
		default: // it has been woken already
		}
	}
	return s.names.running
}

func (s *Service) namesAreStale(a grant.Account) bool {
	_, fresh := s.names.of.Get(a.ID, s.now())
	return !fresh
}

// readNames reads the names of one account. If the read fails part-way it keeps the partial list,
// unless the earlier list is longer.
func (s *Service) readNames(ctx context.Context, a grant.Account, within time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	found, err := s.principals.Names(ctx, a.ID)
	lasts := namesLast
	s.names.mu.Lock() // two readers must not replace a longer list by a shorter one
	defer s.names.mu.Unlock()
	if err != nil {
		s.log.WarnContext(ctx, "listing the users and roles of an account", "account", a.Name, "read", len(found), "err", err)
		lasts = namesFailed
		if before, _ := s.names.of.Get(a.ID, s.now()); len(before) > len(found) {
			found = before
		}
	}
	s.names.of.Put(a.ID, found, s.now(), lasts)
}

// listedAccounts returns the accounts whose users and roles are suggested. The bot cannot list
// external accounts, and accounts that own buckets have no group.
func (s *Service) listedAccounts() (list []grant.Account) {
	for _, a := range s.rules.Accounts {
		if !a.External && !s.owns(a.Name) {
			list = append(list, a)
		}
	}
	return list
}

// owns reports whether a rule shares buckets of the account.
func (s *Service) owns(account string) bool {
	for _, r := range s.rules.Rules {
		if r.Account == account {
			return true
		}
	}
	return false
}

// Warm starts the lookups for a form in the background: Slack's answer about the caller, and the
// principals of the accounts.
func (s *Service) Warm(ctx context.Context, c Invocation) {
	s.warmActor(ctx, c)
	s.askRun()
}

// suggestWithin limits the wait for a lookup in flight.
const suggestWithin = 300 * time.Millisecond

// await waits briefly for Slack's answer about the caller, unless it is cached.
func (s *Service) await(ctx context.Context, c Invocation) {
	s.warmActor(ctx, c)
	done := s.actors.asks(c.By)
	if done == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, suggestWithin)
	defer cancel()
	select {
	case <-done:
	case <-ctx.Done():
	}
}
