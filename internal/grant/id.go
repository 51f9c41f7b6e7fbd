package grant

import (
	"crypto/rand"
	"strings"
)

// An ID names one grant: 8 characters of Crockford base32, upper case. 40
// random bits are few enough to type and many enough that a store of a million
// grants gives a new one a collision once in a million times; the store
// refuses that one.
type ID string

const (
	idLength  = 8
	crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
)

// NewID returns a random id. The randomness is the operating system's.
func NewID() ID {
	var raw [idLength]byte
	rand.Read(raw[:]) // never fails, crypto/rand says
	for i, b := range raw {
		raw[i] = crockford[b%32]
	}
	return ID(raw[:])
}

// ParseID reads an id as a person types it: any case, and with Crockford's
// readings of the letters that the alphabet leaves out.
func ParseID(s string) (ID, error) {
	up := strings.NewReplacer("O", "0", "I", "1", "L", "1").Replace(strings.ToUpper(strings.TrimSpace(s)))
	if len(up) != idLength || strings.Trim(up, crockford) != "" {
		return "", Refuse("%q is not the id of a grant.", clip(s, 40)).
			WithHint("An id has 8 letters and digits, like 7K2M9QXA; `/s3share list` shows yours.")
	}
	return ID(up), nil
}

// clip cuts a person's text to n runes for a sentence that quotes it.
func clip(s string, n int) string {
	r := []rune(s)
	if len(r) <= n {
		return s
	}
	return string(r[:n]) + "…"
}
