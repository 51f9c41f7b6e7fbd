package boltstore

import (
	"testing"

	"s3share/internal/grant"
)

// A post of schema 2 is identified by its event and its recipient.
func TestKeyPosts(t *testing.T) {
	rita, bea := grant.Person{User: "U0RITA"}, grant.Person{User: "U0BEA"}
	kinds := []grant.EventKind{grant.Request, grant.Check, grant.Approve, grant.Delegated, grant.Applied, grant.Drift, grant.Stalled, grant.Removed, grant.Narrow}
	g := grant.Grant{Requester: rita, Beneficiary: bea}
	for _, k := range kinds {
		g.History = append(g.History, grant.Event{Kind: k})
	}
	for _, c := range []struct {
		kind  string
		event int
		want  grant.PostKey
	}{
		{"card", 0, grant.PostKey{Event: 0, Kind: "card", Recipient: grant.ToChannel}},
		{"extension", 9, grant.PostKey{Event: 9, Kind: "extension", Recipient: grant.ToChannel}},
		{"consent", 0, grant.PostKey{Event: 0, Kind: "consent", Recipient: "U0BEA"}},
		{"received", 8, grant.PostKey{Event: 1, Kind: "received", Recipient: "U0RITA"}},
		{"received", 9, grant.PostKey{Event: 1, Kind: "received", Recipient: "U0BEA"}},
		{"alert", 15, grant.PostKey{Event: 1, Kind: "alert", Recipient: "U0RITA"}},
		{"thread", 16, grant.PostKey{Event: 2, Kind: "thread", Recipient: grant.ToThread}},
		{"alert", 24, grant.PostKey{Event: 3, Kind: "alert", Recipient: grant.ToAdmins}},
		{"granted", 33, grant.PostKey{Event: 4, Kind: "granted", Recipient: "U0BEA"}},
		{"drift", 40, grant.PostKey{Event: 5, Kind: "drift", Recipient: grant.ToChannel}},
		{"alert", 40, grant.PostKey{Event: 5, Kind: "alert", Recipient: grant.ToChannel}},
		{"alert", 41, grant.PostKey{Event: 5, Kind: "alert", Recipient: "U0RITA"}},
		{"alert", 42, grant.PostKey{Event: 5, Kind: "alert", Recipient: "U0BEA"}},
		{"alert", 48, grant.PostKey{Event: 6, Kind: "alert", Recipient: grant.ToAdmins}},
		{"alert", 49, grant.PostKey{Event: 6, Kind: "alert", Recipient: "U0RITA"}},
		{"ended", 56, grant.PostKey{Event: 7, Kind: "ended", Recipient: "U0RITA"}},
		{"thread", 58, grant.PostKey{Event: 7, Kind: "thread", Recipient: grant.ToThread}},
		{"alert", 59, grant.PostKey{Event: 7, Kind: "alert", Recipient: grant.ToAdmins}},
		{"alert", 64, grant.PostKey{Event: 8, Kind: "alert", Recipient: "U0RITA"}},
		{"alert", 800, grant.PostKey{Event: 100, Kind: "alert", Recipient: "#0"}},
	} {
		got := keyPosts(g, []grant.Post{{Kind: c.kind, Event: c.event, Channel: "C", TS: "1"}})[0]
		if got.Key() != c.want || got.Channel != "C" || got.TS != "1" {
			t.Errorf("%s %d is %+v, want %+v", c.kind, c.event, got, c.want)
		}
	}
}
