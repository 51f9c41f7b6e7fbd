package grant

import (
	"slices"
	"time"
)

// Half is one side of a grant. Neither half opens anything without the other.
type Half string

const (
	OwnerHalf   Half = "owner"   // the bucket-policy side
	GranteeHalf Half = "grantee" // the IAM side
)

// PartKind is the type of a part in AWS.
type PartKind string

const (
	Statement  PartKind = "statement"  // of the bucket policy; its key is the Sid
	Membership PartKind = "membership" // of a user in the account's group; the group's ARN
	Attachment PartKind = "attachment" // of the managed policy to a role; the policy's ARN
	ByAdmin    PartKind = "by admin"   // the account's admin manages it; the bot neither writes nor reads it
)

// A Part is one thing in AWS that belongs to a grant, or may be there.
type Part struct {
	Half          Half
	Kind          PartKind
	Key           string
	WrittenExpiry time.Time // the expiry in the last write
	Confirmed     time.Time // the expiry at the last read-back; zero: not known to be there
}

// HalfStatus is the state of one half in AWS, and its next due time. It causes no
// events until the half is stuck.
type HalfStatus struct {
	NextAttemptAt time.Time // next due time of its loop; zero: when something happens
	Attempts      int       // failures in a row
	FailingAt     time.Time // first of these failures
	LastError     string    // the latest failure, for operators
	WrittenAt     time.Time // when a write that adds was last sent
	ConfirmedAt   time.Time // when a read-back last found it as desired
	AbsentAt      time.Time // when a read-back first found it absent, at the end
	RemovedAt     time.Time // when the absence was accepted
	AlertedAt     time.Time // when people were alerted that it is stuck
}

const (
	// secondLook is the wait before an absence counts, if a grant ends early
	// and an earlier write has an unknown outcome. That write may still take
	// effect.
	absenceConfirmDelay = time.Minute
	// recheckAfter is when an ended grant is checked once more.
	endedRecheckDelay = 2 * time.Minute
	// stuckAfter is how long a half fails before people are alerted.
	stuckAlertDelay = 2 * time.Minute
	// stuckAgain is the time until the next alert.
	stuckAlertInterval = 6 * time.Hour
)

// restart makes p due at now and clears its failures.
func (p *HalfStatus) restart(now time.Time) {
	p.NextAttemptAt, p.Attempts, p.FailingAt, p.LastError, p.AlertedAt = now, 0, time.Time{}, "", time.Time{}
}

// Half returns the progress of one half.
func (g Grant) Half(h Half) HalfStatus { return *g.half(h) }

func (g *Grant) half(h Half) *HalfStatus {
	if h == OwnerHalf {
		return &g.Owner
	}
	return &g.Grantee
}

// wake makes both halves due.
func (g *Grant) wake(now time.Time) { g.Owner.NextAttemptAt, g.Grantee.NextAttemptAt = now, now }

// WantsAccess reports whether g wants access in AWS at now: it is approved, has not
// expired, and is not paused by a change outside s3share.
func (g Grant) WantsAccess(now time.Time) bool {
	return (g.State == Approved || g.State == Active) && now.Before(g.ExpiresAt) && g.DriftedAt.IsZero()
}

// Confirmed reports whether a read-back found the half in AWS with the current
// expiry.
func (g Grant) Confirmed(h Half) bool {
	found := false
	for _, p := range g.Parts {
		if p.Half != h {
			continue
		}
		if !p.Confirmed.Equal(g.ExpiresAt) || p.Confirmed.IsZero() {
			return false
		}
		found = true
	}
	return found
}

// WasConfirmed reports whether every part of the half was once found in AWS and
// was not given up since. If it is absent now, it was changed outside s3share.
func (g Grant) WasConfirmed(h Half) bool {
	found := false
	for _, p := range g.Parts {
		if p.Half == h {
			if p.Confirmed.IsZero() {
				return false
			}
			found = true
		}
	}
	return found
}

// IsRestoring reports whether a restore is under way: an approver wants the
// changed part restored, and AWS has not shown both halves again. Until then
// the access is not open.
func (g Grant) IsRestoring() bool {
	last := g.Last(EventDrift, EventRestore)
	return g.State == Active && last != nil && last.Kind == EventRestore &&
		!(g.WasConfirmed(OwnerHalf) && g.WasConfirmed(GranteeHalf))
}

// WithWriteIntent returns g as stored before a write that adds the half. From then on
// AWS may hold these parts, whatever the reply. After a crash, the record shows
// that the outcome is unknown.
func (g Grant) WithWriteIntent(h Half, kind PartKind, keys []string, now time.Time) Grant {
	g = g.clone()
	for _, key := range keys {
		i := slices.IndexFunc(g.Parts, func(p Part) bool { return p.Half == h && p.Kind == kind && p.Key == key })
		if i < 0 {
			g.Parts = append(g.Parts, Part{Half: h, Kind: kind, Key: key})
			i = len(g.Parts) - 1
		}
		g.Parts[i].WrittenExpiry = g.ExpiresAt
	}
	g.half(h).WrittenAt = now
	return g
}

// confirm records that a read-back found every part of the half.
func (g *Grant) confirm(h Half, ev *Event) {
	for i := range g.Parts {
		if g.Parts[i].Half == h {
			g.Parts[i].Confirmed = g.ExpiresAt
		}
	}
	p := g.half(h)
	p.restart(time.Time{})
	p.ConfirmedAt = ev.At
	ev.Half, ev.Expiry = h, g.ExpiresAt
}

func (a HalfApplied) authorise(g Grant, _ time.Time) error {
	if g.Principal.External && a.Half == GranteeHalf {
		return Refuse("Nobody can confirm the half of an external account.")
	}
	return nil
}

func (a HalfApplied) apply(g *Grant, ev *Event) { g.confirm(a.Half, ev) }

func (Delegated) authorise(g Grant, _ time.Time) error {
	if !g.Principal.External {
		return Refuse("Only the half of an external account is handed over.")
	}
	return nil
}

func (a Delegated) apply(g *Grant, ev *Event) {
	ev.Why = a.Policy
	g.confirm(GranteeHalf, ev)
}

// bothConfirmed refuses to record access as open before AWS has confirmed it.
func (g Grant) bothConfirmed() error {
	if !g.Confirmed(OwnerHalf) || !g.Confirmed(GranteeHalf) {
		return Refuse("AWS has not confirmed both halves yet.")
	}
	return nil
}

func (Applied) authorise(g Grant, _ time.Time) error { return g.bothConfirmed() }
func (Applied) apply(*Grant, *Event)                 {}

func (Extended) authorise(g Grant, _ time.Time) error { return g.bothConfirmed() }
func (Extended) apply(*Grant, *Event)                 {}

// RecordPresent returns g after a read-back found the half in AWS as desired. It
// records the confirmation, and also that the access is open or extended if
// both halves are confirmed.
func (g Grant) RecordPresent(h Half, now time.Time) (Grant, error) {
	next, err := g.Apply(HalfApplied{h}, now)
	if err != nil {
		return g, err
	}
	if g.Principal.External && h == OwnerHalf {
		next.Grantee.NextAttemptAt = now // the grantee half waits for the owner half
	}
	return next.open(now)
}

// RecordDelegated returns g after its grantee half was handed to the admin of an
// external account. The bot cannot read it back. policy is the policy to
// install there.
func (g Grant) RecordDelegated(policy string, now time.Time) (Grant, error) {
	next, err := g.WithWriteIntent(GranteeHalf, ByAdmin, []string{g.Principal.Account}, now).
		Apply(Delegated{policy}, now)
	if err != nil {
		return g, err
	}
	return next.open(now)
}

// open records that the access is open or extended, if both halves are confirmed.
func (g Grant) open(now time.Time) (Grant, error) {
	switch {
	case g.bothConfirmed() != nil:
	case g.State == Approved:
		return g.Apply(Applied{}, now)
	case g.State == Active && g.owesExtended():
		return g.Apply(Extended{}, now)
	}
	return g, nil
}

// RecordAbsent returns g after a read-back did not find the half. If the grant ends
// before its expiry and an earlier write has an unknown outcome, the absence
// counts only after a second read-back a minute later.
func (g Grant) RecordAbsent(h Half, now time.Time) (Grant, error) {
	p := g.Half(h)
	return g.recordAbsent(h, now, p.WrittenAt.After(p.ConfirmedAt))
}

// RecordAbsentUnconfirmed is Gone while another write that contains the half may still
// arrive: for another grant, or a repeated one.
func (g Grant) RecordAbsentUnconfirmed(h Half, now time.Time) (Grant, error) {
	return g.recordAbsent(h, now, true)
}

func (g Grant) recordAbsent(h Half, now time.Time, late bool) (Grant, error) {
	p := g.Half(h)
	if g.State == Ending && !p.RemovedAt.IsZero() { // recorded already; an event is recorded once
		return g.RecheckAt(h, time.Time{}), nil
	}
	unknown := late && now.Before(g.ExpiresAt)
	if unknown && (p.AbsentAt.IsZero() || now.Before(p.AbsentAt.Add(absenceConfirmDelay))) {
		next := g.clone()
		q := next.half(h)
		if q.AbsentAt.IsZero() {
			q.AbsentAt = now
		}
		q.NextAttemptAt = q.AbsentAt.Add(absenceConfirmDelay)
		return next, nil
	}
	why := ""
	if g.Principal.External && h == GranteeHalf {
		why = "It is in the hands of the admin of " + g.Principal.Account + ", and asked for no more."
	}
	return g.recordRemoved(HalfRemoved{h, why}, now)
}

// RecordRetained returns g after its grantee half was released but stays in AWS, because
// another grant of the principal needs it or the permission set carries it. The
// owner half has to be gone by then. Otherwise both halves would still be open
// together.
func (g Grant) RecordRetained(now time.Time) (Grant, error) {
	why := "It stays, because another grant of " + g.Principal.Name + " needs it."
	if set := g.Principal.PermissionSet(); set != "" {
		why = "It stays, because the permission set " + set + " carries it."
	}
	return g.recordRemoved(HalfRemoved{GranteeHalf, why}, now)
}

func (g Grant) recordRemoved(a HalfRemoved, now time.Time) (Grant, error) {
	next, err := g.Apply(a, now)
	if err != nil {
		return g, err
	}
	if !next.Owner.RemovedAt.IsZero() && !next.Grantee.RemovedAt.IsZero() {
		return next.Apply(Removed{}, now)
	}
	return next, nil
}

// authorise leaves the grantee half in AWS only once the owner half is gone.
func (a HalfRemoved) authorise(g Grant, _ time.Time) error {
	if a.Half == GranteeHalf && a.Why != "" && !g.Principal.External && g.Owner.RemovedAt.IsZero() {
		return Refuse("What stays in AWS may be left there only once AWS has confirmed that the bucket is closed.")
	}
	return nil
}

func (a HalfRemoved) apply(g *Grant, ev *Event) {
	ev.Half, ev.Why = a.Half, a.Why
	g.removeHalf(a.Half, ev.At)
}

func (g *Grant) removeHalf(h Half, now time.Time) {
	g.forgetConfirmed(h)
	g.half(h).RemovedAt = now
	if h == OwnerHalf && g.Grantee.RemovedAt.IsZero() {
		g.Grantee.NextAttemptAt = now // the grantee half may have waited for it, see [Grant.RecordRetained]
	}
}

func (Removed) authorise(g Grant, _ time.Time) error {
	if g.Owner.RemovedAt.IsZero() || g.Grantee.RemovedAt.IsZero() {
		return Refuse("AWS has not confirmed yet that both halves are gone.")
	}
	return nil
}

func (Removed) apply(g *Grant, ev *Event) {
	g.EndedAt = ev.At
	g.wake(ev.At.Add(endedRecheckDelay))
}

// Retry returns g after one failed attempt at a half. The next attempt follows
// after a pause: 5 seconds in the first minute, growing to 5 minutes. spread,
// from 0 to 1, shortens it by up to a fifth, which keeps many grants from
// retrying at the same moment. After stuckAfter people are alerted.
//
// The pause grows with the time since the first failure, and not with the number
// of attempts as in package backoff: extra attempts, made in a pass for another
// grant, do not lengthen it.
func (g Grant) Retry(h Half, fault string, now time.Time, spread float64) Grant {
	next := g.clone()
	p := next.half(h)
	p.retry(fault, now, spread)
	untold := p.AlertedAt.IsZero() || !now.Before(p.AlertedAt.Add(stuckAlertInterval))
	if untold && !now.Before(p.FailingAt.Add(stuckAlertDelay)) && next.State.InAWS() {
		if stuck, err := next.Apply(Stalled{h, fault}, now); err == nil {
			return stuck
		}
	}
	return next
}

func (Stalled) authorise(Grant, time.Time) error { return nil }

func (a Stalled) apply(g *Grant, ev *Event) {
	ev.Half, ev.Why = a.Half, a.Why
	g.half(a.Half).AlertedAt = ev.At
}

// RetryFromScratch is Retry after an unrelated failure: the count starts again.
func (g Grant) RetryFromScratch(h Half, fault string, now time.Time, spread float64) Grant {
	next := g.clone()
	next.half(h).restart(now)
	return next.Retry(h, fault, now, spread)
}

func (p *HalfStatus) retry(fault string, now time.Time, spread float64) {
	if p.Attempts == 0 {
		p.FailingAt = now
	}
	p.Attempts++
	p.LastError = fault
	p.AbsentAt = time.Time{}
	pause := 5 * time.Second
	if now.Sub(p.FailingAt) >= time.Minute {
		pause = min(5*time.Minute, now.Sub(p.FailingAt)/4)
	}
	p.NextAttemptAt = now.Add(pause - time.Duration(spread*float64(pause)/5))
}

// RecheckAt returns g with one half due at a time. A read-back that does not
// show a write yet is not a failure.
func (g Grant) RecheckAt(h Half, at time.Time) Grant {
	next := g.clone()
	next.half(h).NextAttemptAt = at
	return next
}

// RecordDropped returns an active g that wants no access, after a read-back found the
// half absent.
func (g Grant) RecordDropped(h Half) Grant {
	next := g.clone()
	next.forgetConfirmed(h)
	return next
}

// forgetConfirmed records that a read-back found the half absent, as it should be.
func (g *Grant) forgetConfirmed(h Half) {
	for i := range g.Parts {
		if g.Parts[i].Half == h {
			g.Parts[i].Confirmed = time.Time{}
		}
	}
	g.half(h).restart(time.Time{})
}
