package main

import (
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"s3share/internal/grant"
	"s3share/internal/policy"
)

// operations are a user's calls on a key. A star marks calls that awssim does
// not model.
var operations = map[string]func(c *s3.Client, key string) error{
	"get": func(c *s3.Client, key string) error {
		_, err := c.GetObject(ctx, &s3.GetObjectInput{Bucket: aws.String(bucket), Key: &key})
		return err
	},
	"head": func(c *s3.Client, key string) error {
		_, err := c.HeadObject(ctx, &s3.HeadObjectInput{Bucket: aws.String(bucket), Key: &key})
		return err
	},
	"put": func(c *s3.Client, key string) error {
		_, err := c.PutObject(ctx, &s3.PutObjectInput{Bucket: aws.String(bucket), Key: &key, Body: strings.NewReader("x")})
		return err
	},
	"delete": func(c *s3.Client, key string) error {
		_, err := c.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: aws.String(bucket), Key: &key})
		return err
	},
	"list": func(c *s3.Client, key string) error {
		folder := key[:strings.LastIndexByte(key, '/')+1]
		_, err := c.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: aws.String(bucket), Prefix: &folder})
		return err
	},
	"get tags*": func(c *s3.Client, key string) error {
		_, err := c.GetObjectTagging(ctx, &s3.GetObjectTaggingInput{Bucket: aws.String(bucket), Key: &key})
		return err
	},
	"put tags*": func(c *s3.Client, key string) error {
		_, err := c.PutObjectTagging(ctx, &s3.PutObjectTaggingInput{Bucket: aws.String(bucket), Key: &key,
			Tagging: &types.Tagging{TagSet: []types.Tag{{Key: aws.String("a"), Value: aws.String("b")}}}})
		return err
	},
	"begin upload*": func(c *s3.Client, key string) error {
		_, err := c.CreateMultipartUpload(ctx, &s3.CreateMultipartUploadInput{Bucket: aws.String(bucket), Key: &key})
		return err
	},
}

// The calls that each level allows inside its prefix. Outside it none is
// allowed.
var (
	levels = grant.BuiltinLevels()
	grants = []struct {
		prefix string
		level  grant.Level
		opens  string
	}{
		{"builds", levels["read"], "get, head, get tags*, list"},
		{"builds", levels["write"], "put, put tags*, begin upload*"},
		{"builds", levels["full"], "get, head, put, delete, list, get tags*, put tags*, begin upload*"},
		{"", levels["read"], "get, head, get tags*, list"},
		{"", levels["full"], "get, head, put, delete, list, get tags*, put tags*, begin upload*"},
		{"", grant.Level{Object: []string{"s3:Get*"}}, "get, head, get tags*"},
		{"", grant.Level{Object: []string{"s3:Put*"}}, "put, put tags*, begin upload*"},
		{"builds", grant.Level{Object: []string{"s3:*"}}, "get, head, put, delete, get tags*, put tags*, begin upload*"},
	}
	keys = []string{"builds/a.txt", "builds/sub/b.txt", "builds2/a.txt", "secret/k.txt", "builds.txt"}
)

func (b *bench) ask(user, prefix string, level grant.Level, before time.Time) policy.Access {
	return policy.Access{ID: "0123ABCD", Principal: b.arns[user], Bucket: bucket, Prefix: prefix,
		Object: level.Object, BucketActions: level.Bucket, Before: before}
}

// install writes the bucket's policy: foreign statements, then the bot's.
func (b *bench) install(foreign string, asks ...policy.Access) {
	doc := policy.Document{}
	if foreign != "" {
		var err error
		doc, err = policy.Parse([]byte(foreign))
		must(err)
	}
	for _, a := range asks {
		must(a.Check())
		doc = doc.With(a.Statements()...)
	}
	_, err := b.root.PutBucketPolicy(
		ctx, &s3.PutBucketPolicyInput{Bucket: aws.String(bucket), Policy: aws.String(string(doc.Bytes()))})
	must(err)
}

// refill restores deleted objects.
func (b *bench) refill() {
	for _, key := range keys {
		must(operations["put"](b.root, key))
	}
}

// open: each level allows its calls to its user in its prefix, and no others.
func (b *bench) open() {
	later := time.Now().Add(time.Hour)
	for _, g := range grants {
		b.install("", b.ask("test.user", g.prefix, g.level, later))
		for name, do := range operations {
			if b.sim && strings.HasSuffix(name, "*") {
				continue
			}
			for _, key := range keys {
				b.refill()
				inside := g.prefix == "" || strings.HasPrefix(key, g.prefix+"/")
				b.wants(inside && has(strings.Split(g.opens, ", "), name), do(b.users["test.user"], key),
					"%v on %q: %s %s", g.level.Object, g.prefix, name, key)
				b.wants(false, do(b.users["other.user"], key), "another user: %s %s", name, key)
			}
		}
		// Removing the bot's statements ends all access.
		_, err := b.root.DeleteBucketPolicy(ctx, &s3.DeleteBucketPolicyInput{Bucket: aws.String(bucket)})
		must(err)
		b.wants(false, operations["get"](b.users["test.user"], keys[0]), "after the end")
	}
}

// foreign: another administrator's statement keeps working beside the bot's,
// and its deny overrides them.
func (b *bench) foreign() {
	b.refill()
	others := `{"Version":"2012-10-17","Statement":[` +
		`{"Sid":"","Effect":"Allow","Principal":{"AWS":["` + b.arns["other.user"] +
		`"]},"Action":["s3:GetObject"],"Resource":"arn:aws:s3:::` + bucket + `/secret/*"},` +
		`{"Effect":"Deny","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::` + bucket + `/builds/sub/*"}]}`
	b.install(others, b.ask("test.user", "builds", levels["read"], time.Now().Add(time.Hour)))
	get := operations["get"]
	b.wants(true, get(b.users["test.user"], "builds/a.txt"), "ours beside others")
	b.wants(true, get(b.users["other.user"], "secret/k.txt"), "others beside ours")
	b.wants(false, get(b.users["test.user"], "builds/sub/b.txt"), "a foreign deny")
	b.wants(false, get(b.users["test.user"], "secret/k.txt"), "another's statement")
}

// ends: access lasts exactly until its end, without a further call. An expired
// statement gives no access.
func (b *bench) ends() {
	for _, prefix := range []string{"", "builds"} {
		// Statements have whole seconds.
		end := time.Now().Add(3 * time.Second).Truncate(time.Second)
		b.install("", b.ask("test.user", prefix, levels["full"], end))
		for _, name := range []string{"get", "list", "put"} {
			err := operations[name](b.users["test.user"], keys[0])
			if time.Now().Before(end) { // skip if a slow machine is past the end
				b.wants(true, err, "%s before the end", name)
			}
		}
		at := b.until(false, func() error { return operations["get"](b.users["test.user"], keys[0]) }, "the end")
		if at.Before(end) {
			fail("access ended at %v, before its end %v", at, end)
		}
		for _, name := range []string{"get", "head", "list", "put", "delete"} {
			b.wants(false, operations[name](b.users["test.user"], keys[0]), "%s after the end", name)
		}
	}
	b.install("", b.ask("test.user", "", levels["full"], time.Now().Add(-time.Second)))
	b.wants(false, operations["get"](b.users["test.user"], keys[0]), "written after its end")
}

// begins: a grant with a scheduled start gives no access before it.
func (b *bench) begins() {
	a := b.ask("test.user", "builds", levels["read"], time.Now().Add(time.Hour))
	a.NotBefore = time.Now().Add(3 * time.Second).Truncate(time.Second)
	b.install("", a)
	err := operations["get"](b.users["test.user"], keys[0])
	if time.Now().Before(a.NotBefore) {
		b.wants(false, err, "before its start")
	}
	at := b.until(true, func() error { return operations["get"](b.users["test.user"], keys[0]) }, "the start")
	if at.Before(a.NotBefore) {
		fail("access began at %v, before its start %v", at, a.NotBefore)
	}
}
