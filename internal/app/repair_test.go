package app

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"s3share/internal/boltstore"
	"s3share/internal/config"
	"s3share/internal/grant"
	"s3share/internal/store"
)

// damagedStore makes a store with two active grants, and flips a bit in the record of one.
func damagedStore(t *testing.T) (c config.Config, id grant.ID) {
	t.Helper()
	ctx, path := t.Context(), filepath.Join(t.TempDir(), "s3share.db")
	c = config.Config{Store: path, Rules: grant.Rules{
		Rules: []grant.Rule{{Bucket: "fixtures", Account: "nonprod", Levels: []string{"read"}, MaxTerm: 480, Approvers: grant.People{Users: []string{"U0ADA"}}}},
		Accounts: []grant.Account{
			{Name: "nonprod", ID: "222222222222", Region: "us-east-1", Partition: "aws"}, {Name: "build", ID: "111111111111", Partition: "aws"},
		},
		Levels: grant.BuiltinLevels(), RequestTTL: 24 * 60, WarnBefore: []grant.Term{15},
	}}
	db, err := boltstore.Open(boltstore.Config{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	for n, reason := range []string{"nightly build", "another"} {
		id = grant.ID([]string{"7K2M9QXA", "7K2M9QXB"}[n])
		live(ctx, t, db, c.Rules, id, reason)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	damaged := bytes.ReplaceAll(text, []byte(`"Reason":"nightly build"`), []byte(`"Reason":"nightly b5ild"`))
	if err := os.WriteFile(path, damaged, 0o600); err != nil {
		t.Fatal(err)
	}
	return c, "7K2M9QXA"
}

// live brings a grant to active.
func live(ctx context.Context, t *testing.T, db store.Store, rules grant.Rules, id grant.ID, reason string) {
	t.Helper()
	rita := grant.Person{Team: "T0TEAM", User: "U0RITA"}
	ada := grant.Actor{Person: grant.Person{Team: "T0TEAM", User: "U0ADA"}, Standing: grant.Member}
	at := time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)
	var g grant.Grant
	put := func(next grant.Grant, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		change := store.Tx{At: at}
		change.Put(g, next)
		if err := db.Commit(ctx, change); err != nil {
			t.Fatal(err)
		}
		if g, err = db.Get(ctx, id); err != nil {
			t.Fatal(err)
		}
	}
	put(rules.Draft(id, grant.Draft{Target: "fixtures/a", Level: "read", Principal: "build/ann", Term: "8h", Reason: reason, Requester: rita}, 0, at))
	who := g.Principal
	who.UniqueID = "AIDAANN"
	put(g.Apply(grant.Check{Principal: &who, Rule: &g.Rule}, at))
	put(g.Apply(grant.Approve{By: ada, Today: grant.Today{Rule: &g.Rule}}, at))
	put(g.Half(grant.OwnerHalf).WithWriteIntent(grant.Statement, []string{"S3Share" + string(id)}, at).Half(grant.OwnerHalf).RecordPresent(at))
	put(g.Half(grant.GranteeHalf).WithWriteIntent(grant.Membership, []string{"arn:aws:iam::111111111111:group/s3share/s3share"}, at).Half(grant.GranteeHalf).RecordPresent(at))
	if g.State != grant.Active {
		t.Fatalf("%s is %s", id, g.State)
	}
}

func TestRepair(t *testing.T) {
	c, id := damagedStore(t)
	at := time.Date(2026, 11, 2, 13, 0, 0, 0, time.UTC)
	repair := func(answer string, yes bool) (string, error) {
		var out bytes.Buffer
		err := Repair(t.Context(), RepairOptions{Config: c, In: strings.NewReader(answer), Out: &out, Now: func() time.Time { return at }, Yes: yes})
		return out.String(), err
	}
	running, err := boltstore.Open(boltstore.Config{Path: c.Store})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := repair("y\n", false); err == nil || !strings.Contains(err.Error(), "is the bot already running?") {
		t.Errorf("beside the bot: %v", err)
	}
	if _, err := running.Get(t.Context(), id); !errors.Is(err, store.ErrUnreadable) {
		t.Fatalf("the record is not damaged: %v", err)
	}
	running.Close()
	for _, answer := range []string{"", "n\n", "\n", "yes please\n"} {
		said, err := repair(answer, false)
		if !errors.Is(err, errUnrepaired) || !strings.Contains(said, "Write it? [y/N] Left as it is.") {
			t.Errorf("answered %q: %v, %s", answer, err, said)
		}
	}
	said, err := repair("y\n", false)
	want := `grant 7K2M9QXA: the stored record is damaged: its checksum does not match.
From 6 audit entries, the last of 2026-11-02 12:00:00 UTC (applied), it would be:
  state        active
  access       read on s3://fixtures/a/ in account 222222222222
  actions      s3:GetObject s3:GetObjectVersion s3:GetObjectTagging s3:GetObjectAttributes s3:ListBucket
  principal    arn:aws:iam::111111111111:user/ann AIDAANN
  requester    U0RITA
  reason       nightly build
  duration     8h
  requested    2026-11-02 12:00:00 UTC
  starts       2026-11-02 12:00:00 UTC
  expires      2026-11-02 20:00:00 UTC
  in AWS       statement S3Share7K2M9QXA
  in AWS       membership arn:aws:iam::111111111111:group/s3share/s3share
Write it? [y/N] Written. The bot compares it with AWS when it starts.
`
	if err != nil || said != want {
		t.Errorf("%v, said\n%s\nwant\n%s", err, said, want)
	}
	if said, err := repair("", true); err != nil || said != c.Store+": every record can be read.\n" {
		t.Errorf("a second time: %v, %s", err, said)
	}
	repaired(t, c, id)
}

// repaired checks that the repaired record behaves like any other.
func repaired(t *testing.T, c config.Config, id grant.ID) {
	t.Helper()
	ctx := t.Context()
	db, err := boltstore.Open(boltstore.Config{Path: c.Store})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	gs, err := db.List(ctx, store.Query{Bucket: "fixtures", States: []grant.State{grant.Active}})
	if err != nil || len(gs) != 2 {
		t.Errorf("%d grants are listed, %v", len(gs), err)
	}
	g, err := db.Get(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	var approving []grant.Entry
	for _, ref := range g.Approvals {
		all, err := db.Chain(ctx, ref.Seq-1, 1)
		if err != nil || all[0].Hash != ref.Hash {
			t.Fatalf("entry %d: %v", ref.Seq, err)
		}
		approving = append(approving, all[0].Entry)
	}
	if err := g.HeldTo(approving...); err != nil {
		t.Errorf("it is not what was approved: %v", err)
	}
	due, err := db.Due(ctx, grant.OwnerWorker, g.ExpiresAt, 10)
	if err != nil || len(due) == 0 {
		t.Errorf("nothing looks at AWS again: %v, %v", due, err)
	}
	next, err := g.Apply(grant.Fail{}, g.StartAt)
	if err != nil {
		t.Fatal(err)
	}
	change := store.Tx{At: g.StartAt}
	change.Put(g, next)
	if err := db.Commit(ctx, change); err != nil {
		t.Errorf("ending it: %v", err)
	}
	if head, err := db.Verify(ctx); err != nil || head.Seq != 14 {
		t.Errorf("the chain has %d entries, %v", head.Seq, err)
	}
}

// --yes writes without confirmation.
func TestRepairWithoutAsking(t *testing.T) {
	c, id := damagedStore(t)
	var out bytes.Buffer
	err := Repair(t.Context(), RepairOptions{Config: c, In: strings.NewReader(""), Out: &out, Now: time.Now, Yes: true})
	if err != nil || strings.Contains(out.String(), "[y/N]") {
		t.Errorf("%v, %s", err, &out)
	}
	repaired(t, c, id)
}
