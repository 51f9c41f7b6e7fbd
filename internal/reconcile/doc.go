// Package reconcile makes AWS agree with the records, and is the only caller of
// AWS writes.
//
// It knows nothing of Slack. Its loops are level-triggered: each pass reads the
// records and AWS as they are now, works out the difference, and removes it. A
// restart, a lost reply and a repeated wake are therefore ordinary passes.
//
// The unit of work is the bucket (pass_bucket.go) and the principal
// (pass_principal.go), not the grant: any number of due grants of a bucket cost
// one write. One pass at a time works on a bucket; passes on different ones run
// side by side.
//
// What always holds: a read error writes nothing; nothing is written for a grant
// without an approved record on disk, because the record is committed first;
// "granted" and "ended" are events that only a read-back causes.
//
// check.go asks AWS about requests before there is a card, room.go once more
// before an approval, life.go does what time alone does, sweep.go looks for
// what nobody reported.
package reconcile
