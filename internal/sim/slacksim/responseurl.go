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

// responseURLs are the addresses at which the app may answer.
type responseURLs struct {
	*core
	conversations *conversations
	log           *callLog
	faults        *callFaults
	urls          map[string]*responseURL // by path
}

// newResponseURL creates a response URL and returns its address. The caller
// holds us.mu.
func (us *responseURLs) newResponseURL(channel, user, message string) string {
	family := "actions"
	if message == "" {
		family = "commands"
	}
	path := "/" + family + "/" + us.cfg.TeamID + "/" + us.id(digits, 13) + "/" + us.id(mixed, 24)
	us.urls[path] = &responseURL{channel: channel, user: user, message: message, at: us.cfg.Now()}
	return us.base + path
}

// ResponseURL creates a response URL as if user had typed a command in the
// channel, for payloads that the test makes.
func (us *responseURLs) ResponseURL(channel, user string) string {
	us.mu.Lock()
	defer us.mu.Unlock()
	return us.newResponseURL(channel, user, "")
}

// serveResponseURL handles the app's answer (docs.slack.dev/interactivity/
// handling-user-interaction, "Using response_url").
func (us *responseURLs) serveResponseURL(rw http.ResponseWriter, r *http.Request) {
	f := us.faults.takeFault("response_url", nil)
	req := &request{method: "response_url", args: object{}}
	raw, err := io.ReadAll(http.MaxBytesReader(rw, r.Body, maxBody))
	if err == nil && json.Unmarshal(raw, &req.args) != nil {
		err = refuse("invalid_payload")
	}
	if f.before(rw, r, func() { us.log.noteCall(req, f.String(), nil) }) {
		return
	}
	if err == nil {
		us.mu.Lock()
		err = us.respond(r.URL.Path, req)
		us.mu.Unlock()
	}
	us.log.noteCall(req, "", err)
	us.notify()
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

func (us *responseURLs) respond(path string, r *request) error {
	u, ok := us.urls[path]
	var ch *room
	if ok {
		ch, ok = us.conversations.channels[u.channel]
	}
	switch {
	case !ok:
		return refuse("no_such_url")
	case us.cfg.Now().Sub(u.at) > responseURLLife:
		return refuse("expired_url")
	case u.uses >= responseURLUses:
		return refuse("used_url")
	}
	u.uses++
	if r.flag("delete_original") {
		return us.deleteOriginal(u)
	}
	// Metadata is not a documented field, but clients that work with Slack send
	// an empty one.
	delete(r.args, "metadata")
	d, err := readDraft(r)
	if err != nil {
		return err
	}
	if r.flag("replace_original") && u.message != "" {
		if m := us.original(u); m != nil {
			us.conversations.rewrite(m, d)
			return nil
		}
	}
	if r.str("response_type") == "in_channel" {
		us.conversations.post(ch, d)
		return nil
	}
	us.conversations.whisper(ch, u.user, d)
	return nil
}

// original returns the message with the used element. An ephemeral can only be
// changed this way.
func (us *responseURLs) original(u *responseURL) *Message {
	for _, m := range us.conversations.hidden {
		if m.Channel == u.channel && m.TS == u.message {
			return m
		}
	}
	return us.conversations.channels[u.channel].find(u.message)
}

func (us *responseURLs) deleteOriginal(u *responseURL) error {
	m := us.original(u)
	if m == nil {
		return refuse("message_not_found")
	}
	same := func(x *Message) bool { return x == m }
	us.conversations.hidden = slices.DeleteFunc(us.conversations.hidden, same)
	ch := us.conversations.channels[u.channel]
	ch.messages = slices.DeleteFunc(ch.messages, same)
	return nil
}
