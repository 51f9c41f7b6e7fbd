package grant

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// The authority of a grant are the audit entries that opened or prolonged it.
// Each carries every field that opens access, and the record refers to them. So
// a record that was edited in the store's file differs from the approved one:
// see [Grant.HeldTo].

// A Ref identifies an entry of the audit chain.
type Ref struct {
	Seq  uint64 // 1 for the first
	Hash string // hex
}

// A Recorded is an entry with its place in the chain.
type Recorded struct {
	Ref
	Entry
}

// opens reports whether an event opened, prolonged or restored access.
func (ev Event) opens() bool {
	switch ev.Kind {
	case EventApprove, EventAutoApprove, EventOpenBreakGlass:
		return ev.To == Approved
	case EventExtend:
		return !ev.Expiry.IsZero()
	case EventRestore:
		return true
	}
	return false
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// authority returns every field of g that opens access, as an entry records it.
// Empty fields are included.
func authority(g Grant) map[string]string {
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

// authorityFields are the keys of [Grant.authority], in comparison order.
var authorityFields = []string{"principal", "principal_id", "bucket", "owner_account", "prefix", "object_actions",
	"bucket_actions", "start", "expiry"}

// Opened reports whether the entry opened, prolonged or restored its grant. It
// reads only the parts of an entry that the chain keeps.
func (e Entry) Opened() bool {
	ev := Event{Kind: EventKind(e.Kind), To: e.State}
	if e.Facts["expiry"] != "" {
		ev.Expiry = e.At // any non-zero time will do
	}
	return ev.opens()
}

// Closed reports whether the grant wants no access from AWS after the entry,
// because it was not approved yet or has ended.
func (e Entry) Closed() bool { return e.State != "" && e.State != Approved && e.State != Active }

// Paused reports whether the grant wants no access from AWS after the entry
// until an approver decides, because a part was changed outside s3share.
func (e Entry) Paused() bool { return e.Kind == string(EventDrift) }

// HeldTo compares g with the audit entries that opened it, and returns an error
// that names the first different field. The entries are those that the record
// refers to, oldest first. For each field the latest entry that carries it
// counts.
//
// Entries of a bot older than store schema 3 lack fields. Callers then put the
// request's entry first. A field that no entry carries is not compared.
func (g Grant) HeldTo(entries ...Entry) error {
	if len(entries) == 0 || !entries[len(entries)-1].Opened() {
		return errors.New("no audit entry says that it was approved")
	}
	for _, e := range entries {
		switch {
		case e.Grant != g.ID:
			return fmt.Errorf("an entry that it names is about %q", string(e.Grant))
		case !e.Opened() && e.Kind != string(EventRequest):
			return fmt.Errorf("an entry that it names (%q) opens nothing", e.Kind)
		}
	}
	approved, have := approvedFields(entries), authority(g)
	for _, field := range authorityFields {
		if value, there := approved[field]; there && value != have[field] {
			return fmt.Errorf("its %s is %q, and %q was approved", strings.ReplaceAll(field, "_", " "), have[field], value)
		}
	}
	return nil
}

// approvedFields merges the fields of the entries; later entries win.
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

// AsApproved returns g with the bucket, principal and expiry of its audit
// entries. It is used for a record that differs from them, so that access is
// removed where it was approved. Both halves count as not removed yet.
func (g Grant) AsApproved(accounts []Account, entries ...Entry) Grant {
	approved := approvedFields(entries)
	if name := approved["bucket"]; name != "" &&
		(name != g.Bucket.Name || approved["owner_account"] != g.Bucket.AccountID) {
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
	for _, half := range []*HalfStatus{&g.Owner, &g.Grantee} {
		half.AbsentAt, half.RemovedAt = time.Time{}, time.Time{}
	}
	return g
}
