package slacksim

import (
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"time"
)

// A responseURL lets the app answer one act of one person for a limited time.
type responseURL struct {
	channel string
	user    string
	message string // ts of the message with the used element; "" for a slash command
	at      time.Time
	uses    int
}

// newResponseURL creates a response URL and returns its address. The caller
// holds w.mu.
func (w *Workspace) newResponseURL(channel, user, message string) string {
	family := "actions"
	if message == "" {
		family = "commands"
	}
	path := "/" + family + "/" + w.cfg.TeamID + "/" + w.id(digits, 13) + "/" + w.id(mixed, 24)
	w.urls[path] = &responseURL{channel: channel, user: user, message: message, at: w.cfg.Now()}
	return w.base + path
}

// ResponseURL creates a response URL as if user had typed a command in the
// channel, for payloads that the test makes.
func (w *Workspace) ResponseURL(channel, user string) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.newResponseURL(channel, user, "")
}

// serveResponseURL handles the app's answer (docs.slack.dev/interactivity/
// handling-user-interaction, "Using response_url").
func (w *Workspace) serveResponseURL(rw http.ResponseWriter, r *http.Request) {
	f := w.takeFault("response_url", nil)
	req := &request{method: "response_url", args: object{}}
	raw, err := io.ReadAll(http.MaxBytesReader(rw, r.Body, maxBody))
	if err == nil && json.Unmarshal(raw, &req.args) != nil {
		err = refuse("invalid_payload")
	}
	if f.before(rw, r, func() { w.noteCall(req, f.String(), nil) }) {
		return
	}
	if err == nil {
		w.mu.Lock()
		err = w.respond(r.URL.Path, req)
		w.mu.Unlock()
	}
	w.noteCall(req, "", err)
	w.notify()
	if f.after(rw, r) {
		return
	}
	if refused, ok := err.(*refusal); ok {
		full := object{"ok": false, "error": refused.code}
		for k, v := range refused.with {
			full[k] = v
		}
		writeJSON(rw, refusedStatus(refused.code), full)
		return
	}
	writeAnswer(rw, nil, err)
}

func refusedStatus(code string) int {
	switch code {
	case "expired_url", "used_url", "no_such_url":
		return http.StatusNotFound
	}
	return http.StatusOK
}

func (w *Workspace) respond(path string, r *request) error {
	u, ok := w.urls[path]
	var ch *room
	if ok {
		ch, ok = w.channels[u.channel]
	}
	switch {
	case !ok:
		return refuse("no_such_url")
	case w.cfg.Now().Sub(u.at) > responseURLLife:
		return refuse("expired_url")
	case u.uses >= responseURLUses:
		return refuse("used_url")
	}
	u.uses++
	if r.flag("delete_original") {
		return w.deleteOriginal(u)
	}
	// Metadata is not a documented field, but clients that work with Slack send
	// an empty one.
	delete(r.args, "metadata")
	d, err := readDraft(r)
	if err != nil {
		return err
	}
	if r.flag("replace_original") && u.message != "" {
		if m := w.original(u); m != nil {
			w.rewrite(m, d)
			return nil
		}
	}
	if r.str("response_type") == "in_channel" {
		w.post(ch, d)
		return nil
	}
	w.whisper(ch, u.user, d)
	return nil
}

// original returns the message with the used element. An ephemeral can only be
// changed this way.
func (w *Workspace) original(u *responseURL) *Message {
	for _, m := range w.hidden {
		if m.Channel == u.channel && m.TS == u.message {
			return m
		}
	}
	return w.channels[u.channel].find(u.message)
}

func (w *Workspace) deleteOriginal(u *responseURL) error {
	m := w.original(u)
	if m == nil {
		return refuse("message_not_found")
	}
	same := func(x *Message) bool { return x == m }
	w.hidden = slices.DeleteFunc(w.hidden, same)
	ch := w.channels[u.channel]
	ch.messages = slices.DeleteFunc(ch.messages, same)
	return nil
}
