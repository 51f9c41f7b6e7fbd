package awssim

import (
	"slices"
	"strings"
	"testing"
)

func TestInventories(t *testing.T) {
	w := New(Config{})
	build, owner := w.Account("111111111111", "build"), w.Account("222222222222", "nonprod")
	const allow = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}`
	arn := build.User("ci/test.user")
	build.Group("/s3share/", "s3share", allow)
	build.Join("test.user", "s3share")
	managed := build.ManagedPolicy("/", "share", allow)
	build.Role("deployer", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111111111111:root"},"Action":"sts:AssumeRole"}]}`)
	build.AttachToRole("deployer", managed)
	owner.Bucket("fixtures", BucketOptions{})
	owner.PutObject("fixtures", "a.txt", []byte("a"))
	if err := owner.SetPolicy("fixtures", `{"Version":"2012-10-17","Statement":[{"Sid":"Theirs","Effect":"Allow","Principal":{"AWS":"`+arn+`"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::fixtures/*"}]}`); err != nil {
		t.Fatal(err)
	}

	all := w.Inventories()
	if len(all) != 2 || all[0].Name != "build" || all[1].Name != "nonprod" {
		t.Fatalf("the accounts are %+v", all)
	}
	b, n := all[0], all[1]
	for _, c := range []struct {
		what string
		ok   bool
	}{
		{"the user with its groups", len(b.Users) == 1 && b.Users[0].ARN == arn && slices.Equal(b.Users[0].Groups, []string{"s3share"})},
		{"the group with its members and its policy", len(b.Groups) == 1 && slices.Equal(b.Groups[0].Members, []string{"test.user"}) && b.Groups[0].Inline[0].Text == allow},
		{"the role with its attached policy", len(b.Roles) == 1 && slices.Equal(b.Roles[0].Attached, []string{managed})},
		{"the managed policy", len(b.Policies) == 1 && b.Policies[0].ARN == managed && b.Policies[0].Text == allow},
		{"the bucket with its policy and its objects", len(n.Buckets) == 1 && strings.Contains(n.Buckets[0].Policy, "Theirs") && slices.Equal(n.Buckets[0].Keys, []string{"a.txt"})},
		{"no bucket of the other account", len(b.Buckets) == 0},
	} {
		if !c.ok {
			t.Errorf("missing: %s in %+v", c.what, all)
		}
	}
}
