package grant

// authorise checks that the actor may cause the event. The bot alone records
// facts; people alone make decisions.
func (g Grant) authorise(a Action) error {
	switch a.Kind {
	case EventApprove, EventDeny:
		return g.authoriseDecision(a)
	case EventRestore:
		return g.authoriseRestore(a)
	case EventCancel:
		if err := a.By.check(); err != nil {
			return err
		}
		if !g.concerns(a.By.Person, a.PrincipalOwners) {
			return Refuse("Only the person who asked can cancel a request.").WithHint("An approver can deny it.")
		}
	case EventEnd:
		return g.authoriseEnd(a)
	case EventSettle:
		return g.authoriseSettle(a)
	case EventConsent:
		return g.authoriseConsent(a)
	case EventNarrow:
		return g.authoriseChange(a)
	case EventReview:
		return g.authoriseReview(a)
	case EventAutoApprove, EventOpenBreakGlass:
		return g.authoriseUnattended(a)
	case EventRequestExtension:
		return g.authoriseRequestExtension(a)
	case EventCancelExtension:
		return g.authoriseCancelExtension(a)
	case EventExtend, EventDenyExtension:
		return g.authoriseExtend(a)
	default:
		if !a.By.IsBot() {
			return Refuse("Only the bot itself can record that.")
		}
	}
	return nil
}

// authoriseUnattended lets only the bot open a request that the rule approves
// without a person.
func (g Grant) authoriseUnattended(a Action) error {
	switch {
	case !a.By.IsBot():
		return Refuse("Only the bot itself can record that.")
	case a.Rule == nil, a.Kind == EventAutoApprove && (g.BreakGlass || len(a.Rule.Auto) == 0),
		a.Kind == EventOpenBreakGlass && (!g.BreakGlass || a.Rule.BreakGlass == nil):
		return Refuse("The rule for %s lets nothing through without a person.", g.Bucket.Name)
	}
	return nil
}

// authoriseConsent lets only the beneficiary confirm the request.
func (g Grant) authoriseConsent(a Action) error {
	if err := a.By.check(); err != nil {
		return err
	}
	switch {
	case !g.Beneficiary.Same(a.By.Person):
		return Refuse("Only the person it is for can confirm that.")
	case !g.NeedsConsent():
		return Refuse("You have confirmed this already.")
	}
	return nil
}

// authoriseEnd lets the bot end an expired or failed grant. The bot sets an
// outcome, which people cannot set. So an actor whose id was lost does not pass
// for the bot.
func (g Grant) authoriseEnd(a Action) error {
	if a.By.IsBot() && (a.Outcome == Failed || a.Outcome == Expired && !a.At.Before(g.ExpiresAt)) {
		return nil
	}
	if err := a.By.check(); err != nil {
		return err
	}
	if !a.Responds && !g.concerns(a.By.Person, a.PrincipalOwners) && (a.Rule == nil || !a.Rule.Approvers.Include(a.By)) {
		return Refuse("Only the person who asked, or one who may approve it, can end this grant.")
	}
	if err := g.checkDrift(a); err != nil {
		return err
	}
	return checkOptionalReason(a.Why)
}

// authoriseRestore lets the bot restore a part without an approver if the rule
// allows it.
func (g Grant) authoriseRestore(a Action) error {
	heals := a.By.IsBot() && a.Rule != nil && a.Rule.Heal
	if !heals {
		if err := g.authoriseDecision(a); err != nil {
			return err
		}
	}
	if g.DriftedAt.IsZero() {
		return Refuse("There is nothing to put back: this grant is as it should be, or somebody has put it back already.")
	}
	return g.checkDrift(a)
}

// checkDrift compares the change outside s3share that the person was asked
// about with the current one. An answer about an earlier change does not count
// for a later one.
func (g Grant) checkDrift(a Action) error {
	if a.Drift.IsZero() || a.Drift.Equal(g.DriftedAt) {
		return nil
	}
	return Refuse("That question is answered already: it was about an earlier change.").
		WithHint("`/s3share show %s` says how it stands; if it was changed again, there is another message.", g.ID)
}

// authoriseDecision checks every approval and denial. The actor is a full
// member of this workspace, is not on the requester's side, is an approver by
// today's rule, saw the current revision, and has not decided yet.
func (g Grant) authoriseDecision(a Action) error {
	if err := a.By.check(); err != nil {
		return err
	}
	if g.concerns(a.By.Person, a.PrincipalOwners) {
		return g.refuseSelf(a)
	}
	if a.Rule == nil {
		return Refuse("No rule covers %s any more, so nobody can decide on this.", g.Bucket.Name).
			WithHint("The people who run s3share can tell why.")
	}
	if !a.Rule.Approvers.Include(a.By) {
		return Refuse("You are not one of the people who may decide on %s.", g.Bucket.Name).
			WithHint("The card says who may.")
	}
	if a.Kind == EventRestore || a.Kind == EventReview {
		return nil
	}
	if a.Revision != g.Revision {
		return Refuse("This request has changed since that card was drawn.").WithHint("Decide on the card as it is now.")
	}
	if a.Kind == EventDeny || a.Kind == EventDenyExtension {
		return checkReason(a.Why, "Say why, so that the person knows what to change.")
	}
	if a.Kind == EventExtend {
		return g.canApprove(g.PendingExtension.Decisions, a)
	}
	if !g.LapsesAt.IsZero() && !a.At.Before(g.LapsesAt) {
		return Refuse("This request has lapsed: nobody decided in time.").WithHint("They can ask again.")
	}
	if a.Kind == EventNarrow {
		return nil
	}
	return g.canApprove(g.Decisions, a)
}

func (g Grant) refuseSelf(a Action) error {
	verb := map[EventKind]string{
		EventApprove: "approve", EventDeny: "deny", EventNarrow: "change", EventRestore: "restore", EventExtend: "extend",
		EventDenyExtension: "refuse to extend", EventReview: "review",
	}[a.Kind]
	switch {
	case g.Requester.Same(a.By.Person) && a.Kind == EventDeny:
		return Refuse("You cannot deny your own request.").WithHint("`/s3share cancel %s` takes it back.", g.ID)
	case g.Requester.Same(a.By.Person) && a.Kind == EventNarrow:
		return Refuse("You cannot change your own request.").
			WithHint("`/s3share cancel %s` takes it back; then ask again.", g.ID)
	case g.Requester.Same(a.By.Person) && a.Kind == EventApprove:
		return Refuse("You cannot approve your own request.").WithHint("Somebody else has to.")
	case g.Requester.Same(a.By.Person):
		return Refuse("You cannot %s your own grant.", verb).WithHint("Somebody else has to.")
	case g.Beneficiary.Same(a.By.Person):
		return Refuse("You cannot %s what was asked for you.", verb).WithHint("Somebody else has to.")
	}
	return Refuse("You cannot %s this: %s is yours.", verb, g.Principal.Name).WithHint("Somebody else has to.")
}

func people(n int) string {
	if n == 1 {
		return "person is"
	}
	return "people are"
}

// wrongState returns the reason why the event is impossible in the current
// state.
func (g Grant) wrongState(a Action) *Refusal {
	kind := a.Kind
	if r := g.extensionDecided(a); r != nil {
		return r
	}
	if kind == EventReview && (g.State == Approved || g.State == Active) {
		return g.reviewTooEarly()
	}
	r := Refuse("%s", map[State]string{
		Checking:  "This request is still being checked with AWS.",
		Pending:   "This request is waiting for a decision.",
		Refused:   "This request was refused.",
		Denied:    "This request was denied already.",
		Cancelled: "This request was cancelled already.",
		Lapsed:    "This request lapsed: nobody decided in time.",
		Approved:  "This request was approved already, and is being applied.",
		Active:    "This request was approved already, and the access is open.",
		Ending:    "This grant is over already, and is being removed.",
		Ended:     "This grant ended already.",
	}[g.State])
	decisive := map[State]EventKind{Denied: EventDeny, Cancelled: EventCancel, Approved: EventApprove,
		Active: EventApprove, Ending: EventEnd, Ended: EventEnd}
	if kind, ok := decisive[g.State]; ok {
		if last := g.Last(kind); last != nil {
			r = r.WithDecision(last.By, last.At)
		}
	}
	open := g.State == Approved || g.State == Active
	switch {
	case kind == EventEnd && g.State == Pending:
		return r.WithHint("The person who asked can cancel it, an approver can deny it.")
	case kind == EventEnd && g.State == Checking:
		return r.WithHint("The person who asked can cancel it.")
	case (kind == EventCancel || kind == EventDeny || kind == EventNarrow) && open:
		return r.WithHint("`/s3share end %s` ends it.", g.ID)
	case (kind == EventExtend || kind == EventRequestExtension) && g.State == Approved:
		return r.WithHint("It can be extended once AWS has confirmed it.")
	case (kind == EventExtend || kind == EventRequestExtension) && (g.State == Ending || g.State == Ended):
		return r.WithHint("Ask for a new one.")
	case g.State == Checking:
		return r.WithHint("Try again in a moment.")
	}
	return r
}

// extensionDecided answers an approval or denial of an extension that was
// decided meanwhile. It returns nil for any other act.
func (g Grant) extensionDecided(a Action) *Refusal {
	last := g.Last(EventApprove, EventExtend, EventDenyExtension)
	if g.State != Active || a.Kind != EventApprove && a.Kind != EventDeny || a.Revision != g.Revision || last == nil ||
		last.Kind == EventApprove {
		return nil
	}
	done := map[EventKind]string{EventExtend: "approved", EventDenyExtension: "denied"}[last.Kind]
	r := Refuse("The extension was %s already.", done)
	by := last.By
	if by.IsBot() {
		by = Person{}
	}
	r = r.WithDecision(by, last.At)
	if last.Kind == EventExtend {
		return r.WithHint("`/s3share end %s` ends the grant.", g.ID)
	}
	return r
}

// Last returns the latest event of one of the kinds, or nil.
func (g Grant) Last(kinds ...EventKind) *Event {
	for i := len(g.History) - 1; i >= 0; i-- {
		for _, k := range kinds {
			if g.History[i].Kind == k {
				return &g.History[i]
			}
		}
	}
	return nil
}
