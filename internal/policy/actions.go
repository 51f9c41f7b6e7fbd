package policy

import (
	"slices"
	"strings"
)

// S3 actions by the resource type they apply to, from the Service Authorization
// Reference (list_amazons3, as of 2026). An action that is missing here counts
// as applying to both types: its grants get two statements instead of one.
const (
	objectActionNames = `
AbortMultipartUpload BypassGovernanceRetention DeleteObject DeleteObjectAnnotation DeleteObjectTagging
DeleteObjectVersion DeleteObjectVersionAnnotation DeleteObjectVersionTagging GetObject GetObjectAcl
GetObjectAnnotation GetObjectAttributes GetObjectLegalHold GetObjectRetention GetObjectTagging
GetObjectTorrent GetObjectVersion GetObjectVersionAcl GetObjectVersionAnnotation
GetObjectVersionAnnotationForReplication GetObjectVersionAttributes GetObjectVersionForReplication
GetObjectVersionTagging GetObjectVersionTorrent InitiateReplication ListMultipartUploadParts
ListObjectAnnotations ListObjectVersionAnnotations ObjectOwnerOverrideToBucketOwner PutObject PutObjectAcl
PutObjectAnnotation PutObjectLegalHold PutObjectRetention PutObjectTagging PutObjectVersionAcl
PutObjectVersionAnnotation PutObjectVersionTagging ReplicateDelete ReplicateObject
ReplicateObjectAnnotation ReplicateTags RestoreObject UpdateObjectEncryption`

	bucketActionNames = `
AllowVendedLogDeliveryForResource CreateBucket CreateBucketMetadataTableConfiguration DeleteBucket
DeleteBucketMetadataTableConfiguration DeleteBucketPolicy DeleteBucketWebsite GetAccelerateConfiguration
GetAnalyticsConfiguration GetBucketAbac GetBucketAcl GetBucketCORS GetBucketLocation GetBucketLogging
GetBucketMetadataTableConfiguration GetBucketNotification GetBucketObjectLockConfiguration
GetBucketOwnershipControls GetBucketPolicy GetBucketPolicyStatus GetBucketPublicAccessBlock
GetBucketRequestPayment GetBucketTagging GetBucketVersioning GetBucketWebsite GetEncryptionConfiguration
GetIntelligentTieringConfiguration GetInventoryConfiguration GetLifecycleConfiguration
GetMetricsConfiguration GetReplicationConfiguration ListBucket ListBucketMultipartUploads
ListBucketVersions ListTagsForResource PauseReplication PutAccelerateConfiguration
PutAnalyticsConfiguration PutBucketAbac PutBucketAcl PutBucketCORS PutBucketLogging PutBucketNotification
PutBucketObjectLockConfiguration PutBucketOwnershipControls PutBucketPolicy PutBucketPublicAccessBlock
PutBucketRequestPayment PutBucketTagging PutBucketVersioning PutBucketWebsite PutEncryptionConfiguration
PutIntelligentTieringConfiguration PutInventoryConfiguration PutLifecycleConfiguration
PutMetricsConfiguration PutReplicationConfiguration TagResource UntagResource
UpdateBucketMetadataAnnotationTableConfiguration UpdateBucketMetadataInventoryTableConfiguration
UpdateBucketMetadataJournalTableConfiguration`
)

func objectActions() []string { return strings.Fields(objectActionNames) }
func bucketActions() []string { return strings.Fields(bucketActionNames) }

// Actions returns the names of all actions on objects and on buckets, in the
// form s3:GetObject.
func Actions() (names []string) {
	for _, name := range slices.Concat(objectActions(), bucketActions()) {
		names = append(names, "s3:"+name)
	}
	return names
}

// AppliesTo reports whether action applies to objects, and whether it applies
// to the bucket itself. A pattern with wildcards applies to a type if one
// matching action does. Both results are false for an action that S3 does not
// have.
func AppliesTo(action string) (objects, bucket bool) {
	return matchesAny(action, objectActions()), matchesAny(action, bucketActions())
}

// cross reports whether one statement with both lists and both resources would
// allow more than two separate statements: an action of one list may apply to
// the resource of the other list.
func cross(object, bucket []string) bool {
	lower := strings.ToLower
	if slices.Equal(set(object, lower), set(bucket, lower)) {
		return false
	}
	return !only(object, objectActions(), bucketActions()) || !only(bucket, bucketActions(), objectActions())
}

// only reports whether each pattern matches a name in ours and no name in
// theirs.
func only(patterns, ours, theirs []string) bool {
	return !slices.ContainsFunc(patterns, func(p string) bool {
		return !matchesAny(p, ours) || matchesAny(p, theirs)
	})
}

func matchesAny(pattern string, names []string) bool {
	return slices.ContainsFunc(names, func(name string) bool { return actionsOverlap(pattern, "s3:"+name) })
}

// PrefixNarrows reports whether s3:prefix is a condition key of this action, or
// of every action that the pattern matches. S3 rejects a statement that uses
// the key with any other action, so a level with such an action cannot be
// granted on a prefix.
func PrefixNarrows(action string) bool {
	narrowed := []string{"ListBucket", "ListBucketVersions"}
	others := slices.DeleteFunc(bucketActions(), func(name string) bool { return slices.Contains(narrowed, name) })
	return only([]string{action}, narrowed, others)
}

// actionsOverlap and actionCovers compare actions, which ignore case.
func actionsOverlap(p, q string) bool {
	if !strings.ContainsAny(p, "*?") && !strings.ContainsAny(q, "*?") {
		return strings.EqualFold(p, q) // a pass over a full bucket calls this a million times
	}
	return Overlap(strings.ToLower(p), strings.ToLower(q))
}

func actionCovers(p, q string) bool { return covers(strings.ToLower(p), strings.ToLower(q)) }
