package boltstore

import (
	"testing"

	"s3share/internal/grant"
	"s3share/internal/store"
)

// A post of schema 2 is identified by its event and its recipient.
func TestKeyPosts(t *testing.T) {
	rita, bea := grant.Person{User: "U0RITA"}, grant.Person{User: "U0BEA"}
	kinds := []grant.EventKind{grant.EventRequest, grant.EventCheck, grant.EventApprove, grant.EventDelegated, grant.EventApplied, grant.EventDrift, grant.EventStalled, grant.EventRemoved, grant.EventNarrow}
	g := grant.Grant{Requester: rita, Beneficiary: bea}
	for _, k := range kinds {
		g.History = append(g.History, grant.Event{Kind: k})
	}
	for _, c := range []struct {
		kind  string
		event int
		want  store.PostKey
	}{
		{"card", 0, store.PostKey{Event: 0, Kind: "card", Recipient: store.ToChannel}},
		{"extension", 9, store.PostKey{Event: 9, Kind: "extension", Recipient: store.ToChannel}},
		{"consent", 0, store.PostKey{Event: 0, Kind: "consent", Recipient: "U0BEA"}},
		{"received", 8, store.PostKey{Event: 1, Kind: "received", Recipient: "U0RITA"}},
		{"received", 9, store.PostKey{Event: 1, Kind: "received", Recipient: "U0BEA"}},
		{"alert", 15, store.PostKey{Event: 1, Kind: "alert", Recipient: "U0RITA"}},
		{"thread", 16, store.PostKey{Event: 2, Kind: "thread", Recipient: store.ToThread}},
		{"alert", 24, store.PostKey{Event: 3, Kind: "alert", Recipient: store.ToAdmins}},
		{"granted", 33, store.PostKey{Event: 4, Kind: "granted", Recipient: "U0BEA"}},
		{"drift", 40, store.PostKey{Event: 5, Kind: "drift", Recipient: store.ToChannel}},
		{"alert", 40, store.PostKey{Event: 5, Kind: "alert", Recipient: store.ToChannel}},
		{"alert", 41, store.PostKey{Event: 5, Kind: "alert", Recipient: "U0RITA"}},
		{"alert", 42, store.PostKey{Event: 5, Kind: "alert", Recipient: "U0BEA"}},
		{"alert", 48, store.PostKey{Event: 6, Kind: "alert", Recipient: store.ToAdmins}},
		{"alert", 49, store.PostKey{Event: 6, Kind: "alert", Recipient: "U0RITA"}},
		{"ended", 56, store.PostKey{Event: 7, Kind: "ended", Recipient: "U0RITA"}},
		{"thread", 58, store.PostKey{Event: 7, Kind: "thread", Recipient: store.ToThread}},
		{"alert", 59, store.PostKey{Event: 7, Kind: "alert", Recipient: store.ToAdmins}},
		{"alert", 64, store.PostKey{Event: 8, Kind: "alert", Recipient: "U0RITA"}},
		{"alert", 800, store.PostKey{Event: 100, Kind: "alert", Recipient: "#0"}},
	} {
		got := keyPosts(g, []store.Post{{Kind: c.kind, Event: c.event, Channel: "C", TS: "1"}})[0]
		if got.Key() != c.want || got.Channel != "C" || got.TS != "1" {
			t.Errorf("%s %d is %+v, want %+v", c.kind, c.event, got, c.want)
		}
	}
}
