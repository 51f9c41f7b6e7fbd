package slackbot

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"s3share/internal/backoff"
	"s3share/internal/commands"
	"s3share/internal/slackbot/blocks"
	"s3share/internal/slackbot/outbox"
)

const (
	updateEvery    = time.Second // the shortest interval between two updates of one form
	updatesAtOnce  = 1000        // forms; in any other, the summary waits for the next action
	updateAttempts = 3           // of an update that Slack neither accepted nor refused
)

// formUpdates updates open forms while people fill them in: at most once in updateEvery for each form,
// with its newest action.
//
// An update never overwrites typed text. Slack keeps the value of each input with the same block_id and
// action_id, and reads the initial values of an update only for new inputs
// (docs.slack.dev/reference/views, "Preserving input entry in views"). So these ids never change while
// a form is open. Slack also refuses an update with the hash of an older view (hash_conflict), so a
// delayed update cannot replace a newer one, and a repeated one has no second effect.
type formUpdates struct {
	send func(ctx context.Context, a formAction, hash string) (newHash string, err error)
	log  *slog.Logger

	fresh chan *openForm // forms that nothing updates yet

	mu      sync.Mutex
	forms   map[string]*openForm // by view id; only those with an update in the last second
	stopped bool
}

// A formAction is an action in an open form, with the values of all fields.
type formAction struct {
	call   commands.Invocation
	view   string
	hash   string // of the view that the person saw
	at     string // Slack's time of the action, which orders the actions of a form
	values blocks.RequestValues

	more    bool // *More options* is open
	toggles bool // the action opens or closes it
}

// An openForm is a form with recent actions. formUpdates.mu guards it.
type openForm struct {
	latest   formAction
	due      bool
	more     bool   // the last press of *More options* or *Fewer options*
	pressed  string // and its time; "": none was seen
	hash     string // of the last update; "": unknown
	failures int
}

func newFormUpdates(send func(context.Context, formAction, string) (string, error), log *slog.Logger) *formUpdates {
	return &formUpdates{send: send, log: log, fresh: make(chan *openForm, updatesAtOnce), forms: map[string]*openForm{}}
}

// run updates forms until ctx ends, and then waits for the updates in flight.
func (u *formUpdates) run(ctx context.Context) {
	var working sync.WaitGroup
	defer working.Wait()
	for {
		select {
		case f := <-u.fresh:
			working.Go(func() { u.update(ctx, f) })
		case <-ctx.Done():
			u.mu.Lock()
			defer u.mu.Unlock()
			u.stopped = true
			clear(u.forms)
			return
		}
	}
}

// note schedules an update of the form of an action.
func (u *formUpdates) note(ctx context.Context, a formAction) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if f := u.forms[a.view]; f != nil {
		f.note(a)
		return
	}
	if u.stopped {
		return
	}
	if len(u.forms) >= updatesAtOnce {
		u.log.WarnContext(ctx, "too many forms are open: one is not updated", "person", a.call.By.User)
		return
	}
	f := new(openForm)
	f.note(a)
	u.forms[a.view] = f
	select {
	case u.fresh <- f:
	default: // not reached: it has room for all forms
	}
}

// note keeps the newest action. Actions arrive out of order, because there are several connections.
func (f *openForm) note(a formAction) {
	if a.toggles && a.at >= f.pressed {
		f.more, f.pressed, f.due = a.more, a.at, true
	}
	if a.at >= f.latest.at {
		f.latest, f.due = a, true
	}
}

// cancel drops the waiting update of a submitted form: an update removes the errors beside its fields.
func (u *formUpdates) cancel(view string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if f := u.forms[view]; f != nil {
		f.due = false
	}
}

// update updates a form until it has no newer action.
func (u *formUpdates) update(ctx context.Context, f *openForm) {
	defer func() {
		if p := recover(); p != nil {
			u.log.ErrorContext(ctx, "panic while updating a form", "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
		}
		u.mu.Lock()
		defer u.mu.Unlock()
		u.forget(f)
	}()
	for {
		a, hash, ok := u.next(f)
		if !ok {
			return
		}
		newHash, err := u.send(ctx, a, hash)
		pause, limited := outbox.LimitedFor(err)
		if !limited {
			pause = updateEvery
		}
		if !u.sent(ctx, f, a, hash, newHash, err) || !backoff.Wait(ctx, pause) {
			return
		}
	}
}

// next takes the newest action, and the hash of the view that it updates. Without one, the form is
// forgotten.
func (u *formUpdates) next(f *openForm) (a formAction, hash string, ok bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if !f.due {
		u.forget(f)
		return a, "", false
	}
	f.due, a, hash = false, f.latest, f.hash
	if hash == "" {
		hash = a.hash
	}
	if f.pressed != "" {
		a.more = f.more
	}
	return a, hash, true
}

// forget removes a form. The caller holds formUpdates.mu.
func (u *formUpdates) forget(f *openForm) {
	if u.forms[f.latest.view] == f {
		delete(u.forms, f.latest.view)
	}
}

// sent records the result of an update. It returns false if the form is closed. An unknown outcome is
// retried with the same hash, so that it has effect once.
func (u *formUpdates) sent(ctx context.Context, f *openForm, a formAction, hash, newHash string,
	err error) (open bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	_, limited := outbox.LimitedFor(err)
	switch {
	case err == nil:
		f.hash, f.failures = newHash, 0
	case outbox.SaidBySlack(err, "not_found", "view_not_found"):
		return false
	case outbox.SaidBySlack(err, "hash_conflict"): // an update whose outcome was unknown took effect
		f.hash = ""
		f.due = f.due || a.hash != hash
	case f.failures < updateAttempts-1 && (limited || !outbox.IsPermanent(err)):
		f.failures++
		f.due = true
	default:
		f.failures = 0
		u.log.WarnContext(ctx, "updating the request form", "person", a.call.By.User, "err", err)
	}
	return true
}
