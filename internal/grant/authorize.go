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
		return Refuse("No rule covers %s any more, so nobody can decide on this.", g.Bucket.Name).
			WithHint("The people who run s3share can tell why.")
	}
	if !t.Rule.Approvers.Include(by) {
		return Refuse("You are not one of the people who may decide on %s.", g.Bucket.Name).
			WithHint("The card says who may.")
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
		return Refuse("This request has changed since that card was drawn.").WithHint("Decide on the card as it is now.")
	}
	return nil
}

func refuseSelf(g Grant, by Person, kind EventKind) error {
	verb := map[EventKind]string{
		EventApprove: "approve", EventDeny: "deny", EventNarrow: "change", EventRestore: "restore", EventExtend: "extend",
		EventDenyExtension: "refuse to extend", EventReview: "review",
	}[kind]
	switch own := g.Requester.Same(by); {
	case own && kind == EventDeny:
		return Refuse("You cannot deny your own request.").WithCommand("cancel "+string(g.ID), "takes it back.")
	case own && kind == EventNarrow:
		return Refuse("You cannot change your own request.").
			WithCommand("cancel "+string(g.ID), "takes it back; then ask again.")
	case own && kind == EventApprove:
		return Refuse("You cannot approve your own request.").WithHint("Somebody else has to.")
	case own:
		return Refuse("You cannot %s your own grant.", verb).WithHint("Somebody else has to.")
	case g.Beneficiary.Same(by):
		return Refuse("You cannot %s what was asked for you.", verb).WithHint("Somebody else has to.")
	}
	return Refuse("You cannot %s this: %s is yours.", verb, g.Principal.Name).WithHint("Somebody else has to.")
}
