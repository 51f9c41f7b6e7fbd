package grant

import (
	"crypto/rand"
	"strings"
)

// An ID identifies a grant: 8 characters of Crockford base32, upper case. Its
// 40 random bits are short enough to type. In a store of a million grants, a
// new id collides once in a million times, and the store refuses that one.
type ID string

const (
	idLength  = 8
	crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
)

// NewID returns an id from the operating system's random source.
func NewID() ID {
	var raw [idLength]byte
	rand.Read(raw[:]) // never fails, see crypto/rand
	for i, b := range raw {
		raw[i] = crockford[b%32]
	}
	return ID(raw[:])
}

// ParseID reads an id as typed: any case, and O, I and L as Crockford defines
// them.
func ParseID(s string) (ID, error) {
	up := strings.NewReplacer("O", "0", "I", "1", "L", "1").Replace(strings.ToUpper(strings.TrimSpace(s)))
	if len(up) != idLength || strings.Trim(up, crockford) != "" {
		return "", Refuse("%q is not the id of a grant.", clip(s, 40)).
			WithHint("An id has 8 letters and digits, like 7K2M9QXA;").WithCommand("list", "shows yours.")
	}
	return ID(up), nil
}

// clip shortens a person's text to n runes, for quoting.
func clip(s string, n int) string {
	r := []rune(s)
	if len(r) <= n {
		return s
	}
	return string(r[:n]) + "…"
}
