package awssim

import (
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"strings"
	"sync"
	"time"
)

// Config configures a [World]. The zero value is sound.
type Config struct {
	Now func() time.Time // nil means time.Now

	// Settle is the delay until reads and access decisions see a written bucket
	// policy, membership, group policy or attachment.
	Settle time.Duration

	// PrincipalLag is how long bucket and trust policies refuse a newly created
	// principal.
	PrincipalLag time.Duration

	// KeyIsPrefix selects an undocumented behaviour: whether a GET or HEAD of a
	// missing object checks s3:ListBucket with the key as s3:prefix. If so, a
	// caller who may list the folder gets 404. Otherwise the caller gets 403,
	// like one who may not list at all.
	KeyIsPrefix bool

	// PageSize limits the pages of lists if the caller gives no size. Zero
	// means AWS's defaults: 100 in IAM and 1,000 in S3.
	PageSize int

	// OrgID is the organisation of all accounts; "" for none.
	OrgID string

	// Unmodelled, if set, is called for each unmodelled request, so that a test
	// can fail.
	Unmodelled func(what string)
}

// A World is all accounts and their content. Its methods, and those of its
// accounts, are safe for concurrent use.
type World struct {
	cfg Config

	mu         sync.Mutex // guards all fields below, and everything in accounts
	accounts   map[string]*Account
	buckets    map[string]*bucket
	principals map[string]principal // existing users and roles, by unique id
	keys       map[string]*accessKey
	minted     int // number of ids created so far

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

// Account returns the account with this id of 12 digits, and creates it if
// necessary. The name is its name in [World.Can] and for people.
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

// mint returns a new unique id: the prefix and n characters. They look random
// but are the same in every run.
func (w *World) mint(prefix string, n int) string {
	w.minted++
	sum := sha256.Sum256(fmt.Appendf(nil, "awssim %d", w.minted))
	text := base32.StdEncoding.EncodeToString(sum[:])
	return prefix + strings.TrimRight(text, "=")[:n]
}

func isAccountID(s string) bool {
	return len(s) == 12 && strings.Trim(s, "0123456789") == ""
}

// versions is a value whose changes readers see with a delay.
type versions[T any] []version[T]

type version[T any] struct {
	at time.Time
	v  T
}

// newest is the value that writes act on, or the zero value.
func (vs versions[T]) newest() (v T) {
	if len(vs) > 0 {
		v = vs[len(vs)-1].v
	}
	return v
}

// seen is the value that a read at now shows: the newest settled value, or the
// oldest if none has settled.
func (vs versions[T]) seen(now time.Time, settle time.Duration) (v T) {
	for i := len(vs) - 1; i >= 0; i-- {
		if i == 0 || !now.Before(vs[i].at.Add(settle)) {
			return vs[i].v
		}
	}
	return v
}

// write adds a value that readers see once it has settled. It drops values that
// no reader can see any more.
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

// set makes v the only value, visible at once.
func (vs *versions[T]) set(v T) { *vs = versions[T]{{v: v}} }
