package grant

// authoriseDecider checks who may decide on g. The person is a full member of this
// workspace, is not on the requester's side, and is an approver by today's rule.
func (t Today) authoriseDecider(g Grant, by Actor, kind EventKind) error {
	if err := by.check(); err != nil {
		return err
	}
	if g.ConcernsToday(by.Person, t.PrincipalOwners) {
		return refuseSelf(g, by.Person, kind)
	}
	if t.Rule == nil {
		return Refuse("No rule covers %s any more, so this can't be decided.", g.Bucket.Name).
			WithHint("Ask the operators of s3share.")
	}
	if !t.Rule.Approvers.Include(by) {
		return Refuse("You are not an approver of %s.", g.Bucket.Name).
			WithHint("The card names the approvers.")
	}
	return nil
}

// authoriseDecision is authoriseDecider for a decision on a card: the approver has to have
// seen the current revision.
func (t Today) authoriseDecision(g Grant, by Actor, kind EventKind, revision int) error {
	if err := t.authoriseDecider(g, by, kind); err != nil {
		return err
	}
	if revision != g.Revision {
		return Refuse("This request has changed since that card was posted.").WithHint("Decide on the current card.")
	}
	return nil
}

// refuseSelf refuses a decision by a person on the requester's side.
func refuseSelf(g Grant, by Person, kind EventKind) error {
	did := map[EventKind]string{
		EventApprove: "approve", EventDeny: "deny", EventNarrow: "change", EventRestore: "restore",
		EventExtend: "approve the extension of", EventDenyExtension: "deny the extension of", EventReview: "review",
	}[kind]
	of := "access"
	if g.State.Open() {
		of = "request"
	}
	var no *Refusal
	switch {
	case g.Requester.Same(by):
		no = Refuse("You can't %s your own %s.", did, of)
	case g.Beneficiary.Same(by):
		no = Refuse("You can't %s this %s: it is for you.", did, of)
	default:
		no = Refuse("You can't %s this %s: %s is yours.", did, of, g.Principal.Name)
	}
	switch kind {
	case EventDeny:
		return no.WithCommand("cancel "+string(g.ID), "cancels it.")
	case EventNarrow:
		return no.WithCommand("cancel "+string(g.ID), "cancels it; then submit a new one.")
	case EventDenyExtension:
		return no.WithCommand("cancel "+string(g.ID), "cancels it.")
	}
	return no.WithHint("Ask another approver.")
}
