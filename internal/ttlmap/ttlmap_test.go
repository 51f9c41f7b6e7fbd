package ttlmap

import (
	"testing"
	"time"
)

var noon = time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)

func TestFreshness(t *testing.T) {
	var m Map[string, int]
	m.Put("a", 1, noon, time.Minute)
	m.Put("b", 1, noon, time.Minute)
	m.Put("b", 2, noon.Add(30*time.Second), time.Second)
	for _, tt := range []struct {
		name, key string
		after     time.Duration
		want      int
		fresh     bool
	}{
		{"at once", "a", 0, 1, true},
		{"just before its end", "a", time.Minute - 1, 1, true},
		{"at its end", "a", time.Minute, 1, false},
		{"before it was put: the clock was set back", "a", -1, 1, false},
		{"replaced, with another time to live", "b", 30 * time.Second, 2, true},
		{"stale before what it replaced", "b", 31 * time.Second, 2, false},
		{"an unknown key", "c", 0, 0, false},
	} {
		if got, fresh := m.Get(tt.key, noon.Add(tt.after)); got != tt.want || fresh != tt.fresh {
			t.Errorf("%s: %d, fresh %t; want %d, %t", tt.name, got, fresh, tt.want, tt.fresh)
		}
	}
}

func TestEmptyMap(t *testing.T) {
	var m Map[string, int]
	if v, fresh := m.Get("a", noon); v != 0 || fresh {
		t.Errorf("%d, fresh %t", v, fresh)
	}
}

func TestFullMap(t *testing.T) {
	for _, tt := range []struct {
		name  string
		after time.Duration // until the entry that is one too many
		key   int
		left  int
	}{
		{"stale entries make room", time.Minute, maxEntries, 2},
		{"all entries make room for a new key", time.Second, maxEntries, 1},
		{"a known key needs no room", time.Second, 1, maxEntries},
	} {
		var m Map[int, int]
		m.Put(0, 0, noon, time.Hour)
		for k := 1; k < maxEntries; k++ {
			m.Put(k, k, noon, time.Minute)
		}
		m.Put(tt.key, 7, noon.Add(tt.after), time.Minute)
		if v, fresh := m.Get(tt.key, noon.Add(tt.after)); v != 7 || !fresh || len(m.entries) != tt.left {
			t.Errorf("%s: %d, fresh %t, %d entries; want %d", tt.name, v, fresh, len(m.entries), tt.left)
		}
	}
}
