package reconcile

import (
	"testing"
	"time"

	"s3share/internal/awsaccess"
	"s3share/internal/preflight"
)

// A statement with the id of a deleted principal is removed and not written again, in the same pass
// or later, even while IAM does not answer about the principal: another user may have the name by
// now.
func TestOrphanedStatementIsNotAddedAgain(t *testing.T) {
	b := newBench(t)
	id := b.approved("fixtures", "read", "build/ann", "8h")
	b.aws.around["PutBucketPolicy"] = func() {
		b.aws.around["GetBucketPolicy"] = func() { // the read-back
			b.aws.build.DeleteUser("ann")
			b.aws.build.User("ann")
			b.aws.errs["Principal"] = awsErr(awsaccess.Retry, "GetUser", "Throttling", "Rate exceeded")
		}
	}
	bucket := b.get(id).Bucket
	for range 3 {
		if err := b.rec.passBucket(ctx, bucket); err != nil {
			t.Fatal(err)
		}
		for _, st := range b.policyOf(fixtures).Statements() {
			if st.GrantsTo("arn:aws:iam::111111111111:user/ann") {
				t.Errorf("the namesake is in the policy: %s", st.Raw())
			}
		}
	}
	if !preflight.Absent(b.policyOf(fixtures), id) {
		t.Errorf("the orphaned statement is left: %s", b.policyOf(fixtures).Bytes())
	}
	delete(b.aws.errs, "Principal")
	b.run(10 * time.Minute)
	b.expectState(id, "ended failed", "arn:aws:iam::111111111111:user/ann was deleted and created again, and "+
		"access does not carry over.")
	b.expectNoWrites()
}
