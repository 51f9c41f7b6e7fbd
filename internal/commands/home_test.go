package commands

import (
	"context"
	"testing"
	"time"

	"s3share/internal/grant"
)

// A Home finds the person's own ended grants behind any number of others.
func TestHomeFindsOwnEndedGrants(t *testing.T) {
	o := newOffice(t, 1)
	at := noon
	o.configure(func(c *Config) { c.Now = func() time.Time { at = at.Add(time.Second); return at } })
	id := o.pending()
	o.slash(by("UADA"), "deny "+id+" no")
	for range 205 {
		o.slash(by("UEVE"), requestText)
		for _, g := range o.all() {
			if g.State == grant.Checking {
				o.slash(by("UEVE"), "cancel "+string(g.ID))
				break
			}
		}
	}
	h, err := o.Queries.Home(context.Background(), by("URITA"))
	if err != nil || len(h.Recent) != 1 || string(h.Recent[0].ID) != id {
		t.Errorf("%d, %v", len(h.Recent), err)
	}
}
