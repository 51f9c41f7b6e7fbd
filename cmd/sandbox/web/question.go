package web

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// A question is the access check that the page repeats.
type question struct {
	Who    string `json:"who"`
	Action string `json:"action"`
	Bucket string `json:"bucket"`
	Key    string `json:"key"`
}

// follow changes the question to the grant that was requested or approved last,
// once for each of these events. Between them the reader may ask about anything.
func (p *page) follow(accounts []account) {
	g := p.log.newest
	if g == nil || p.followed == p.log.news {
		return
	}
	who := nameOf(g.Principal, accounts)
	if who == "" {
		return // no principal of the simulated accounts
	}
	p.followed = p.log.news
	p.question = question{who, cmp.Or(actions[g.Level], "s3:GetObject"), g.Bucket, keyIn(g.Bucket, g.Prefix, accounts)}
}

// actions are what an access level allows first of all.
var actions = map[string]string{"write": "s3:PutObject", "put": "s3:PutObject"}

// nameOf is a principal's name in a question: build/test.user or
// build/role/deployer.
func nameOf(arn string, accounts []account) string {
	is := func(one principal) bool { return one.ARN == arn }
	for _, a := range accounts {
		if i := slices.IndexFunc(a.Users, is); i >= 0 {
			return a.Name + "/" + a.Users[i].Name
		}
		if i := slices.IndexFunc(a.Roles, is); i >= 0 {
			return a.Name + "/role/" + a.Roles[i].Name
		}
	}
	return ""
}

// keyIn is an object in a folder of a bucket.
func keyIn(name, prefix string, accounts []account) string {
	for _, a := range accounts {
		for _, b := range a.Buckets {
			i := slices.IndexFunc(b.Keys, func(key string) bool { return strings.HasPrefix(key, prefix) })
			if b.Name == name && i >= 0 {
				return b.Keys[i]
			}
		}
	}
	return strings.TrimSuffix(prefix, "/") + "/a.txt"
}

// An answer is AWS's decision with both halves.
type answer struct {
	Allowed bool   `json:"allowed"`
	Why     string `json:"why"`
	Owner   half   `json:"owner"`
	Grantee half   `json:"grantee"`
}

type half struct {
	Allowed bool   `json:"allowed"`
	Why     string `json:"why"`
}

func (p *page) answer() answer {
	q := p.question
	d := p.w.AWS.Can(q.Who, q.Action, q.Bucket, q.Key)
	return answer{d.Allowed, d.Why, half{d.Owner.Allowed, d.Owner.Why}, half{d.Grantee.Allowed, d.Grantee.Why}}
}

// serveScript sends the story so far as a script. It ends with the access check.
func (p *page) serveScript(rw http.ResponseWriter, _ *http.Request) {
	p.mu.Lock()
	q := p.question
	p.mu.Unlock()
	rw.Header().Set("Content-Type", "text/plain; charset=utf-8")
	fmt.Fprint(rw, p.story.Script(q.Who, q.Action, q.Bucket, q.Key)) //nolint:errcheck // the browser may have disconnected
}

// ask changes the access check that the page repeats.
func (p *page) ask(_ *http.Request, q question) (done, error) {
	p.mu.Lock()
	p.question = q
	p.mu.Unlock()
	p.look()
	return done{}, nil
}
