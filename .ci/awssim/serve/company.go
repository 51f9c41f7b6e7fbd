package main

import (
	"fmt"

	"s3share/internal/sim/awssim"
)

// company creates two accounts as the bot's setup leaves them: its role in
// each, the group and the managed policy of the grantee half, a bucket, and
// users.
func company(w *awssim.World) map[string]key {
	build, nonprod := w.Account("111111111111", "build"), w.Account("222222222222", "nonprod")
	bot := build.User("s3share-bot")
	build.UserPolicy("s3share-bot", "assume",
		allow("sts:AssumeRole", `"arn:aws:iam::111111111111:role/s3share","arn:aws:iam::222222222222:role/s3share"`, ""))
	trust := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"` + bot +
		`"},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"sts:ExternalId":"s3share-story"}}}]}`
	nonprod.Role("s3share", trust, allow("s3:*BucketPolicy", `"arn:aws:s3:::shared-*"`, ""))
	build.Role("s3share", trust,
		allow("iam:GetUser\",\"iam:GetRole\",\"iam:ListGroupsForUser\",\"iam:ListAttachedRolePolicies",
			`"arn:aws:iam::111111111111:user/*","arn:aws:iam::111111111111:role/*"`, ""),
		allow("iam:GetGroup\",\"iam:AddUserToGroup\",\"iam:RemoveUserFromGroup",
			`"arn:aws:iam::111111111111:group/s3share/s3share"`, ""),
		allow("iam:AttachRolePolicy\",\"iam:DetachRolePolicy", `"arn:aws:iam::111111111111:role/*"`,
			`,"Condition":{"ArnEquals":{"iam:PolicyARN":"arn:aws:iam::111111111111:policy/s3share/s3share"}}`))
	half := allow("s3:*", `"arn:aws:s3:::shared-*"`, `,"Condition":{"StringEquals":{"s3:ResourceAccount":"222222222222"}}`)
	build.Group("/s3share/", "s3share", half)
	build.ManagedPolicy("/s3share/", "s3share", half)
	build.ManagedPolicy("/", "admin", allow("*", `"*"`, ""))

	build.User("test.user")
	build.UserPolicy("test.user", "assume", allow("sts:AssumeRole", `"arn:aws:iam::111111111111:role/deployer"`, ""))
	build.User("leaver")
	build.Role("deployer", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow",`+
		`"Principal":{"AWS":"111111111111"},"Action":"sts:AssumeRole"}]}`)
	build.Role("aws-service-role/s3.amazonaws.com/own",
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"s3.amazonaws.com"},`+
			`"Action":"sts:AssumeRole"}]}`)
	build.User("joiner") // in ten groups, IAM's maximum
	for i := range 10 {
		group := fmt.Sprintf("team%d", i)
		build.Group("/", group, "")
		build.Join("joiner", group)
	}

	nonprod.Bucket("shared-1", awssim.BucketOptions{})
	nonprod.PutObject("shared-1", "builds/a.txt", []byte("hello"))
	nonprod.PutObject("shared-1", "builds/with space+plus.txt", []byte("odd"))
	nonprod.PutObject("shared-1", "secret/k.txt", []byte("no"))

	nonprod.Bucket("shared-kms",
		awssim.BucketOptions{KMSKeyARN: nonprod.Key("us-east-1", false), BucketKey: true, Versioning: "Enabled",
			Tags: map[string]string{"team": "blue"}})

	keys := map[string]key{}
	add := func(name string) func(id, secret string) {
		return func(id, secret string) { keys[name] = key{id, secret} }
	}
	add("bot")(build.AccessKey("s3share-bot"))
	add("user")(build.AccessKey("test.user"))
	add("other")(build.AccessKey("joiner"))
	add("admin")(build.RootKey())
	add("owner")(nonprod.RootKey())
	return keys
}

// allow is a policy of one statement. more is appended after its resources.
func allow(actions, resources, more string) string {
	return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["` + actions + `"],"Resource":[` + resources +
		`]` + more + `}]}`
}
