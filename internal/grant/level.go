package grant

import (
	"slices"
	"strings"
)

// A Level is a named set of S3 actions.
type Level struct {
	Name   string
	Object []string // actions on the objects, such as s3:GetObject
	Bucket []string // actions on the bucket itself, such as s3:ListBucket
}

// BuiltinLevels returns the levels that exist without a config. The config may
// add to them or replace them. They are least privilege: none reads or changes
// the bucket's configuration.
func BuiltinLevels() map[string]Level {
	read := []string{"s3:GetObject", "s3:GetObjectVersion", "s3:GetObjectTagging", "s3:GetObjectAttributes"}
	write := []string{"s3:PutObject", "s3:PutObjectTagging", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"}
	return map[string]Level{
		"read":  {Name: "read", Object: read, Bucket: []string{"s3:ListBucket"}},
		"write": {Name: "write", Object: write},
		"full": {Name: "full", Object: slices.Concat(read, write, []string{"s3:DeleteObject"}),
			Bucket: []string{"s3:ListBucket"}},
	}
}

// Writes reports whether the level can leave data in the bucket or settings on
// it. That is so if an action is, or by its wildcards could be, anything except
// a plain read.
func (l Level) Writes() bool {
	return slices.ContainsFunc(slices.Concat(l.Object, l.Bucket), func(action string) bool { return !isRead(action) })
}

// ChangesBucket returns an action of the level that can change the bucket
// itself, if there is one. Such a change stays after the access has ended.
func (l Level) ChangesBucket() (action string, changes bool) {
	i := slices.IndexFunc(l.Bucket, func(action string) bool { return !isRead(action) })
	if i < 0 {
		return "", false
	}
	return l.Bucket[i], true
}

func isRead(action string) bool {
	for _, prefix := range []string{"s3:Get", "s3:List", "s3:Head"} {
		if len(action) >= len(prefix) && strings.EqualFold(action[:len(prefix)], prefix) {
			return true
		}
	}
	return strings.EqualFold(action, "s3:DeleteObject") || strings.EqualFold(action, "s3:DeleteObjectVersion") ||
		strings.EqualFold(action, "s3:AbortMultipartUpload")
}
