package slacksim

import (
	"encoding/json"
	"maps"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A method is one method of the Web API.
type method struct {
	do     func(*Workspace, *request) (object, error)
	app    bool     // requires an app token instead of a bot token
	scopes []string // the token needs all of them
	tier   int      // calls per minute; zero means the limits on posts
}

// Tiers of docs.slack.dev/apis/web-api/rate-limits, in calls per minute.
const (
	tier2 = 20
	tier3 = 50
	tier4 = 100
)

var methods = map[string]method{
	"apps.connections.open": {
		do: (*Workspace).appsConnectionsOpen, app: true, scopes: []string{"connections:write"}, tier: tier3},
	"auth.test":             {do: (*Workspace).authTest, tier: 600},
	"blocks.validate":       {do: (*Workspace).blocksValidate, tier: tier4},
	"bots.info":             {do: (*Workspace).botsInfo, scopes: []string{"users:read"}, tier: tier3},
	"chat.delete":           {do: (*Workspace).chatDelete, scopes: []string{"chat:write"}, tier: tier3},
	"chat.getPermalink":     {do: (*Workspace).chatGetPermalink, tier: 600},
	"chat.postEphemeral":    {do: (*Workspace).chatPostEphemeral, scopes: []string{"chat:write"}, tier: tier4},
	"chat.postMessage":      {do: (*Workspace).chatPostMessage, scopes: []string{"chat:write"}},
	"chat.update":           {do: (*Workspace).chatUpdate, scopes: []string{"chat:write"}, tier: tier3},
	"conversations.history": {do: (*Workspace).conversationsHistory, tier: tier3},
	"conversations.info":    {do: (*Workspace).conversationsInfo, tier: tier3},
	"conversations.members": {do: (*Workspace).conversationsMembers, tier: tier4},
	"conversations.open":    {do: (*Workspace).conversationsOpen, tier: tier3},
	"conversations.replies": {do: (*Workspace).conversationsReplies, tier: tier3},
	"files.completeUploadExternal": {
		do: (*Workspace).filesCompleteUploadExternal, scopes: []string{"files:write"}, tier: tier4},
	"files.getUploadURLExternal": {
		do: (*Workspace).filesGetUploadURLExternal, scopes: []string{"files:write"}, tier: tier4},
	"team.info":             {do: (*Workspace).teamInfo, scopes: []string{"team:read"}, tier: tier3},
	"usergroups.list":       {do: (*Workspace).usergroupsList, scopes: []string{"usergroups:read"}, tier: tier2},
	"usergroups.users.list": {do: (*Workspace).usergroupsUsersList, scopes: []string{"usergroups:read"}, tier: tier2},
	"users.info":            {do: (*Workspace).usersInfo, scopes: []string{"users:read"}, tier: tier4},
	"users.lookupByEmail":   {do: (*Workspace).usersLookupByEmail, scopes: []string{"users:read.email"}, tier: tier3},
	"views.open":            {do: (*Workspace).viewsOpen, tier: tier4},
	"views.publish":         {do: (*Workspace).viewsPublish, tier: tier4},
	"views.push":            {do: (*Workspace).viewsPush, tier: tier4},
	"views.update":          {do: (*Workspace).viewsUpdate, tier: tier4},
}

// Methods returns the names of the modelled methods, sorted.
func Methods() []string { return slices.Sorted(maps.Keys(methods)) }

// allScopes are the scopes of the default bot token.
func allScopes() []string {
	return []string{
		"channels:history", "channels:read", "chat:write", "commands", "files:write", "groups:history", "groups:read",
		"im:history", "im:read", "im:write", "mpim:history", "mpim:read", "mpim:write", "team:read", "usergroups:read",
		"users:read", "users:read.email",
	}
}

// A refusal is an answer with "ok": false.
type refusal struct {
	code string
	with object // further fields of the answer
}

func (r *refusal) Error() string { return r.code }

func refuse(code string) error { return &refusal{code: code} }

// refuseArguments is Slack's answer to malformed arguments.
func refuseArguments(messages ...string) error {
	for i, m := range messages {
		messages[i] = "[ERROR] " + m
	}
	return &refusal{code: "invalid_arguments", with: object{"response_metadata": object{"messages": messages}}}
}

// A Rejection is a call or message that Slack refused, or dropped silently.
type Rejection struct {
	Method   string // a method, "response_url", "socket", "ack", or "view_submission" for the content of its ack
	Error    string
	Messages []string // the faults of the blocks or arguments, in Slack's words
}

// A Call is one request to the Web API or to a response URL.
type Call struct {
	Method string
	Args   map[string]any // without the token
	Answer map[string]any // without "ok"; nil if the call was refused
	At     time.Time
	Error  string // Slack's error code; "" for ok; "cut" or "HTTP 503" if a fault prevented the call
}

// Calls returns all requests so far, oldest first.
func (w *Workspace) Calls() []Call {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.calls)
}

// Count returns the number of calls of a method, refused ones included.
func (w *Workspace) Count(method string) int {
	n := 0
	for _, c := range w.Calls() {
		if c.Method == method {
			n++
		}
	}
	return n
}

// Rejected returns all rejections so far, oldest first. Refusals by a [LastError]
// are not included.
func (w *Workspace) Rejected() []Rejection {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.rejected)
}

// Unmodelled returns the names of called methods that are not modelled, once
// per call.
func (w *Workspace) Unmodelled() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.unmodelled)
}

func (w *Workspace) serveAPI(rw http.ResponseWriter, r *http.Request, name string) {
	req, err := readRequest(rw, r, name)
	m, known := methods[name]
	if !known {
		w.noteUnmodelled(name)
		http.Error(rw, name+" is not modelled", http.StatusNotImplemented)
		return
	}
	f := w.takeFault(name, req)
	if f.before(rw, r, func() { w.noteCall(req, f.String(), nil) }) {
		return
	}
	var answer object
	var wait time.Duration
	if err == nil {
		wait, answer, err = w.act(m, req)
	}
	w.noteAnswer(req, answer, err)
	w.notify()
	if f.after(rw, r) {
		return
	}
	rw.Header().Set("X-OAuth-Scopes", strings.Join(w.scopes(m), ","))
	if len(m.scopes) > 0 {
		rw.Header().Set("X-Accepted-OAuth-Scopes", strings.Join(m.scopes, ","))
	}
	if wait > 0 {
		tooManyRequests(rw, wait)
		return
	}
	writeAnswer(rw, answer, err)
}

// act performs one call. If a rate limit applies, it returns the wait instead.
func (w *Workspace) act(m method, req *request) (wait time.Duration, answer object, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.authorise(m, req); err != nil {
		return 0, nil, err
	}
	if wait := w.limits.take(req, m.tier); wait > 0 {
		return wait, nil, refuse("ratelimited")
	}
	answer, err = m.do(w, req)
	return 0, answer, err
}

func (w *Workspace) authorise(m method, req *request) error {
	want, other := w.cfg.BotToken, w.cfg.AppToken
	if m.app {
		want, other = other, want
	}
	switch req.token {
	case want:
	case "":
		return refuse("not_authed")
	case other:
		return refuse("not_allowed_token_type")
	default:
		return refuse("invalid_auth")
	}
	for _, s := range m.scopes {
		if !slices.Contains(w.scopes(m), s) {
			return missingScope(s, w.scopes(m))
		}
	}
	return nil
}

func (w *Workspace) scopes(m method) []string {
	if m.app {
		return w.cfg.AppScopes
	}
	return w.cfg.Scopes
}

// need refuses if the bot token lacks a scope. The required scope depends on
// the arguments.
func (w *Workspace) need(scope string) error {
	if slices.Contains(w.cfg.Scopes, scope) {
		return nil
	}
	return missingScope(scope, w.cfg.Scopes)
}

func missingScope(needed string, provided []string) error {
	return &refusal{code: "missing_scope", with: object{"needed": needed, "provided": strings.Join(provided, ",")}}
}

func (w *Workspace) noteUnmodelled(name string) {
	w.mu.Lock()
	w.unmodelled = append(w.unmodelled, name)
	w.mu.Unlock()
	if w.cfg.Unmodelled != nil {
		w.cfg.Unmodelled(name)
	}
	w.notify()
}

func (w *Workspace) noteCall(req *request, fault string, err error) {
	w.note(Call{Error: fault}, req, err)
}

func (w *Workspace) noteAnswer(req *request, answer object, err error) {
	w.note(Call{Answer: answer}, req, err)
}

func (w *Workspace) note(call Call, req *request, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	call.Method, call.Args, call.At = req.method, req.args, w.cfg.Now()
	if r, ok := err.(*refusal); ok {
		call.Error = r.code
		w.rejected = append(w.rejected, Rejection{req.method, r.code, r.messages()})
	}
	w.calls = append(w.calls, call)
	w.notifyLocked()
}

func (r *refusal) messages() []string {
	meta, _ := r.with["response_metadata"].(object)
	messages, _ := meta["messages"].([]string)
	return messages
}

func writeAnswer(rw http.ResponseWriter, answer object, err error) {
	full := object{"ok": err == nil}
	if r, ok := err.(*refusal); ok {
		full["error"] = r.code
		answer = r.with
	}
	for k, v := range answer {
		full[k] = v
	}
	writeJSON(rw, http.StatusOK, full)
}

func writeJSON(rw http.ResponseWriter, status int, v any) {
	rw.Header().Set("Content-Type", "application/json; charset=utf-8")
	rw.WriteHeader(status)
	_ = json.NewEncoder(rw).Encode(v) // ignore clients that disconnected
}

func tooManyRequests(rw http.ResponseWriter, wait time.Duration) {
	rw.Header().Set("Retry-After", strconv.Itoa(max(1, int(math.Ceil(wait.Seconds())))))
	writeJSON(rw, http.StatusTooManyRequests, object{"ok": false, "error": "ratelimited"})
}
