package grant

import (
	"go/ast"
	"go/parser"
	"go/token"
	"reflect"
	"slices"
	"testing"
	"time"
)

// facts are the facts of any action. A test changes one of them.
type facts struct {
	at time.Time
	by Actor
	Today
	why        string
	revision   int
	others     []Actor
	half       Half
	left       time.Duration
	term       Term
	to         Narrowing
	drift      time.Time
	responder  bool
	warnBefore []Term
}

// byPerson returns a person's action of a kind; nil if only the bot has one.
func (f facts) byPerson(k EventKind) Action {
	switch k {
	case EventConsent:
		return Consent{By: f.by}
	case EventApprove:
		return Approve{By: f.by, Today: f.Today, Revision: f.revision, Others: f.others}
	case EventDeny:
		return Deny{By: f.by, Today: f.Today, Revision: f.revision, Why: f.why}
	case EventNarrow:
		return Narrow{By: f.by, Today: f.Today, Revision: f.revision, To: f.to}
	case EventCancel:
		return Cancel{By: f.by, PrincipalOwners: f.PrincipalOwners}
	case EventReview:
		return Review{By: f.by, Today: f.Today, Why: f.why}
	case EventRequestExtension:
		return RequestExtension{By: f.by, Today: f.Today, Term: f.term, Why: f.why}
	case EventExtend:
		return Extend{By: f.by, Today: f.Today, Revision: f.revision, Others: f.others, WarnBefore: f.warnBefore}
	case EventDenyExtension:
		return DenyExtension{By: f.by, Today: f.Today, Revision: f.revision, Why: f.why}
	case EventCancelExtension:
		return CancelExtension{By: f.by, PrincipalOwners: f.PrincipalOwners}
	case EventRestore:
		return Restore{By: f.by, Today: f.Today, Drift: f.drift}
	case EventEnd:
		return End{By: f.by, Today: f.Today, Responder: f.responder, Drift: f.drift, Why: f.why}
	case EventSettle:
		return Settle{By: f.by, Responder: f.responder, Why: f.why}
	}
	return nil
}

// byBot returns the bot's actions of a kind.
func (f facts) byBot(k EventKind) []Action {
	return map[EventKind][]Action{
		EventCheck:          {Check{Rule: f.Rule, PrincipalOwners: f.PrincipalOwners}},
		EventDelayed:        {Delayed{Why: f.why}},
		EventReject:         {Reject{Why: f.why}},
		EventLapse:          {Lapse{}},
		EventAutoApprove:    {AutoApprove{Rule: f.Rule, Why: f.why}},
		EventOpenBreakGlass: {OpenBreakGlass{Rule: f.Rule}},
		EventExtend:         {ExtendFree{Rule: f.Rule, WarnBefore: f.warnBefore}},
		EventWarn:           {Warn{Left: f.left}},
		EventRemind:         {Remind{}},
		EventEscalate:       {Escalate{}},
		EventRemindReview:   {RemindReview{}},
		EventHalfApplied:    {HalfApplied{Half: f.half}},
		EventDelegated:      {Delegated{Policy: f.why}},
		EventApplied:        {Applied{}},
		EventExtended:       {Extended{}},
		EventStalled:        {Stalled{Half: f.half, Why: f.why}},
		EventHalfRemoved:    {HalfRemoved{Half: f.half, Why: f.why}},
		EventRemoved:        {Removed{}},
		EventDrift:          {Drift{Half: f.half, Why: f.why}},
		EventRestore:        {Heal{Rule: f.Rule}},
		EventResumed:        {Resumed{}},
		EventEnd:            {Fail{Why: f.why}, Expire{}},
	}[k]
}

// actions returns every action of a kind.
func (f facts) actions(k EventKind) []Action {
	if a := f.byPerson(k); a != nil {
		return append([]Action{a}, f.byBot(k)...)
	}
	return f.byBot(k)
}

// People cannot cause the events that the bot records: its actions have no
// actor. Every declared action is tried by the tests.
func TestPeopleCannotRecordFacts(t *testing.T) {
	var tried []string
	for _, k := range allKinds {
		f := facts{by: member(ada)}
		for _, a := range f.actions(k) {
			typ := reflect.TypeOf(a)
			tried = append(tried, typ.Name())
			by, found := typ.FieldByName("By")
			if people := a == nil || reflect.DeepEqual(a, f.byPerson(k)); found != people || found && by.Type != reflect.TypeFor[Actor]() {
				t.Errorf("%s: it has an actor: %v; it is an action of people: %v", typ.Name(), found, people)
			}
			if a.Kind() != k {
				t.Errorf("%s causes %q; want %q", typ.Name(), a.Kind(), k)
			}
		}
	}
	file, err := parser.ParseFile(token.NewFileSet(), "action.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var declared []string
	ast.Inspect(file, func(n ast.Node) bool {
		if s, ok := n.(*ast.TypeSpec); ok && s.Name.Name != "Today" && s.Name.Name != "Action" {
			declared = append(declared, s.Name.Name)
		}
		return true
	})
	slices.Sort(tried)
	slices.Sort(declared)
	if !slices.Equal(tried, declared) {
		t.Errorf("declared as actions: %q; tried: %q", declared, tried)
	}
}
