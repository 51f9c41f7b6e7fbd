package commands

import (
	"context"
	"fmt"
	"strings"
	"time"

	"s3share/internal/commands/parse"
	"s3share/internal/grant"
	"s3share/internal/store"
)

// An EndAllPreview is a typed end-all that its sender has not confirmed.
type EndAllPreview struct {
	At      time.Time    // when the grants were listed
	Target  string       // for an answer
	Person  grant.Person // replaces PersonMark in Target and Now
	Reason  string
	Grants  []grant.Grant // what it would end now; none: there is nothing to confirm
	Damaged []grant.ID    // those of Grants with a damaged record
	Notes   string        // about damaged records and undecided requests; may be empty
	Now     string        // the command that ends them without a confirmation
	nothing Answer
}

// PreviewEndAll reads a typed end-all, and lists the grants that it would end. It stores nothing.
func (s *Service) PreviewEndAll(ctx context.Context, c Invocation, text string) (p EndAllPreview, err error) {
	typed, err := s.Parser.read(ctx, c, text)
	if err != nil {
		return p, err
	}
	t, ok := typed.(parse.EndAll)
	if !ok {
		return p, grant.Refuse("That is no end-all.")
	}
	if p, err = s.Endings.previewEndAll(ctx, c, t); err == nil {
		p.Now = s.Parser.endAllNow(ctx, t)
	}
	return p, err
}

func (e *Endings) previewEndAll(ctx context.Context, c Invocation, t parse.EndAll) (p EndAllPreview, err error) {
	if _, err := e.mayEndAll(ctx, c, t); err != nil {
		return p, err
	}
	f := filter{t.Filter}
	p = EndAllPreview{At: e.now(), Target: f.orEverything(), Person: f.person(), Reason: t.Reason}
	open, err := e.covered(ctx, f, grant.Approved, grant.Active)
	if err != nil {
		return p, err
	}
	waiting, err := e.undecided(ctx, f)
	if err != nil {
		return p, err
	}
	damaged, unclear := e.damagedCovered(ctx, f)
	for _, g := range damaged {
		p.Damaged = append(p.Damaged, g.ID)
	}
	p.Grants = append(damaged, open...)
	p.Notes = strings.TrimSpace(unclearNote(unclear) + waiting.note())
	if len(p.Grants) > 0 {
		return p, nil
	}
	p.nothing = nothingToEnd(f, unclearNote(unclear)+waiting.note())
	if len(unclear) == 0 {
		err = e.isKnown(ctx, c, f)
	}
	return p, err
}

// Question asks for the confirmation.
func (p EndAllPreview) Question() string { return "End " + p.count() + "?" }

// count is the number of grants and of people.
func (p EndAllPreview) count() string {
	people := map[string]bool{}
	for _, g := range p.Grants {
		people[g.Beneficiary.User] = true
	}
	if n := len(people); n != 1 {
		return fmt.Sprintf("%s of %d people", grants(len(p.Grants)), n)
	}
	return grants(len(p.Grants)) + " of 1 person"
}

// Unconfirmed is the answer if the sender could not be asked for a confirmation, or if there is
// nothing to confirm.
func (p EndAllPreview) Unconfirmed() Answer {
	if len(p.Grants) == 0 {
		return p.nothing
	}
	them := "them"
	if len(p.Grants) == 1 {
		them = "it"
	}
	text := fmt.Sprintf("Nothing was ended: I couldn't open the dialog that asks first. It would end %s: %s. To end %s "+
		"now, type %s.", p.count(), p.Target, them, p.Now)
	return Answer{Text: text, Person: p.Person}
}

// longestRepeated is the longest reason that an answer repeats in a command.
const longestRepeated = 200

// endAllNow returns the command that ends without a confirmation: with its reason, unless that would
// be read differently there. A mention works only outside code.
func (p *Parser) endAllNow(ctx context.Context, t parse.EndAll) string {
	target := "everything"
	if !t.IsEmpty() {
		target = t.String()
	}
	command, reason := "end-all "+target+" now ", "<reason>"
	again, err := p.peek(ctx, command+t.Reason)
	if same, ok := again.(parse.EndAll); err == nil && ok && same.Now && same.Reason == t.Reason &&
		len(t.Reason) <= longestRepeated && !strings.ContainsAny(t.Reason, "`\n<>&") {
		reason = t.Reason
	}
	if t.Person != "" {
		return "/s3share end-all " + PersonMark + " now " + reason
	}
	return "`/s3share " + command + reason + "`"
}

// A Listed is the list that a person saw before they confirmed an end-all. The journal stores it.
type Listed struct {
	Grants int       `json:"grants"`
	At     time.Time `json:"at"`
}

// difference says how the n ended grants differ from the list; "" if they do not. A nil list means
// that none was shown.
func (l *Listed) difference(ended []grant.Grant, n int) string {
	if l == nil {
		return ""
	}
	added := 0
	for _, g := range ended {
		approved := g.Last(grant.EventApprove, grant.EventAutoApprove, grant.EventOpenBreakGlass)
		if approved != nil && approved.At.After(l.At) {
			added++
		}
	}
	added = max(added, n-l.Grants)
	text := ""
	if added > 0 {
		text = fmt.Sprintf(" %d of them %s not in the list: approved after you opened it.", added, wasWere(added))
	}
	if gone := l.Grants - (n - added); gone > 0 {
		text += fmt.Sprintf(" %d in the list %s ending or ended already.", gone, wasWere(gone))
	}
	return text
}

func wasWere(n int) string {
	if n == 1 {
		return "was"
	}
	return "were"
}

// An undecidedCount counts the requests that match an end-all and wait for a decision.
type undecidedCount struct {
	n      int
	frozen bool
}

func (e *Endings) undecided(ctx context.Context, f filter) (undecidedCount, error) {
	all, err := e.covered(ctx, f, grant.Checking, grant.Pending)
	if err != nil {
		return undecidedCount{}, err
	}
	freeze, err := store.Frozen(ctx, e.store)
	return undecidedCount{len(all), freeze != nil}, err
}

// note says that the requests are not ended. It names the freeze as the next step, or says that it is
// in force.
func (u undecidedCount) note() string {
	if u.n == 0 {
		return ""
	}
	text, them, approval := fmt.Sprintf(" %d requests still wait for a decision; ", u.n), "they", "their approval"
	if u.n == 1 {
		text, them, approval = " 1 request still waits for a decision; ", "it", "its approval"
	}
	if u.frozen {
		return text + them + " can't be approved while s3share is frozen."
	}
	return text + "`/s3share freeze <reason>` blocks " + approval + "."
}
