package grant

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// The authority of a grant are the audit entries that opened or prolonged it. Each
// of them carries every field that opens access, and the record names them, so that
// a record which somebody edited in the store's file is told from one that was
// approved: see [Grant.HeldTo].

// A Ref names an entry of the audit chain.
type Ref struct {
	Seq  uint64 // 1 for the first
	Hash string // hex
}

// A Recorded entry is one in its place in the chain.
type Recorded struct {
	Ref
	Entry
}

// opens reports whether an event opened, prolonged or restored access.
func (ev Event) opens() bool {
	switch ev.Kind {
	case Approve, Auto, Break:
		return ev.To == Approved
	case Extend:
		return !ev.Expiry.IsZero()
	case PutBack:
		return true
	}
	return false
}

// NameApprovals adds to each grant of c the references of the entries that open it.
// refs are those of all of c's entries, in their order. It copies what it changes,
// so that the grants of the caller stay as they are.
func (c *Change) NameApprovals(refs []Ref) {
	if !slices.ContainsFunc(c.Entries, func(e Entry) bool { return e.Opens }) {
		return
	}
	c.Grants = slices.Clone(c.Grants)
	for i, e := range c.Entries {
		at := slices.IndexFunc(c.Grants, func(g Grant) bool { return g.ID == e.Grant })
		if e.Opens && at >= 0 {
			g := &c.Grants[at]
			g.Approvals = append(slices.Clip(g.Approvals), refs[i])
		}
	}
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// authority returns every field of g that opens access, as an entry has it. All of
// them are there, also the empty ones.
func (g Grant) authority() map[string]string {
	start := ""
	if g.Scheduled {
		start = stamp(g.StartAt)
	}
	return map[string]string{
		"principal": g.Principal.ARN, "principal_id": g.Principal.UniqueID,
		"bucket": g.Bucket.Name, "owner_account": g.Bucket.AccountID, "prefix": g.Prefix,
		"object_actions": strings.Join(g.Level.Object, " "), "bucket_actions": strings.Join(g.Level.Bucket, " "),
		"start": start, "expiry": stamp(g.ExpiresAt),
	}
}

// authorityFields are the keys of [Grant.authority], in the order in which a
// difference is told.
var authorityFields = []string{"principal", "principal_id", "bucket", "owner_account", "prefix", "object_actions", "bucket_actions", "start", "expiry"}

// Opened reports whether an entry says that its grant was opened, prolonged or
// restored. It is told by what the chain has of it.
func (e Entry) Opened() bool {
	ev := Event{Kind: Kind(e.Kind), To: e.State}
	if e.Facts["expiry"] != "" {
		ev.Expiry = e.At // any time: only whether there is one counts
	}
	return ev.opens()
}

// Closed reports whether an entry says that its grant asks AWS for nothing, because it
// was not approved yet or is over.
func (e Entry) Closed() bool { return e.State != "" && e.State != Approved && e.State != Active }

// Paused reports whether an entry says that its grant asks AWS for nothing until
// somebody decides, because a part of it was changed outside.
func (e Entry) Paused() bool { return e.Kind == string(Drift) }

// HeldTo says in which field g is not what entries of the chain opened, or returns
// nil. The entries are those that the record names, the oldest first; a later one
// counts for the fields that it carries. Entries of a bot from before schema 3 of
// the store lack fields: then the entry of the request comes first, and a field that
// none of them carries is not compared.
func (g Grant) HeldTo(entries ...Entry) error {
	if len(entries) == 0 || !entries[len(entries)-1].Opened() {
		return errors.New("no audit entry says that it was approved")
	}
	for _, e := range entries {
		switch {
		case e.Grant != g.ID:
			return fmt.Errorf("an entry that it names is about %q", string(e.Grant))
		case !e.Opened() && e.Kind != string(Ask):
			return fmt.Errorf("an entry that it names (%q) opens nothing", e.Kind)
		}
	}
	approved, have := approvedFields(entries), g.authority()
	for _, field := range authorityFields {
		if value, there := approved[field]; there && value != have[field] {
			return fmt.Errorf("its %s is %q, and %q was approved", strings.ReplaceAll(field, "_", " "), have[field], value)
		}
	}
	return nil
}

// approvedFields returns the fields that entries carry, a later one before an earlier.
func approvedFields(entries []Entry) map[string]string {
	approved := map[string]string{}
	for _, e := range entries {
		for _, field := range authorityFields {
			if value, there := e.Facts[field]; there {
				approved[field] = value
			}
		}
	}
	return approved
}

// AsApproved returns g with the bucket, the principal and the expiry of entries of
// the chain. A grant whose record is something else is removed where it was approved
// to be, and not where the record says. Nothing of it counts as removed yet.
func (g Grant) AsApproved(accounts []Account, entries ...Entry) Grant {
	approved := approvedFields(entries)
	if name := approved["bucket"]; name != "" && (name != g.Bucket.Name || approved["owner_account"] != g.Bucket.AccountID) {
		g.Bucket = Bucket{Name: name, AccountID: approved["owner_account"]}
		for _, a := range accounts {
			if a.ID == g.Bucket.AccountID {
				g.Bucket.Account, g.Bucket.Region = a.Name, a.Region
			}
		}
	}
	if p, err := ParsePrincipal(approved["principal"], accounts); err == nil && p.ARN != g.Principal.ARN {
		p.External = g.Principal.External
		g.Principal = p
	}
	if id := approved["principal_id"]; id != "" {
		g.Principal.UniqueID = id
	}
	if expiry, err := time.Parse(time.RFC3339, approved["expiry"]); err == nil {
		g.ExpiresAt = expiry
	}
	for _, half := range []*Progress{&g.Owner, &g.Grantee} {
		half.GoneAt, half.ClearedAt = time.Time{}, time.Time{}
	}
	return g
}
