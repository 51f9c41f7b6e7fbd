package grant

import (
	"slices"
	"time"
)

// Half is one side of a grant. Either alone opens nothing.
type Half string

const (
	OwnerHalf   Half = "owner"   // the bucket-policy side
	GranteeHalf Half = "grantee" // the IAM side
)

// PartKind is what a part is in AWS.
type PartKind string

const (
	Statement  PartKind = "statement"  // of the bucket policy; its key is the Sid
	Membership PartKind = "membership" // of a user in the account's group; the group's ARN
	Attachment PartKind = "attachment" // of the managed policy to a role; the policy's ARN
	ByAdmin    PartKind = "by admin"   // the account's admin has it in hand; the bot neither writes nor reads it
)

// A Part is one thing that a grant has, or may have, in AWS.
type Part struct {
	Half      Half
	Kind      PartKind
	Key       string
	Asked     time.Time // the expiry that was last asked of AWS
	Confirmed time.Time // the expiry that a read-back last found; zero: not known to be there
}

// Progress is how far AWS has come with one half, and when it is looked at
// again. It is bookkeeping, not an event: people hear of it only when it is stuck.
type Progress struct {
	Next        time.Time // when its loop looks again; zero: not before something happens
	Tries       int       // failures in a row
	FailingAt   time.Time // since when
	Fault       string    // the last of them, for people who run the bot
	AskedAt     time.Time // when a write that adds was last sent
	ConfirmedAt time.Time // when a read-back last found it as it should be
	GoneAt      time.Time // when a read-back first found it gone, at the end
	ClearedAt   time.Time // when that counted
	AlertedAt   time.Time // when people were told that it is stuck
}

const (
	// secondLook is how long an early end waits after a write whose outcome
	// nobody knows, before it believes that the half is gone: the write may
	// still be on its way.
	secondLook = time.Minute
	// recheckAfter is when a grant that ended is looked at once more.
	recheckAfter = 2 * time.Minute
	// stuckAfter is for how long a half fails before people are told.
	stuckAfter = 2 * time.Minute
	// stuckAgain is how long until they are told again.
	stuckAgain = 6 * time.Hour
)

// restart makes p due at once, with nothing held against it.
func (p *Progress) restart(now time.Time) {
	p.Next, p.Tries, p.FailingAt, p.Fault, p.AlertedAt = now, 0, time.Time{}, "", time.Time{}
}

// Of returns the progress of one half.
func (g Grant) Of(h Half) Progress { return *g.progress(h) }

func (g *Grant) progress(h Half) *Progress {
	if h == OwnerHalf {
		return &g.Owner
	}
	return &g.Grantee
}

// wake makes both halves due.
func (g *Grant) wake(now time.Time) { g.Owner.Next, g.Grantee.Next = now, now }

// Asks reports whether g asks AWS for access at this moment: it was approved,
// is not over, and nobody took it away by hand.
func (g Grant) Asks(now time.Time) bool {
	return (g.State == Approved || g.State == Active) && now.Before(g.ExpiresAt) && g.DriftedAt.IsZero()
}

// Confirmed reports whether a read-back found the half in AWS with the expiry
// it should have now.
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
// has not been given up since: its absence now is somebody else's doing.
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

// PuttingBack reports whether what somebody else changed is to be as it was, and
// AWS has not shown both halves again yet: until then the access is not open.
func (g Grant) PuttingBack() bool {
	last := g.Last(Drift, PutBack)
	return g.State == Active && last != nil && last.Kind == PutBack && !(g.WasConfirmed(OwnerHalf) && g.WasConfirmed(GranteeHalf))
}

// Asking returns g as it is stored before a write that adds the half is sent:
// from here on AWS may hold these parts, whatever the reply says. A reader of
// the record after a crash knows by it that the outcome is unknown.
func (g Grant) Asking(h Half, kind PartKind, keys []string, now time.Time) Grant {
	g = g.clone()
	for _, key := range keys {
		i := slices.IndexFunc(g.Parts, func(p Part) bool { return p.Half == h && p.Kind == kind && p.Key == key })
		if i < 0 {
			g.Parts = append(g.Parts, Part{Half: h, Kind: kind, Key: key})
			i = len(g.Parts) - 1
		}
		g.Parts[i].Asked = g.ExpiresAt
	}
	g.progress(h).AskedAt = now
	return g
}

// confirm records that a read-back found every part of the half.
func (g *Grant) confirm(a Act) {
	for i := range g.Parts {
		if g.Parts[i].Half == a.Half {
			g.Parts[i].Confirmed = g.ExpiresAt
		}
	}
	p := g.progress(a.Half)
	p.restart(time.Time{})
	p.ConfirmedAt = a.At
}

// Found returns g once a read-back has found the half in AWS as it should be:
// with the event that says so, and with the one that opens the access if that
// was the other half's turn already.
func (g Grant) Found(h Half, now time.Time) (Grant, error) {
	return g.found(Act{Kind: Confirm, At: now, Half: h})
}

// HandedOver returns g once its grantee half is in the hands of the admin of an
// external account, of which nothing can be read back. policy is what belongs
// there.
func (g Grant) HandedOver(policy string, now time.Time) (Grant, error) {
	return g.Asking(GranteeHalf, ByAdmin, []string{g.Principal.Account}, now).
		found(Act{Kind: HandOver, At: now, Half: GranteeHalf, Why: policy})
}

func (g Grant) found(a Act) (Grant, error) {
	now := a.At
	next, err := g.Next(a)
	if err != nil {
		return g, err
	}
	if g.Principal.External && a.Half == OwnerHalf {
		next.Grantee.Next = now // which waits for it
	}
	both := next.Confirmed(OwnerHalf) && next.Confirmed(GranteeHalf)
	switch {
	case both && next.State == Approved:
		return next.Next(Act{Kind: Applied, At: now})
	case both && next.State == Active && next.owesExtended():
		return next.Next(Act{Kind: Extended, At: now})
	}
	return next, nil
}

// Gone returns g once a read-back has not found the half any more. An end
// before the expiry, after a write whose outcome nobody knows, believes it only
// when a second look a minute later still finds nothing.
func (g Grant) Gone(h Half, now time.Time) (Grant, error) {
	p := g.Of(h)
	return g.gone(h, now, p.AskedAt.After(p.ConfirmedAt))
}

// GoneForNow is Gone while a write that has the half in it may still arrive: of
// another grant, or one that was sent again since.
func (g Grant) GoneForNow(h Half, now time.Time) (Grant, error) { return g.gone(h, now, true) }

func (g Grant) gone(h Half, now time.Time, late bool) (Grant, error) {
	p := g.Of(h)
	if g.State == Ending && !p.ClearedAt.IsZero() { // said already; what is said once is told once
		return g.LookAgain(h, time.Time{}), nil
	}
	unknown := late && now.Before(g.ExpiresAt)
	if unknown && (p.GoneAt.IsZero() || now.Before(p.GoneAt.Add(secondLook))) {
		next := g.clone()
		q := next.progress(h)
		if q.GoneAt.IsZero() {
			q.GoneAt = now
		}
		q.Next = q.GoneAt.Add(secondLook)
		return next, nil
	}
	clear := Act{Kind: Clear, At: now, Half: h}
	if g.Principal.External && h == GranteeHalf {
		clear.Why = "It is in the hands of the admin of " + g.Principal.Account + ", and asked for no more."
	}
	return g.cleared(clear)
}

// Left returns g once its grantee half is nothing of it any more, although it stays,
// because another grant of the principal needs it, or its permission set carries it. By then the owner half is gone:
// before that the two would still be open together, whoever needs this one.
func (g Grant) Left(now time.Time) (Grant, error) {
	why := "It stays, because another grant of " + g.Principal.Name + " needs it."
	if set := g.Principal.PermissionSet(); set != "" {
		why = "It stays, because the permission set " + set + " carries it."
	}
	return g.cleared(Act{Kind: Clear, At: now, Half: GranteeHalf, Why: why})
}

func (g Grant) cleared(a Act) (Grant, error) {
	next, err := g.Next(a)
	if err != nil {
		return g, err
	}
	if !next.Owner.ClearedAt.IsZero() && !next.Grantee.ClearedAt.IsZero() {
		return next.Next(Act{Kind: Removed, At: a.At})
	}
	return next, nil
}

// clear records that a read-back found the half gone.
func (g *Grant) clear(a Act) {
	for i := range g.Parts {
		if g.Parts[i].Half == a.Half {
			g.Parts[i].Confirmed = time.Time{}
		}
	}
	p := g.progress(a.Half)
	p.restart(time.Time{})
	p.ClearedAt = a.At
	if a.Half == OwnerHalf && g.Grantee.ClearedAt.IsZero() {
		g.Grantee.Next = a.At // which may have waited for it, see [Grant.Left]
	}
}

// Retry returns g after AWS refused, or did not answer, one attempt at a half:
// the loop looks again after a pause that grows from 5 seconds in the first
// minute to 5 minutes. spread, from 0 to 1, shortens it by up to a fifth, which
// keeps many grants from coming back at the same moment. Once it has gone on for
// long, people are told.
func (g Grant) Retry(h Half, fault string, now time.Time, spread float64) Grant {
	next := g.clone()
	p := next.progress(h)
	p.retry(fault, now, spread)
	untold := p.AlertedAt.IsZero() || !now.Before(p.AlertedAt.Add(stuckAgain))
	if untold && !now.Before(p.FailingAt.Add(stuckAfter)) && next.State.InAWS() {
		if stuck, err := next.Next(Act{Kind: Stuck, At: now, Half: h, Why: fault}); err == nil {
			return stuck
		}
	}
	return next
}

// RetryAnew is Retry where what failed before has nothing to do with it.
func (g Grant) RetryAnew(h Half, fault string, now time.Time, spread float64) Grant {
	next := g.clone()
	next.progress(h).restart(now)
	return next.Retry(h, fault, now, spread)
}

func (p *Progress) retry(fault string, now time.Time, spread float64) {
	if p.Tries == 0 {
		p.FailingAt = now
	}
	p.Tries++
	p.Fault = fault
	p.GoneAt = time.Time{}
	pause := 5 * time.Second
	if now.Sub(p.FailingAt) >= time.Minute {
		pause = min(5*time.Minute, now.Sub(p.FailingAt)/4)
	}
	p.Next = now.Add(pause - time.Duration(spread*float64(pause)/5))
}

// RetryCheck returns g after AWS could not be asked about the request.
func (g Grant) RetryCheck(fault string, now time.Time, spread float64) Grant {
	next := g.clone()
	next.Check.retry(fault, now, spread)
	return next
}

// MayBeAsked returns g once it is known that the person it is for may say that it
// is: nothing more is checked before they have.
func (g Grant) MayBeAsked() Grant {
	next := g.clone()
	next.Check = Progress{}
	return next
}

// LookAgain returns g with one half due at a time: a read-back that does not
// show a write yet is not a failure.
func (g Grant) LookAgain(h Half, at time.Time) Grant {
	next := g.clone()
	next.progress(h).Next = at
	return next
}

// GivenUp returns g, which nobody asks for any more while it stays active, once
// a read-back has found the half gone.
func (g Grant) GivenUp(h Half) Grant {
	next := g.clone()
	for i := range next.Parts {
		if next.Parts[i].Half == h {
			next.Parts[i].Confirmed = time.Time{}
		}
	}
	next.progress(h).restart(time.Time{})
	return next
}
