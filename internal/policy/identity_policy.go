package policy

import (
	"slices"
	"strings"
)

// GroupPolicy returns the permanent IAM policy of the grantee half. It allows
// the actions on the buckets in the owner accounts only. The grantee account
// itself is excluded: there the policy would be enough to open a bucket. It
// needs no end, because it has no effect without a bucket policy that allows
// the same.
//
// Buckets are names, which may be globs with * and ?. Outside the partition aws
// they are ARNs. The result is nil without a bucket, an account or an action.
func GroupPolicy(buckets []string, object, bucket []string, ownerAccounts []string, granteeAccount string) []byte {
	var onObjects, onBuckets []string
	for _, name := range set(buckets, asIs) {
		arn := name
		if !strings.HasPrefix(name, "arn:") {
			arn = arnOfBucket("aws", name)
		}
		onObjects, onBuckets = append(onObjects, arn+"/*"), append(onBuckets, arn)
	}
	inAccounts := wireCondition{
		"StringEquals":    {"s3:ResourceAccount": oneOrMany(set(ownerAccounts, asIs))},
		"StringNotEquals": {"s3:ResourceAccount": granteeAccount},
	}
	var all []wireStatement
	add := func(sid string, actions, resources []string) {
		if len(actions) > 0 && len(resources) > 0 && len(ownerAccounts) > 0 {
			all = append(all, wireStatement{
				Sid: sid, Effect: "Allow", Condition: inAccounts,
				Action: oneOrMany(slices.Sorted(slices.Values(union(actions, nil)))), Resource: oneOrMany(resources),
			})
		}
	}
	add("Objects", object, onObjects)
	add("Buckets", bucket, onBuckets)
	return identityPolicy(all)
}

// ExternalHalf returns the grantee half of one grant, for an account whose
// administrator installs it by hand: the actions of a in the owner account,
// until the end of a. Like [Document.With] it panics without an end. It returns
// nil if a has no statements.
func ExternalHalf(a Access, ownerAccount string) []byte {
	var all []wireStatement
	for _, s := range a.Statements() {
		if err := s.check(); err != nil {
			panic("policy: " + err.Error())
		}
		w := s.wire()
		w.Condition["StringEquals"] = map[string]any{"s3:ResourceAccount": ownerAccount}
		all = append(all, w)
	}
	if k, ok := keyOf(a.KMSKey); ok && !k.isAlias() && len(all) > 0 {
		sid, _ := SidOf(a.ID)
		all = append(all, a.keyStatement(k, sid+"Key", "", k.arn).wire())
	}
	return identityPolicy(all)
}

func identityPolicy(all []wireStatement) []byte {
	if len(all) == 0 {
		return nil
	}
	return []byte(encode(struct {
		Version   string
		Statement []wireStatement
	}{newVersion, all}))
}
