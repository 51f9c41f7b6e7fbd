package slacksim

import (
	"fmt"
	"regexp"
	"time"
)

// A trigger is what a trigger_id stands for: something that a person did.
type trigger struct {
	user string
	view string // the modal in which it was done, if any
	at   time.Time
	used bool
}

var triggerForm = regexp.MustCompile(`^\d+\.\d+\.[0-9a-f]+$`)

// newTrigger returns the id of a new trigger. The caller holds w.mu.
func (w *Workspace) newTrigger(user, view string) string {
	id := fmt.Sprintf("%s.%s.%s", w.id(digits, 13), w.id(digits, 12), w.id(hexDigits, 32))
	w.triggers[id] = &trigger{user: user, view: view, at: w.cfg.Now()}
	return id
}

// Trigger returns a new trigger_id, as user gets by a command; for payloads of
// the test's own making.
func (w *Workspace) Trigger(user string) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.newTrigger(user, "")
}

// pull uses up a trigger. The words are those of the reference of views.open;
// a guide says trigger_expired and trigger_exchanged.
func (w *Workspace) pull(id string) (*trigger, error) {
	if !triggerForm.MatchString(id) {
		return nil, refuseArguments("invalid `trigger_id`")
	}
	t, ok := w.triggers[id]
	switch {
	case !ok:
		return nil, refuse("invalid_trigger_id")
	case t.used:
		return nil, refuse("exchanged_trigger_id")
	case w.cfg.Now().Sub(t.at) > w.cfg.TriggerLife:
		return nil, refuse("expired_trigger_id")
	}
	t.used = true
	return t, nil
}
