package slacksim

import (
	"fmt"
	"regexp"
	"time"
)

// A trigger is a person's act. Its trigger_id lets the app open a modal.
type trigger struct {
	user string
	view string // the id of the modal with the act, or ""
	at   time.Time
	used bool
}

var triggerForm = regexp.MustCompile(`^\d+\.\d+\.[0-9a-f]+$`)

// newTrigger returns the id of a new trigger. The caller holds vs.mu.
func (vs *openViews) newTrigger(user, view string) string {
	id := fmt.Sprintf("%s.%s.%s", vs.id(digits, 13), vs.id(digits, 12), vs.id(hexDigits, 32))
	vs.triggers[id] = &trigger{user: user, view: view, at: vs.cfg.Now()}
	return id
}

// Trigger creates a trigger_id as if user had typed a command, for payloads
// that the test makes.
func (vs *openViews) Trigger(user string) string {
	vs.mu.Lock()
	defer vs.mu.Unlock()
	return vs.newTrigger(user, "")
}

// pull uses up a trigger. The error codes are those in the reference of
// views.open; a guide calls them trigger_expired and trigger_exchanged.
func (vs *openViews) pull(id string) (*trigger, error) {
	if !triggerForm.MatchString(id) {
		return nil, refuseArguments("invalid `trigger_id`")
	}
	t, ok := vs.triggers[id]
	switch {
	case !ok:
		return nil, refuse("invalid_trigger_id")
	case t.used:
		return nil, refuse("exchanged_trigger_id")
	case vs.cfg.Now().Sub(t.at) > vs.cfg.TriggerLife:
		return nil, refuse("expired_trigger_id")
	}
	t.used = true
	return t, nil
}
