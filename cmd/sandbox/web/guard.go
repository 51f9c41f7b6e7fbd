package web

import (
	"encoding/json"
	"errors"
	"mime"
	"net"
	"net/http"
)

// guard accepts only requests from the page itself, on this machine. Any
// website can send requests to loopback, or let its own name resolve to
// loopback (DNS rebinding). The former lack the page's origin, and the latter
// the page's host.
func guard(host string, next http.Handler) http.Handler {
	_, port, _ := net.SplitHostPort(host)
	named := map[string]bool{host: true, "localhost:" + port: true}
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if !named[r.Host] {
			http.Error(rw, "This page is served only at http://"+host+"/. Open that address.", http.StatusMisdirectedRequest)
			return
		}
		if r.Method != http.MethodGet && r.Method != http.MethodHead && r.Header.Get("Origin") != "http://"+r.Host {
			http.Error(rw, "Only requests from the sandbox's own page are accepted.", http.StatusForbidden)
			return
		}
		h := rw.Header()
		h.Set("Content-Security-Policy",
			"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri "+
				"'none'; form-action 'none'; frame-ancestors 'none'")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cache-Control", "no-store")
		next.ServeHTTP(rw, r)
	})
}

// errImpossible is returned for an act on something that no longer exists,
// because the page is stale or another act came first.
var errImpossible = errors.New("that no longer exists; reload the page")

// answering serves a function over JSON. Messages for the reader are part of
// the answer; an error means that the page sent a bad request.
func answering[In, Out any](f func(*http.Request, In) (Out, error)) http.HandlerFunc {
	return func(rw http.ResponseWriter, r *http.Request) {
		if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind != "application/json" {
			http.Error(rw, "The Content-Type must be application/json.", http.StatusUnsupportedMediaType)
			return
		}
		var in In
		d := json.NewDecoder(http.MaxBytesReader(rw, r.Body, 1<<20))
		d.DisallowUnknownFields()
		if err := d.Decode(&in); err != nil {
			http.Error(rw, err.Error(), http.StatusBadRequest)
			return
		}
		out, err := f(r, in)
		if err != nil {
			http.Error(rw, err.Error(), http.StatusBadRequest)
			return
		}
		rw.Header().Set("Content-Type", "application/json")
		json.NewEncoder(rw).Encode(out) //nolint:errcheck // the browser may have disconnected
	}
}
