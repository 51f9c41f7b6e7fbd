package slacksim

import (
	"maps"
	"net/http"
	"slices"
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
