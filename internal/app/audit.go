package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"s3share/internal/alarm"
	"s3share/internal/audit"
	"s3share/internal/boltstore"
	"s3share/internal/loadgate"
	"s3share/internal/store"
)

const (
	headNote  = "head" // the last posted head of the chain
	headEvery = 24 * time.Hour
)

// follow keeps the audit log in agreement with the chain. It posts the chain's head to the admin
// channel once a day, so that a log that was cut can be detected. While Slack fails it retries.
func follow(ctx context.Context, o Options, db *boltstore.Store, follower *audit.Follower, gate *loadgate.Gate,
	tell alert) error {
	committed := db.Subscribe()
	ticker := time.NewTicker(10 * time.Second)
	defer ticker.Stop()
	held, err := audit.HeldByHead(ctx, db)
	if err != nil {
		return err
	}
	halted := held || follower == nil
	board := alarm.Board{Store: db, Now: o.Now, Log: o.Log}
	unreported := true
	unwritten, err := newUnwritten(ctx, o, board)
	if err != nil {
		return err
	}
	for {
		gate.Wait(ctx)
		if err := follower.Sync(ctx); ctx.Err() == nil {
			if err != nil {
				o.Log.ErrorContext(ctx, "writing the audit log", "err", err)
			}
			unwritten.after(ctx, err)
		}
		if unreported {
			err := reportOldStore(ctx, board, halted, held, o.Config.Audit)
			if unreported = err != nil; unreported && ctx.Err() == nil {
				o.Log.WarnContext(ctx, "recording the alert about an old database", "err", err)
			}
		}
		if !halted { // the head of a chain that may be abandoned would mislead
			if err := postHead(ctx, o, db, tell); err != nil {
				o.Log.WarnContext(ctx, "posting the head of the audit chain", "err", err)
			}
		}
		select {
		case <-ctx.Done():
			return lastSync(ctx, o, follower)
		case <-committed:
		case <-ticker.C:
		}
	}
}

const oldStoreAlert = "old database"

// reportOldStore raises the alert about an old database, or ends it after a person has decided.
func reportOldStore(ctx context.Context, board alarm.Board, halted, held bool, log string) error {
	if !halted {
		return board.End(ctx, oldStoreAlert, "the database and the audit log agree, and s3share grants again")
	}
	older := "The database is older than the audit log"
	if held {
		older = "The database does not have the audit entry that was posted here"
	}
	return board.Raise(ctx, alarm.Alert{Key: oldStoreAlert, Text: older + fmt.Sprintf(", so s3share is in safe mode: it "+
		"removes expired access and grants nothing. Restore the newer database, or move the audit log %s aside to continue "+
		"with this one. Then restart s3share.", log)})
}

// lastSync writes the remaining entries when the bot stops, within the time for a stop. The next
// start writes the others.
func lastSync(ctx context.Context, o Options, follower *audit.Follower) error {
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	err := follower.Sync(last)
	if err != nil && last.Err() != nil {
		o.Log.WarnContext(ctx, "the audit log is behind, and is written when the bot starts again")
		return nil
	}
	return err
}

type postedHead struct {
	At   time.Time
	Seq  uint64
	Hash string
}

// postHead posts the head, then records it. After a crash it posts again.
func postHead(ctx context.Context, o Options, db *boltstore.Store, tell alert) error {
	var last postedHead
	note, err := store.ReadDocument(ctx, db, headNote, &last)
	if err != nil && !errors.Is(err, store.ErrUnreadable) {
		return err
	}
	now := o.Now()
	if now.Sub(last.At).Abs() < headEvery {
		return nil
	}
	head, err := db.Head(ctx)
	if err != nil || head.Seq == last.Seq {
		return err
	}
	if note, err = note.WithValue(postedHead{At: now, Seq: head.Seq, Hash: head.Hash}); err != nil {
		return err
	}
	if !tell(ctx, fmt.Sprintf("Audit log: the last entry is number %d, `%s`. `bot audit verify --head %d:%s` checks a "+
		"copy of the log against this line.", head.Seq, head.Hash, head.Seq, head.Hash)) {
		return nil // the failed post is logged, and the next round repeats it
	}
	return db.Commit(ctx, store.Tx{At: now, Documents: []store.Document{note}})
}
