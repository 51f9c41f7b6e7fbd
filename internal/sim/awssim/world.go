package awssim

import (
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"strings"
	"sync"
	"time"
)

// Config says how a [World] behaves. The zero value is sound.
type Config struct {
	Now func() time.Time // nil means time.Now

	// Settle is how long a written bucket policy, membership, group policy or
	// attachment stays unseen by reads and by access decisions.
	Settle time.Duration

	// PrincipalLag is how long bucket and trust policies refuse a principal
	// after it was made.
	PrincipalLag time.Duration

	// KeyIsPrefix says what S3 does not document: whether a GET or HEAD of a
	// missing object asks for s3:ListBucket with the key for s3:prefix. If so, a
	// caller who may list the folder reads 404; else 403, as one who may list
	// nothing.
	KeyIsPrefix bool

	// PageSize bounds the pages of lists for callers that name no size of
	// their own; zero means AWS's 100 in IAM and 1,000 in S3.
	PageSize int

	// OrgID is the organisation that all accounts belong to; empty means none.
	OrgID string

	// Unmodelled is told of each call the simulator does not know, so that a
	// test can fail. It may be nil.
	Unmodelled func(what string)
}

// A World is all accounts and what they hold. Its methods, and those of its
// accounts, may be called at the same time.
type World struct {
	cfg Config

	mu         sync.Mutex // guards all below, and everything in accounts
	accounts   map[string]*Account
	buckets    map[string]*bucket
	principals map[string]principal // users and roles that exist, by unique id
	keys       map[string]*accessKey
	minted     int // how many ids have been given out

	faults     []*fault
	calls      []Call
	unmodelled []string
}

// New returns a world without accounts.
func New(cfg Config) *World {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	return &World{
		cfg:        cfg,
		accounts:   map[string]*Account{},
		buckets:    map[string]*bucket{},
		principals: map[string]principal{},
		keys:       map[string]*accessKey{},
	}
}

// Account returns the account with this id of 12 digits, making it if need be.
// The name is what [World.Can] and people call it.
func (w *World) Account(id, name string) *Account {
	if !isAccountID(id) {
		panic("awssim: an account id has 12 digits, not " + id)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	a := w.accounts[id]
	if a == nil {
		a = &Account{
			w: w, id: id, name: name,
			users:    map[string]*user{},
			roles:    map[string]*role{},
			groups:   map[string]*group{},
			policies: map[string]*managedPolicy{},
			kms:      map[string]*kmsKey{},
			aliases:  map[string]*kmsKey{},
		}
		w.accounts[id] = a
	}
	return a
}

// now is the simulator's clock, in UTC.
func (w *World) now() time.Time { return w.cfg.Now().UTC() }

// mint returns a new unique id: the prefix and n characters that look random,
// the same ones in the same order in every run.
func (w *World) mint(prefix string, n int) string {
	w.minted++
	sum := sha256.Sum256(fmt.Appendf(nil, "awssim %d", w.minted))
	text := base32.StdEncoding.EncodeToString(sum[:])
	return prefix + strings.TrimRight(text, "=")[:n]
}

func isAccountID(s string) bool {
	return len(s) == 12 && strings.Trim(s, "0123456789") == ""
}

// versions is a value that readers see late.
type versions[T any] []version[T]

type version[T any] struct {
	at time.Time
	v  T
}

// newest is what a write acts on; the zero value if there was none.
func (vs versions[T]) newest() (v T) {
	if len(vs) > 0 {
		v = vs[len(vs)-1].v
	}
	return v
}

// seen is what a read at now shows: the newest value that has settled, else
// the oldest one there is.
func (vs versions[T]) seen(now time.Time, settle time.Duration) (v T) {
	for i := len(vs) - 1; i >= 0; i-- {
		if i == 0 || !now.Before(vs[i].at.Add(settle)) {
			return vs[i].v
		}
	}
	return v
}

// write adds a value that readers see once it has settled, and forgets those
// that no reader can see any more.
func (vs *versions[T]) write(v T, now time.Time, settle time.Duration) {
	before := vs.seen(now, settle)
	kept := versions[T]{{v: before}}
	for _, old := range *vs {
		if old.at.Add(settle).After(now) {
			kept = append(kept, old)
		}
	}
	*vs = append(kept, version[T]{at: now, v: v})
}

// set makes v the only value, seen at once.
func (vs *versions[T]) set(v T) { *vs = versions[T]{{v: v}} }
