// Command serve serves awssim on an address of its own, for clients in other
// languages. It creates the accounts that ../story.py and ../story.mjs use.
//
// Its first line of output is a JSON object: the address, the address of the
// levers below, and credentials. It ends when its standard input closes.
//
//	POST /clock?add=2h      moves the simulator's clock
//	POST /leave?user=bob    deletes a user as an administrator would
//	POST /fault?op=GetUser&code=ServiceFailure
//	                        refuses the next call of an operation
//	GET  /unmodelled        lists unmodelled requests as JSON
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"sync"
	"time"

	"s3share/internal/sim/awssim"
)

// A key is a pair of credentials.
type key struct {
	ID     string `json:"id"`
	Secret string `json:"secret"`
}

func main() {
	c := &clock{t: time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)}
	keyIsPrefix := flag.Bool("key-is-prefix", false, "a missing object of a folder that the caller may list is a 404")
	flag.Parse()
	w := awssim.New(awssim.Config{Now: c.now, KeyIsPrefix: *keyIsPrefix})
	keys := company(w)
	levers := http.NewServeMux()
	levers.HandleFunc("POST /clock", func(rw http.ResponseWriter, r *http.Request) {
		d, err := time.ParseDuration(r.FormValue("add"))
		if err != nil {
			http.Error(rw, err.Error(), http.StatusBadRequest)
			return
		}
		c.add(d)
	})
	levers.HandleFunc("POST /leave", func(rw http.ResponseWriter, r *http.Request) {
		w.Account("111111111111", "").DeleteUser(r.FormValue("user"))
	})
	levers.HandleFunc("POST /fault", func(rw http.ResponseWriter, r *http.Request) {
		w.Fault(r.FormValue("op"), awssim.Fault{Refuse: r.FormValue("code"), Times: 1})
	})
	levers.HandleFunc("GET /unmodelled", func(rw http.ResponseWriter, r *http.Request) {
		list := w.Unmodelled()
		if list == nil {
			list = []string{}
		}
		json.NewEncoder(rw).Encode(list) //nolint:errcheck // the client reports a broken answer
	})
	err := json.NewEncoder(os.Stdout).Encode(map[string]any{"url": listen(w), "levers": listen(levers), "keys": keys})
	if err != nil {
		fail(err)
	}
	io.Copy(io.Discard, os.Stdin) //nolint:errcheck // exit on error too
}

// listen serves h on loopback and returns its address.
func listen(h http.Handler) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fail(err)
	}
	go http.Serve(l, h) //nolint:errcheck,gosec // ends with the program
	return "http://" + l.Addr().String()
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

type clock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}
