package commands

import (
	"context"
	"log/slog"
	"slices"
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

// principals caches the users and roles of the accounts.
type principals struct {
	source Names // nil: none are suggested
	rules  *ruleBook
	now    func() time.Time
	log    *slog.Logger

	mu      sync.Mutex
	running bool                         // run reads the accounts in the background
	of      ttlmap.Map[string, []string] // by account id; of guards itself
	stale   chan struct{}                // wakes run
}

// run reads the users and roles of all accounts in the background. It reads an account again when a
// caller needs its list and the list is older than ten minutes. It returns when ctx ends. Without
// run a caller waits while a list is read.
func (p *principals) run(ctx context.Context) error {
	if p.source == nil {
		<-ctx.Done()
		return ctx.Err()
	}
	stale := make(chan struct{}, 1)
	p.mu.Lock()
	p.running, p.stale = true, stale
	p.mu.Unlock()
	for {
		for _, a := range p.rules.listedAccounts() {
			if p.isStale(a) {
				p.read(ctx, a, namesRead)
			}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-stale:
		}
	}
}

// all returns the known principals of every listed account. A stale list is returned, and
// read again for the next call.
func (p *principals) all(ctx context.Context) (arns []string) {
	if p.source == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, namesWithin)
	defer cancel()
	for _, a := range p.rules.listedAccounts() {
		if p.isStale(a) && !p.wake() {
			p.read(ctx, a, namesWithin)
		}
		known, _ := p.of.Get(a.ID, p.now())
		arns = append(arns, known...)
	}
	return arns
}

// wake wakes run, and reports whether it is running.
func (p *principals) wake() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.running {
		select {
		case p.stale <- struct{}{}:
		default: // it has been woken already
		}
	}
	return p.running
}

func (p *principals) isStale(a grant.Account) bool {
	_, fresh := p.of.Get(a.ID, p.now())
	return !fresh
}

// read reads the names of one account. If the read fails part-way it keeps the partial list,
// unless the earlier list is longer.
func (p *principals) read(ctx context.Context, a grant.Account, within time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	found, err := p.source.Names(ctx, a.ID)
	lasts := namesLast
	p.mu.Lock() // two readers must not replace a longer list by a shorter one
	defer p.mu.Unlock()
	if err != nil {
		p.log.WarnContext(ctx, "listing the users and roles of an account", "account", a.Name, "read", len(found), "err", err)
		lasts = namesFailed
		if before, _ := p.of.Get(a.ID, p.now()); len(before) > len(found) {
			found = before
		}
	}
	p.of.Put(a.ID, found, p.now(), lasts)
}

// listedAccounts returns the accounts whose users and roles are suggested. The bot cannot list
// external accounts, and accounts that own buckets have no group.
func (r *ruleBook) listedAccounts() (list []grant.Account) {
	for _, a := range r.Accounts {
		if !a.External && !r.owns(a.Name) {
			list = append(list, a)
		}
	}
	return list
}

// owns reports whether a rule shares buckets of the account.
func (r *ruleBook) owns(account string) bool {
	return slices.ContainsFunc(r.Rules.Rules, func(rule grant.Rule) bool { return rule.Account == account })
}
