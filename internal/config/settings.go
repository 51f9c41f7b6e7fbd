package config

import (
	"net"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"

	"s3share/internal/grant"
)

func (b *builder) buildSettings() {
	missing(b.p, b.Slack.AdminChannel,
		"slack.admin_channel is missing: name the channel where approval cards go, like admin_channel: C0ADMIN")
	b.c.Slack.AdminChannel = channelID.check(b.p, b.Slack.AdminChannel)
	b.c.Slack.Teams = teamID.checkAll(b.p, b.Slack.Teams)
	b.c.Rules.Teams = b.c.Slack.Teams
	b.buildTimes()

	b.c.Rules.MaxPending = b.MaxPending.or(defaultMaxPending)
	if n := b.c.Rules.MaxPending; n < 1 || n > mostPending {
		b.p.add(b.MaxPending.mark, "max_pending is %d: it must be between 1 and %d", n, mostPending)
	}
	b.c.Store = b.Store.path(b.p)
	b.c.Audit = b.Audit.or(defaultAudit)
	switch {
	case b.c.Audit == "":
		b.p.add(b.Audit.mark, "audit is empty: name a file, like %s, or remove it", defaultAudit)
	case filepath.Clean(b.c.Audit) == filepath.Clean(b.c.Store):
		b.p.add(b.Audit.mark, "audit and store are the same file: name two different files")
	}
	b.c.Listen = b.Listen.or(defaultListen)
	if !isAddress(b.c.Listen) {
		b.p.add(b.Listen.mark, "%q is not an address to listen on: write host:port, like %s, or \"\" to turn it off",
			clip(b.c.Listen), defaultListen)
	}
}

func (b *builder) buildTimes() {
	rules := &b.c.Rules
	rules.RequestTTL = b.RequestTTL.or(defaultRequestTTL)
	atMost(b.p, "request_ttl", b.RequestTTL, longestTerm)
	b.c.SweepEvery = b.SweepEvery.or(defaultSweepEvery)
	if b.c.SweepEvery < shortestSweep || b.c.SweepEvery > longestSweep {
		b.p.add(b.SweepEvery.mark, "sweep_every is %s: it must be between 1s and 24h", b.c.SweepEvery)
	}
	if !b.WarnBefore.ok {
		rules.WarnBefore = defaultWarnBefore()
		return
	}
	if len(b.WarnBefore.v) > mostWarnings {
		b.p.add(b.WarnBefore.mark, "warn_before has %d times: the maximum is %d", len(b.WarnBefore.v), mostWarnings)
	}
	for _, w := range b.WarnBefore.v {
		switch {
		case w.v > longestTerm:
			b.p.add(w.mark, "warn_before has %s, which is longer than any grant: the maximum is %s", w.v, longestTerm)
		case slices.Contains(rules.WarnBefore, w.v):
			b.p.add(w.mark, "warn_before has %s twice: remove one", w.v)
		}
		rules.WarnBefore = append(rules.WarnBefore, w.v)
	}
	slices.SortFunc(rules.WarnBefore, func(a, b grant.Term) int { return int(b) - int(a) })
}

// atMost reports a term that is too long.
func atMost(p *problems, key string, term found[grant.Term], most grant.Term) {
	if term.v > most {
		p.add(term.mark, "%s is %s: the maximum is %s", key, term.v, most)
	}
}

// path returns the path of the store.
func (s store) path(p *problems) string {
	path := s.Bbolt.or(defaultStore)
	switch {
	case s.Postgres.v && s.Bbolt.ok:
		p.add(s.mark, "store names both bbolt and postgres: keep one")
	case s.Postgres.v:
		p.add(s.Postgres.mark, "PostgreSQL is not available yet: write store: { bbolt: %s }", defaultStore)
	case path == "":
		p.add(s.Bbolt.mark, "bbolt is empty: name a file, like %s", defaultStore)
	}
	return path
}

var hostName = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$`)

// isAddress reports whether s is an address to listen on, or empty. Port 0 is
// valid: the system picks one.
func isAddress(s string) bool {
	if s == "" {
		return true
	}
	host, port, err := net.SplitHostPort(s)
	if err != nil {
		return false
	}
	n, err := strconv.Atoi(port)
	return err == nil && n >= 0 && n <= 65535 && (host == "" || net.ParseIP(host) != nil || hostName.MatchString(host))
}
