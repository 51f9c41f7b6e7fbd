package grant

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strings"
	"testing"
	"time"
)

var allKinds = []EventKind{
	EventRequest, EventCheck, EventReject, EventApprove, EventDeny, EventCancel, EventLapse, EventHalfApplied, EventDelegated, EventApplied, EventWarn, EventStalled, EventDrift, EventRestore, EventEnd, EventHalfRemoved, EventRemoved,
	EventAutoApprove, EventOpenBreakGlass, EventReview, EventRemindReview, EventConsent, EventNarrow, EventRemind, EventEscalate, EventRequestExtension, EventExtend, EventDenyExtension, EventCancelExtension, EventExtended, EventSettle, EventDelayed, EventResumed,
}

// ready returns a grant in a state and the valid actions of a kind at a time.
// Only the state may forbid them.
func ready(s State, k EventKind) (g Grant, actions []Action, at time.Time) {
	g, rule := in(s), theRule()
	f := facts{at: noon.Add(2 * time.Hour), by: member(ada), Today: Today{Rule: &rule}, half: OwnerHalf, why: "because"}
	switch k {
	case EventAutoApprove:
		rule.Auto = []AutoRule{{Levels: []string{"read"}}}
	case EventOpenBreakGlass:
		g.BreakGlass, rule.BreakGlass = true, &BreakGlass{}
	case EventReview:
		g = broken(g)
	case EventConsent:
		f.by = member(bea)
		if s == Checking {
			g = must(theRules().Draft(g.ID, theDraft(), 0, noon))
		}
	case EventNarrow:
		f.to = Narrowing{Prefix: "builds/nightly", Level: g.Level, Term: 60}
	case EventRequestExtension:
		f.by, f.term = member(rita), 60
	case EventExtend, EventDenyExtension:
		if s == Active {
			g = free(60)
			f.revision = g.Revision
		}
	case EventCancelExtension:
		f.by = member(rita)
		if s == Active {
			g = more(g, 60)
		}
	case EventRestore:
		g.DriftedAt, rule.Heal = noon.Add(time.Hour), true
	case EventCancel:
		f.by = member(rita)
	case EventSettle, EventEnd:
		f.responder, f.at = true, g.ExpiresAt.Add(time.Hour)
	case EventDelegated:
		g.Principal.External = true
	case EventWarn:
		f.left = 15 * time.Minute
	case EventApplied, EventExtended, EventResumed:
		g = asked(asked(g, OwnerHalf, noon), GranteeHalf, noon)
		for i := range g.Parts {
			g.Parts[i].Confirmed = g.ExpiresAt
		}
	case EventRemoved:
		g.Owner.RemovedAt, g.Grantee.RemovedAt = noon, noon
	}
	return g, f.actions(k), f.at
}

// The expected transition table, written with the kinds' texts. A cell is the
// next state; missing events are refused.
const diagram = `
checking   delayed → checking, consent → checking, checked → pending, refused → refused, cancel → cancelled
pending    auto-approve → approved, break glass → approved, change → pending, remind → pending, escalate → pending, approve → approved, deny → denied, cancel → cancelled, lapse → lapsed
approved   confirm → approved, handed over → approved, applied → active, stuck → approved, drift → approved, put back → approved, end → ending
active     confirm → active, handed over → active, warn → active, ask extension → active, extend → active, deny extension → active, cancel extension → active, extended → active, stuck → active, drift → active, put back → active, resumed → active, remind → active, escalate → active, end → ending
ending     review → ending, remind of review → ending, clear → ending, stuck → ending, removed → ended, settle → ended
refused
denied
cancelled
lapsed
ended      review → ended, remind of review → ended
`

func TestEveryEventInEveryState(t *testing.T) {
	want := map[string]State{}
	states := 0
	for line := range strings.Lines(strings.TrimSpace(diagram)) {
		states++
		from, cells, _ := strings.Cut(strings.TrimSpace(line), " ")
		cells = strings.TrimSpace(cells)
		for cell := range strings.SplitSeq(cells, ",") {
			if kind, to, ok := strings.Cut(strings.TrimSpace(cell), " → "); ok {
				want[from+" "+kind] = State(to)
			}
		}
	}
	if states != len(States) {
		t.Fatalf("the diagram has %d states, and there are %d", states, len(States))
	}
	sentence := map[State]string{
		Checking:  "AWS checks of this request are still running.",
		Pending:   "This request is waiting for a decision.",
		Refused:   "This request was refused.",
		Denied:    "This request was already denied.",
		Cancelled: "This request was already cancelled.",
		Lapsed:    "This request expired without a decision.",
		Approved:  "This request was already approved, and is waiting for AWS.",
		Active:    "This request was already approved, and access is active.",
		Ending:    "This access is already ending.",
		Ended:     "This access has already ended.",
	}
	for _, s := range States {
		for _, k := range allKinds {
			g, actions, at := ready(s, k)
			for _, a := range actions {
				next, err := g.Apply(a, at)
				if to, possible := want[string(s)+" "+string(k)]; possible {
					if err != nil || next.State != to {
						t.Errorf("%T of a grant that is %s: now %s, %v; want %s", a, s, next.State, err, to)
					}
					if n := len(next.History); n != len(g.History)+1 || next.History[n-1].Kind != k || next.History[n-1].To != next.State || !next.History[n-1].At.Equal(at) {
						t.Errorf("%T of a grant that is %s: history ends with %+v", a, s, next.History[n-1])
					}
					continue
				}
				var no *Refusal
				says := sentence[s]
				if k == EventReview && (s == Approved || s == Active) {
					says = "Access has not ended, so its review can't be closed yet."
				}
				if !errors.As(err, &no) || no.Sentence != says {
					t.Errorf("%T of a grant that is %s: %v; want %q", a, s, err, sentence[s])
				}
				if fmt.Sprint(next) != fmt.Sprint(g) {
					t.Errorf("%T of a grant that is %s was refused, and changed it", a, s)
				}
			}
		}
	}
}

func TestWrongState(t *testing.T) {
	for _, c := range []struct {
		state State
		kind  EventKind
		want  string
		by    Person // who decided before
	}{
		{Checking, EventApprove, "AWS checks of this request are still running. Try again in a moment.", Person{}},
		{Checking, EventEnd, "AWS checks of this request are still running. The requester can cancel " +
			"it.", Person{}},
		{Pending, EventEnd, "This request is waiting for a decision. The requester can cancel it, and " +
			"an approver can deny it.", Person{}},
		{Pending, EventExtend, "This request is waiting for a decision.", Person{}},
		{Refused, EventApprove, "This request was refused.", Person{}},
		{Denied, EventApprove, "This request was already denied.", ada},
		{Denied, EventDeny, "This request was already denied.", ada},
		{Cancelled, EventApprove, "This request was already cancelled.", rita},
		{Lapsed, EventApprove, "This request expired without a decision.", Person{}},
		{Approved, EventApprove, "This request was already approved, and is waiting for AWS.", ada},
		{Approved, EventDeny, "This request was already approved, and is waiting for AWS. `/s3share end " +
			"7K2M9QXA` ends it.", ada},
		{Approved, EventExtend, "This request was already approved, and is waiting for AWS. Extend it once " +
			"AWS has confirmed it.", ada},
		{Active, EventApprove, "This request was already approved, and access is active.", ada},
		{Active, EventDeny, "This request was already approved, and access is active. `/s3share end " +
			"7K2M9QXA` ends it.", ada},
		{Active, EventCancel, "This request was already approved, and access is active. `/s3share end " +
			"7K2M9QXA` ends it.", ada},
		{Ending, EventEnd, "This access is already ending.", rita},
		{Ending, EventExtend, "This access is already ending. Submit a new request.", rita},
		{Ended, EventEnd, "This access has already ended.", rita},
		{Ended, EventExtend, "This access has already ended. Submit a new request.", rita},
	} {
		g, actions, at := ready(c.state, c.kind)
		_, err := g.Apply(actions[0], at)
		var no *Refusal
		if !errors.As(err, &no) || no.Error() != c.want || no.By != c.by {
			t.Errorf("%s of a grant that is %s: %v by %v; want %q by %v", c.kind, c.state, err, no.By, c.want, c.by)
		}
	}
}

// One approval of two is no decision, so the lapsed request names no decider.
func TestLapsedRequestNamesNoDecider(t *testing.T) {
	rule := theRule()
	rule.Approvals = 2
	g := must(in(Pending).Apply(Approve{By: member(ada), Today: Today{Rule: &rule}}, noon))
	g, _ = ApplyTimers(g, g.LapsesAt)
	_, err := g.Apply(Approve{By: member(bob), Today: Today{Rule: &rule}}, g.LapsesAt)
	var no *Refusal
	if !errors.As(err, &no) || no.By != (Person{}) || g.State != Lapsed {
		t.Errorf("%s: %v by %v", g.State, err, no.By)
	}
}

func TestConfirmationComesBeforeTheRecord(t *testing.T) {
	half := must(asked(in(Approved), OwnerHalf, noon).Half(OwnerHalf).RecordPresent(noon))
	cleared := must(in(Ending).Half(OwnerHalf).RecordAbsent(noon.Add(time.Hour)))
	external := asked(in(Approved), GranteeHalf, noon)
	external.Principal.External = true
	const halves, gone = "AWS has not confirmed the access yet.", "AWS has not confirmed the removal yet."
	for _, c := range []struct {
		name string
		g    Grant
		act  Action
		want string
	}{
		{"confirmed, the half of an external account", external, HalfApplied{GranteeHalf}, "The group membership in an external account can't be confirmed."},
		{"handed over, the bot's own half", asked(in(Approved), GranteeHalf, noon), Delegated{}, "Only a policy for an external account is handed over."},
		{"applied, nothing written", in(Approved), Applied{}, halves},
		{"applied, one half confirmed", half, Applied{}, halves},
		{"applied, the other half only written", asked(half, GranteeHalf, noon), Applied{}, halves},
		{"removed, nothing looked at", in(Ending), Removed{}, gone},
		{"removed, one half gone", cleared, Removed{}, gone},
	} {
		if _, err := c.g.Apply(c.act, noon.Add(2*time.Hour)); said(err) != c.want {
			t.Errorf("%s: %v; want %q", c.name, err, c.want)
		}
	}
}

// The tests above must cover every declared kind and state.
func TestTablesCoverEveryKindAndState(t *testing.T) {
	declared := map[string][]string{}
	for _, name := range []string{"event.go", "state.go"} {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if v, ok := n.(*ast.ValueSpec); ok && len(v.Values) == 1 {
				if typ, ok := v.Type.(*ast.Ident); ok {
					declared[typ.Name] = append(declared[typ.Name], strings.Trim(v.Values[0].(*ast.BasicLit).Value, `"`))
				}
			}
			return true
		})
	}
	for _, c := range []struct {
		what  string
		tried []string
	}{{"EventKind", texts(allKinds)}, {"State", texts(States)}} {
		slices.Sort(c.tried)
		slices.Sort(declared[c.what])
		if !slices.Equal(c.tried, declared[c.what]) {
			t.Errorf("declared as %s: %q; tried: %q", c.what, declared[c.what], c.tried)
		}
	}
}

func texts[T ~string](values []T) (all []string) {
	for _, v := range values {
		all = append(all, string(v))
	}
	return all
}

func TestStates(t *testing.T) {
	inAWS, open := "", ""
	for _, s := range States {
		if s.InAWS() {
			inAWS += string(s) + " "
		}
		if s.Open() {
			open += string(s) + " "
		}
		if s.InAWS() && transitions[s] == nil {
			t.Errorf("a grant that is %s may hold access and has no way out", s)
		}
	}
	if inAWS != "approved active ending " || open != "checking pending " {
		t.Errorf("AWS may hold access when %s; undecided when %s", inAWS, open)
	}
}
