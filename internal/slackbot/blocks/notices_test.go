package blocks

import (
	"testing"

	"s3share/internal/store"
)

// Each recipient gets one post of a kind about an event, so that its key identifies it.
func TestPostKeysDiffer(t *testing.T) {
	for name, g := range lives(t) {
		g.Beneficiary = person("U0BEA")
		seen := map[store.PostKey]bool{}
		for event := range g.History {
			for _, n := range Notices(g, event) {
				for _, recipient := range n.Recipients(g) {
					key := store.PostKey{Event: event, Kind: n.Kind, Recipient: recipient}
					if seen[key] || recipient == "" {
						t.Errorf("%s: event %d has two posts %+v, or one to nobody", name, event, key)
					}
					seen[key] = true
				}
			}
		}
	}
}
