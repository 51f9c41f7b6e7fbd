package preflight_test

import (
	"slices"
	"testing"

	"s3share/internal/awsaccess"
	"s3share/internal/grant"
	"s3share/internal/policy"
	"s3share/internal/preflight"
)

// TestSettings checks which settings of a bucket refuse a grant, and which warn. The sentences are
// in reconcile's TestCheck.
func TestSettings(t *testing.T) {
	shared := func(group, account, permission string) awsaccess.Facts {
		return awsaccess.Facts{ACL: []awsaccess.ACLGrant{{Group: group, Account: account, Permission: permission}}}
	}
	for _, c := range []struct {
		name, level      string
		facts            awsaccess.Facts
		blocks, warnings []policy.Kind
	}{
		{"a young bucket", "full", awsaccess.Facts{Enforced: true}, nil, nil},
		{"ACLs, to read", "read", awsaccess.Facts{}, nil, []policy.Kind{preflight.Ownership}},
		{"ACLs, to write", "write", awsaccess.Facts{}, []policy.Kind{preflight.Ownership}, nil},
		{"ownership unread", "read", awsaccess.Facts{Unread: []string{"Object Ownership"}}, nil, []policy.Kind{preflight.Unread}},
		{"all who sign", "read", shared("AuthenticatedUsers", "", "READ"), []policy.Kind{policy.Delegation}, []policy.Kind{preflight.Ownership}},
		{"a group of tomorrow", "read", shared("SomeUsers", "", "WRITE"), []policy.Kind{policy.Delegation}, []policy.Kind{preflight.Ownership}},
		{"another account", "read", shared("", "0123abcd", "FULL_CONTROL"), []policy.Kind{policy.Delegation}, []policy.Kind{preflight.Ownership}},
		{"another account, the ACL alone", "read", shared("", "0123abcd", "READ_ACP"), nil, []policy.Kind{preflight.Ownership}},
		{"a public ACL", "read", shared("AllUsers", "", "READ"), nil, []policy.Kind{preflight.Ownership, policy.Public}},
		{"S3's logs", "read", shared("LogDelivery", "", "WRITE"), nil, []policy.Kind{preflight.Ownership}},
		{"CloudFront's logs", "read", shared("", "c4c1ede66af53448b93c283ce9448c4ba468c9432aa01d700d3878632f77d2d0", "FULL_CONTROL"), nil, []policy.Kind{preflight.Ownership}},
		{"the requester pays, tags decide", "read", awsaccess.Facts{Enforced: true, RequesterPays: true, ABAC: true}, nil, []policy.Kind{preflight.RequesterPays, preflight.ABAC}},
	} {
		g := grant.Grant{Level: grant.BuiltinLevels()[c.level], Bucket: grant.Bucket{Name: "b"}, Principal: grant.Principal{Account: "build"}}
		var blocks, warnings []policy.Kind
		for _, f := range preflight.Settings(g, c.facts) {
			if f.Text == "" {
				t.Errorf("%s: a finding without a sentence", c.name)
			}
			if f.Blocks {
				blocks = append(blocks, f.Kind)
			} else {
				warnings = append(warnings, f.Kind)
			}
		}
		if !slices.Equal(blocks, c.blocks) || !slices.Equal(warnings, c.warnings) {
			t.Errorf("%s: blocked by %v, want %v; warned of %v, want %v", c.name, blocks, c.blocks, warnings, c.warnings)
		}
	}
}
