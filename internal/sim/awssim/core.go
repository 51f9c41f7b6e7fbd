package awssim

import (
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"strings"
	"sync"
	"time"
)

// core is the state of all accounts. Every part has it.
type core struct {
	cfg Config

	mu         sync.Mutex // guards all fields below, those of all parts, and everything in accounts
	accounts   map[string]*Account
	buckets    map[string]*bucket
	principals map[string]principal // existing users and roles, by unique id
	keys       map[string]*accessKey
	minted     int // number of ids created so far
}

// now is the simulator's clock, in UTC.
func (c *core) now() time.Time { return c.cfg.Now().UTC() }

// mint returns a new unique id: the prefix and n characters. They look random
// but are the same in every run.
func (c *core) mint(prefix string, n int) string {
	c.minted++
	sum := sha256.Sum256(fmt.Appendf(nil, "awssim %d", c.minted))
	text := base32.StdEncoding.EncodeToString(sum[:])
	return prefix + strings.TrimRight(text, "=")[:n]
}

func isAccountID(s string) bool {
	return len(s) == 12 && strings.Trim(s, "0123456789") == ""
}

// access decides who may do what.
type access struct{ *core }
