package main

import (
	"context"
	"encoding/binary"
	"strings"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"s3share/cmd/sandbox/world"
	"s3share/internal/boltstore"
	"s3share/internal/grant"
	"s3share/internal/store"
)

// edit opens the store's file while the bot is stopped, and edits every grant
// in it.
func (w *stage) edit(t *testing.T, edit func(*grant.Grant)) {
	t.Helper()
	db, err := boltstore.Open(boltstore.Config{Path: w.StorePath()})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	all, err := db.List(t.Context(), store.Query{})
	if err != nil || len(all) == 0 {
		t.Fatalf("%d grants, %v", len(all), err)
	}
	for i := range all {
		edit(&all[i])
	}
	if err := db.Commit(t.Context(), store.Tx{At: time.Now(), Grants: all}); err != nil {
		t.Fatal(err)
	}
}

// An attacker stops the bot, writes another expiry into the store's file with
// valid checksums, and starts the bot. The bot never writes that expiry to AWS.
// It removes the grant and notifies people.
func TestForgedExpiry(t *testing.T) {
	t.Parallel()
	w := open(t, world.Options{})
	w.mustPlay(t, `
		rita /s3share request my-shared-bucket-20932/builds read build/test.user 2h nightly build
		ada press Approve
		shows rita 'until'
		kill`)
	w.edit(t, func(g *grant.Grant) { g.ExpiresAt = g.ExpiresAt.AddDate(100, 0, 0) })
	w.mustPlay(t, `
		start
		within 10m shows #s3-admins 'differs from its approval: its expiry is'
		within 10m shows rita 'Access ended'
		! can build/test.user s3:GetObject my-shared-bucket-20932/builds/a.txt
		! has my-shared-bucket-20932 S3Share
		! holds build
		told #s3-admins 's3share opened nothing for it' == 1`)
	links, err := w.written()
	if err != nil || strings.Contains(links, "DateLessThan\":{\"aws:CurrentTime\":\"21") {
		t.Errorf("an expiry in another century was written to AWS, or %v", err)
	}
}

// written returns the AWS writes that the audit chain records.
func (w *stage) written() (string, error) {
	if err := w.Bot.Stop(); err != nil {
		return "", err
	}
	db, err := boltstore.Open(boltstore.Config{Path: w.StorePath()})
	if err != nil {
		return "", err
	}
	defer db.Close()
	var text strings.Builder
	for after := uint64(0); ; {
		all, err := db.Chain(context.Background(), after, 100)
		if err != nil || len(all) == 0 {
			return text.String(), err
		}
		for _, e := range all {
			text.WriteString(e.Facts["after"])
		}
		after = all[len(all)-1].Seq
	}
}

// An entry in the middle of the audit chain is missing from the file. The bot
// starts, removes expired access, adds none, and reports the break.
func TestBrokenChainInTheFile(t *testing.T) {
	t.Parallel()
	w := open(t, world.Options{})
	w.mustPlay(t, `
		rita /s3share request my-shared-bucket-20932/builds read build/test.user 2h nightly build
		ada press Approve
		shows rita 'until'
		clock +25h
		kill`)
	db, err := bolt.Open(w.StorePath(), 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	var entry []byte
	key := binary.BigEndian.AppendUint64(nil, 2)
	change := func(do func(b *bolt.Bucket) error) {
		t.Helper()
		if err := db.Update(func(tx *bolt.Tx) error { return do(tx.Bucket([]byte("chain"))) }); err != nil {
			t.Fatal(err)
		}
	}
	change(func(b *bolt.Bucket) error { entry = append(entry, b.Get(key)...); return b.Delete(key) })
	db.Close()
	w.mustPlay(t, `
		start
		shows #s3-admins 'The audit chain in the database is broken'
		shows rita 'Access ended'
		rita /s3share request my-shared-bucket-20932/builds read build/test.user 2h another night
		ada press Approve
		shows #s3-admins 'waiting for AWS'
		clock +10m
		! can build/test.user s3:GetObject my-shared-bucket-20932/builds/a.txt
		stop`)
	if db, err = bolt.Open(w.StorePath(), 0o600, nil); err != nil {
		t.Fatal(err)
	}
	change(func(b *bolt.Bucket) error { return b.Put(key, entry) })
	db.Close()
	w.mustPlay(t, `
		start
		shows #s3-admins '~The audit chain in the database is broken'
		shows #s3-admins ': the audit chain is valid from its first entry, and s3share grants again.'
		within 10m can build/test.user s3:GetObject my-shared-bucket-20932/builds/a.txt`)
}
