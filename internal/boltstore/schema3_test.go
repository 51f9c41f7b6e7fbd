package boltstore

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	bolt "go.etcd.io/bbolt"

	"s3share/internal/grant"
	"s3share/internal/store"
)

var update = flag.Bool("update", false, "write the form that the records have now into testdata")

// The form of the records matches the testdata of the schema. The form of a released schema never
// changes, because existing stores could not be read correctly.
func TestFormOfTheRecords(t *testing.T) {
	var have strings.Builder
	for _, record := range []any{
		fromGrant(everyField[grant.Grant](0)), fromDelivery(everyField[store.Delivery](0)), everyField[noteRecord](0),
		everyField[lease](0), everyField[link](0), everyField[headRecord](0),
	} {
		text, err := json.MarshalIndent(record, "", "  ")
		must(t, err)
		fmt.Fprintf(&have, "%T %s\n", record, text)
	}
	fmt.Fprintf(&have, "states %q\n", grant.States)
	fmt.Fprintf(&have, "outcomes %q\n", []grant.Outcome{grant.Expired, grant.Relinquished, grant.Revoked, grant.Failed, grant.Settled})
	fmt.Fprintf(&have, "events %q\n", []grant.EventKind{
		grant.EventRequest, grant.EventCheck, grant.EventConsent, grant.EventReject, grant.EventApprove, grant.EventDeny, grant.EventCancel, grant.EventLapse, grant.EventHalfApplied,
		grant.EventDelegated, grant.EventApplied, grant.EventWarn, grant.EventNarrow, grant.EventAutoApprove, grant.EventOpenBreakGlass, grant.EventReview, grant.EventRemindReview,
		grant.EventRemind, grant.EventEscalate, grant.EventRequestExtension, grant.EventExtend, grant.EventDenyExtension, grant.EventCancelExtension, grant.EventExtended, grant.EventStalled,
		grant.EventDrift, grant.EventRestore, grant.EventEnd, grant.EventHalfRemoved, grant.EventRemoved, grant.EventSettle, grant.EventResumed,
	})
	fmt.Fprintf(&have, "halves %q %q\n", grant.OwnerHalf, grant.GranteeHalf)
	fmt.Fprintf(&have, "parts %q\n", []grant.PartKind{grant.Statement, grant.Membership, grant.Attachment, grant.ByAdmin})
	fmt.Fprintf(&have, "loops %q\n", loops)
	path := filepath.Join("testdata", fmt.Sprintf("schema%d.txt", schema))
	if *update {
		must(t, os.WriteFile(path, []byte(have.String()), 0o600))
	}
	want, err := os.ReadFile(path)
	must(t, err)
	if diff := cmp.Diff(string(want), have.String()); diff != "" {
		t.Errorf("the form of the records is not that of schema %d (-schema +now). "+
			"Once the schema is released, add the next with a migration; before that, run with -update:\n%s", schema, diff)
	}
}

// Records of schema 2 keep their contents in schema 3. The test compares the stored texts, so that
// no conversion hides a loss.
func TestRecordsOfSchema2(t *testing.T) {
	path := unpacked(t, "schema2full.db.gz")
	before := texts(t, path)
	s := open(t, path)
	must(t, s.Examine(ctx, noon))
	allSealed(t, s)
	must(t, s.Close())
	after := texts(t, path)
	if len(before) < 6 || before["grants FULL0000"] == nil {
		t.Fatalf("the store has %d records", len(before))
	}
	for key, want := range before {
		if strings.HasSuffix(key, "delivery") {
			continue // see [TestPostsOfSchema2]
		}
		if diff := cmp.Diff(want, after[key]); diff != "" {
			t.Errorf("%q says something else (-schema 2 +schema 3):\n%s", key, diff)
		}
	}
}

func TestPostsOfSchema2(t *testing.T) {
	path := unpacked(t, "schema2full.db.gz")
	s := open(t, path)
	for _, when := range []string{"opened", "examined"} {
		d, err := s.Delivery(ctx, "T0LD0000")
		must(t, err)
		var have []string
		for _, p := range d.Posts {
			have = append(have, fmt.Sprintf("%s %s %d %s", p.TS, p.Kind, p.Event, p.Recipient))
		}
		want := []string{
			"1 card 0 channel", "2 consent 0 U0BEN", "3 received 1 U0RITA", "4 received 1 U0BEN", "5 alert 1 U0RITA", "6 thread 2 thread",
			" granted 3 U0RITA", "8 granted 3 U0BEN", "9 alert 4 admins", "10 alert 4 U0RITA", "11 alert 4 U0BEN", "12 drift 5 channel",
			"13 alert 5 U0RITA", "14 alert 6 channel", "15 extension 7 channel", "16 alert 9 admins", "17 reconfirm 10 channel",
			"18 warning 10 U0BEN", "19 ended 11 U0RITA", "20 ended 11 U0BEN", "21 thread 11 thread", "22 alert 11 admins",
		}
		if diff := cmp.Diff(want, have); diff != "" {
			t.Errorf("%s, the posts have other keys (-want +have):\n%s", when, diff)
		}
		if d.Told != len(toldKinds) || d.Reply != "https://hooks.slack.com/x" || d.Attempts != 2 || d.LastError != "fault" || d.Version != 1 {
			t.Errorf("%s, the delivery is %+v", when, d)
		}
		must(t, s.Examine(ctx, noon))
	}
	g, err := s.Get(ctx, "T0LD0000")
	must(t, err)
	if want := told(); len(g.History) != len(want.History) || g.History[11].Kind != grant.EventRemoved {
		t.Errorf("its history is %+v", g.History)
	}
}

// texts returns the records of a store by bucket and key, without empty members.
func texts(t *testing.T, path string) map[string]any {
	t.Helper()
	db, err := bolt.Open(path, 0o600, &bolt.Options{ReadOnly: true})
	must(t, err)
	defer db.Close()
	all := map[string]any{}
	must(t, db.View(func(tx *bolt.Tx) error {
		for _, name := range [][]byte{grantsBucket, notesBucket, leasesBucket} {
			must(t, tx.Bucket(name).ForEach(func(key, value []byte) error {
				if bytes.HasSuffix(key, wakesKey("")) {
					return nil
				}
				var said any
				if isSealed(value) {
					version, text, err := unseal(name, key, value)
					must(t, err)
					must(t, json.Unmarshal(text, &said))
					said = map[string]any{"version": float64(version), "record": said}
					if bytes.Equal(name, leasesBucket) {
						said = said.(map[string]any)["record"]
					}
				} else {
					must(t, json.Unmarshal(value, &said))
				}
				said = pruned(said)
				if m := said.(map[string]any); m["record"] != nil {
					delete(m, "schema")
					delete(m["record"].(map[string]any), "Version")
				}
				all[string(name)+" "+string(key)] = said
				return nil
			}))
		}
		return nil
	}))
	return all
}

// pruned removes empty members.
func pruned(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for key, member := range v {
			switch member = pruned(member); member {
			case nil, "", 0.0, false, "0001-01-01T00:00:00Z":
				delete(v, key)
			default:
				v[key] = member
			}
		}
		if len(v) == 0 {
			return nil
		}
	case []any:
		for i := range v {
			v[i] = pruned(v[i])
		}
		if len(v) == 0 {
			return nil
		}
		return fmt.Sprint(v) // comparable
	}
	return v
}

// allSealed fails unless every value of the store has a checksum.
func allSealed(t *testing.T, s *Store) {
	t.Helper()
	must(t, s.file.view(func(tx *bolt.Tx) error {
		for _, name := range [][]byte{grantsBucket, deliveriesBucket, indexBucket, notesBucket, leasesBucket} {
			must(t, tx.Bucket(name).ForEach(func(key, value []byte) error {
				if _, _, err := unseal(name, key, value); err != nil {
					t.Errorf("%s %q: %v", name, key, err)
				}
				return nil
			}))
		}
		return nil
	}))
	if bad := s.Unreadable(ctx); len(bad) > 0 {
		t.Errorf("damaged: %+v", bad)
	}
}
