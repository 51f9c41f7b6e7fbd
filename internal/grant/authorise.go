package grant

// authorise says who may cause an event. What the bot does by itself needs no
// leave: its loops are the only callers that can leave By empty, and what they
// may do is bound by the record.
func (g Grant) authorise(a Act) error {
	switch a.Kind {
	case PutBack:
		if a.By.IsBot() && a.Rule != nil && a.Rule.Heal {
			return nil // the rule decided it beforehand
		}
		return g.authoriseDecision(a)
	case Approve, Deny:
		return g.authoriseDecision(a)
	case Cancel:
		if err := a.By.check(); err != nil {
			return err
		}
		if !g.concerns(a.By.Person, nil) {
			return Refuse("Only the person who asked can cancel a request.").WithHint("An approver can deny it.")
		}
	case End:
		return g.authoriseEnd(a)
	case Extend:
		if a.Term <= 0 || !a.At.Before(g.ExpiresAt) {
			return Refuse("This grant cannot be extended any more.").WithHint("Ask for a new one.")
		}
		return g.authoriseDecision(a)
	}
	return nil
}

func (g Grant) authoriseEnd(a Act) error {
	if a.By.IsBot() {
		return nil
	}
	if err := a.By.check(); err != nil {
		return err
	}
	if g.concerns(a.By.Person, a.Behind) {
		return nil
	}
	if a.Rule == nil || !a.Rule.Approvers.Include(a.By) {
		return Refuse("Only the person who asked, or one who may approve it, can end this grant.")
	}
	return nil
}

// authoriseDecision is the check behind every yes and no: a full member of this
// workspace, not on the side of the request, whom today's rule lets decide, who
// saw the request as it is now and has not decided yet.
func (g Grant) authoriseDecision(a Act) error {
	if err := a.By.check(); err != nil {
		return err
	}
	if g.concerns(a.By.Person, a.Behind) {
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
	if a.Kind != Approve && a.Kind != Deny {
		return nil
	}
	if a.Revision != g.Revision {
		return Refuse("This request has changed since that card was drawn.").WithHint("Decide on the card as it is now.")
	}
	if a.Kind == Deny {
		return checkReason(a.Why, "Say why, so that the person knows what to change.")
	}
	for _, d := range g.Decisions {
		if d.By.Same(a.By.Person) && d.Revision == g.Revision {
			return Refuse("You have approved this already; %d more %s needed.", g.Missing(), people(g.Missing()))
		}
	}
	return nil
}

func (g Grant) refuseSelf(a Act) error {
	verb := map[Kind]string{Approve: "approve", Deny: "deny", PutBack: "restore", Extend: "extend"}[a.Kind]
	switch {
	case g.Requester.Same(a.By.Person) && a.Kind == Deny:
		return Refuse("You cannot deny your own request.").WithHint("`/s3share cancel %s` takes it back.", g.ID)
	case g.Requester.Same(a.By.Person) && a.Kind == Approve:
		return Refuse("You cannot approve your own request.").WithHint("Somebody else has to.")
	case g.Requester.Same(a.By.Person):
		return Refuse("You cannot %s your own grant.", verb).WithHint("Somebody else has to.")
	case g.Beneficiary.Same(a.By.Person):
		return Refuse("You cannot %s a request that was made for you.", verb).WithHint("Somebody else has to.")
	}
	return Refuse("You cannot %s this: %s is yours.", verb, g.Principal.Name).WithHint("Somebody else has to.")
}

func people(n int) string {
	if n == 1 {
		return "person is"
	}
	return "people are"
}

// wrongState says why nothing of this kind can happen to g any more, or yet.
func (g Grant) wrongState(kind Kind) *Refusal {
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
	if last := g.Last(Approve, Deny, Cancel, End); last != nil {
		r.By, r.At = last.By, last.At
	}
	switch {
	case kind == End && g.State == Pending:
		r.Hint = "The person who asked can cancel it, an approver can deny it."
	case kind == Cancel && (g.State == Approved || g.State == Active):
		r.Hint = "`/s3share end " + string(g.ID) + "` ends it."
	case g.State == Checking:
		r.Hint = "Try again in a moment."
	}
	return r
}

// Last returns the latest event that is of one of the kinds, or nil.
func (g Grant) Last(kinds ...Kind) *Event {
	for i := len(g.History) - 1; i >= 0; i-- {
		for _, k := range kinds {
			if g.History[i].Kind == k {
				return &g.History[i]
			}
		}
	}
	return nil
}
