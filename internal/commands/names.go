package commands

import (
	"context"
	"sync"
	"time"

	"s3share/internal/grant"
	"s3share/internal/ttlmap"
)

// Names lists the ARNs of an account's users and roles, for people to choose
// from. With an error it returns what it had read until then.
type Names interface {
	Names(ctx context.Context, accountID string) ([]string, error)
}

const (
	namesLast   = 10 * time.Minute // for how long a list is offered before it is read anew
	namesFailed = 30 * time.Second // after which an account that could not be asked is asked again
	namesWithin = 2 * time.Second  // Slack waits three for what it offers
	namesRead   = 2 * time.Minute  // for one account, which may have thousands
)

// names remembers what the accounts have.
type names struct {
	mu      sync.Mutex
	running bool                         // [Service.Run] reads the accounts, so that nobody has to wait
	of      ttlmap.Map[string, []string] // by account id; of guards itself
	stale   chan struct{}                // asks Run to look again
}

// Run reads the users and roles of all accounts in the background, and anew once
// they are asked for and older than ten minutes, until ctx ends. Without it each
// is read while somebody waits.
func (s *Service) Run(ctx context.Context) error {
	if s.Names == nil {
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

// principalsOf returns the principals of every account that access can be given
// to, as far as they are known: a name can always be typed. A list that is old is
// offered, and read anew for the next time.
func (s *Service) principalsOf(ctx context.Context) (arns []string) {
	if s.Names == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, namesWithin)
	defer cancel()
	for _, a := range s.listedAccounts() {
		if s.namesAreStale(a) && !s.askRun() {
			s.readNames(ctx, a, namesWithin)
		}
		known, _ := s.names.of.Get(a.ID, s.Now())
		arns = append(arns, known...)
	}
	return arns
}

// askRun wakes Run, and reports whether it runs.
func (s *Service) askRun() bool {
	s.names.mu.Lock()
	defer s.names.mu.Unlock()
	if s.names.running {
		select {
		case s.names.stale <- struct{}{}:
		default: // it has been asked already
		}
	}
	return s.names.running
}

func (s *Service) namesAreStale(a grant.Account) bool {
	_, fresh := s.names.of.Get(a.ID, s.Now())
	return !fresh
}

// readNames reads the names of one account. Of a list that could not be read to
// its end the part that was read is kept, unless more is known from before.
func (s *Service) readNames(ctx context.Context, a grant.Account, within time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	found, err := s.Names.Names(ctx, a.ID)
	lasts := namesLast
	s.names.mu.Lock() // two readers must not replace a longer list by a shorter one
	defer s.names.mu.Unlock()
	if err != nil {
		s.Log.WarnContext(ctx, "listing the users and roles of an account", "account", a.Name, "read", len(found), "err", err)
		lasts = namesFailed
		if before, _ := s.names.of.Get(a.ID, s.Now()); len(before) > len(found) {
			found = before
		}
	}
	s.names.of.Put(a.ID, found, s.Now(), lasts)
}

// listedAccounts are those whose users and roles are offered: an external one the
// bot cannot list, and one that owns buckets has no group.
func (s *Service) listedAccounts() (list []grant.Account) {
	for _, a := range s.Rules.Accounts {
		if !a.External && !s.owns(a.Name) {
			list = append(list, a)
		}
	}
	return list
}

// owns reports whether a rule shares buckets of the account.
func (s *Service) owns(account string) bool {
	for _, r := range s.Rules.Rules {
		if r.Account == account {
			return true
		}
	}
	return false
}

// Warm has Slack and AWS asked, beside everything else, about what a form will
// offer: who the caller is, and which principals there are.
func (s *Service) Warm(ctx context.Context, c Call) {
	s.warmActor(ctx, c)
	s.askRun()
}

// suggestWithin is how long suggestions wait for what is being asked already.
const suggestWithin = 300 * time.Millisecond

// await waits a moment for who the caller is, if that is not known.
func (s *Service) await(ctx context.Context, c Call) {
	s.warmActor(ctx, c)
	done := s.glances.asks(c.By)
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
