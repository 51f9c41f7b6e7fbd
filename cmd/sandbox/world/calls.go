package world

import (
	"bytes"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"

	"s3share/internal/sim/awssim"
)

// An Interception runs once at a call of the bot.
type Interception struct {
	Op    string // an AWS operation, a Slack method or response_url
	After bool   // once the call has acted, before its reply; otherwise before it acts
	Kills bool   // Do kills the bot: a call that has not acted then never acts
	Do    func()
}

// Calls run functions around the calls of the bot.
type Calls struct {
	aws *awssim.World // keeps the interceptions of its own calls

	mu       sync.Mutex
	slack    []Interception
	afterAWS func() // after each call; nil for none
}

// Intercept runs a function at the next call of an operation.
func (c *Calls) Intercept(i Interception) {
	if strings.Contains(i.Op, ".") || i.Op == "response_url" {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.slack = append(c.slack, i)
		return
	}
	do, f := func(awssim.Call) { i.Do() }, awssim.Fault{Times: 1}
	switch {
	case i.After:
		f.After = do
	case i.Kills:
		f.Before, f.Refuse = do, "ServiceUnavailable"
	default:
		f.Before = do
	}
	c.aws.Fault(i.Op, f)
}

// AfterEachOfAWS runs a function after each call of AWS from now on.
func (c *Calls) AfterEachOfAWS(do func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.afterAWS = do
}

func (c *Calls) aroundAWS(next http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(rw, r)
		c.mu.Lock()
		do := c.afterAWS
		c.mu.Unlock()
		if do != nil {
			do()
		}
	})
}

// take returns the interception of a call of Slack.
func (c *Calls) take(method string) (found Interception, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for n, i := range c.slack {
		if i.Op == method {
			c.slack = append(c.slack[:n:n], c.slack[n+1:]...)
			return i, true
		}
	}
	return Interception{}, false
}

func (c *Calls) aroundSlack(next http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		method := strings.TrimPrefix(r.URL.Path, "/api/")
		if strings.HasPrefix(method, "/commands/") || strings.HasPrefix(method, "/actions/") {
			method = "response_url"
		}
		i, ok := c.take(method)
		switch {
		case !ok:
			next.ServeHTTP(rw, r)
		case i.After:
			reply := httptest.NewRecorder()
			next.ServeHTTP(reply, r)
			i.Do()
			maps.Copy(rw.Header(), reply.Header())
			rw.WriteHeader(reply.Code)
			io.Copy(rw, reply.Body) //nolint:errcheck // the client may have disconnected
		default:
			body, err := io.ReadAll(r.Body) // wait until the whole call has arrived
			if err != nil {
				panic(http.ErrAbortHandler)
			}
			i.Do()
			if i.Kills {
				panic(http.ErrAbortHandler)
			}
			r.Body = io.NopCloser(bytes.NewReader(body))
			next.ServeHTTP(rw, r)
		}
	})
}
