package grant

import "testing"

func TestMaxExtension(t *testing.T) {
	at := func(hours int) Grant { return Grant{StartAt: noon, ExpiresAt: noon.Add(Term(hours * 60).Duration())} }
	by := func(g Grant, evs ...Event) Grant { g.History = evs; return g }
	rule := Rule{MaxTerm: 4 * 60, MaxTotal: 6 * 60, FreeExtension: 90}
	for _, c := range []struct {
		name       string
		g          Grant
		most, free Term
	}{
		{"new", at(1), 4 * 60, 90},
		{"near the total", at(4), 2 * 60, 90},
		{"nearer", at(5), 60, 60},
		{"at the total", at(6), 0, 0},
		{"past it, as the rule was made shorter", at(7), 0, 0},
		{"the free one is used up", by(at(4), Event{Kind: EventExtend}), 2 * 60, 0},
		{"an approved extension leaves the free one", by(at(4), Event{Kind: EventExtend, By: Person{User: "UADA"}}), 2 * 60, 90},
		{"approved by a rule", by(at(4), Event{Kind: EventAutoApprove}), 2 * 60, 0},
	} {
		if most, free := rule.MaxExtension(c.g); most != c.most || free != c.free {
			t.Errorf("%s: %s and %s for free, want %s and %s", c.name, most, free, c.most, c.free)
		}
	}
}
