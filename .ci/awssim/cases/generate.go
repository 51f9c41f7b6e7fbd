package main

import (
	"strings"

	"s3share/.ci/draw"
	"s3share/internal/sim/awssim"
)

var (
	users = []string{"bob", "test.user", "team/ci"} // the last has a path
	roles = []string{"deployer", "team/builder"}
	keys  = []string{"builds/a.txt", "builds/sub/b.txt", "builds2/a.txt", "secret/k.txt", "bob/notes", "test.user/x",
		"${aws:username}/x", "Builds/a.txt"}
	prefixes = []string{"", "builds/", "builds/sub/", "builds2/", "secret/", "bob/"}
	actions  = []string{"s3:GetObject", "s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:GetObjectTagging",
		"s3:PutObjectTagging",
		"s3:GetObjectVersion", "s3:AbortMultipartUpload", "s3:ListBucket", "s3:ListBucket", "s3:GetBucketLocation",
		"s3:ListBucketMultipartUploads", "s3:GetEncryptionConfiguration"}
)

type generator struct{ draw.Source }

// some draws one to three different values.
func (g *generator) some(from []string) []string {
	var out []string
	for _, at := range g.Perm(len(from))[:min(len(from), 1+g.IntN(3))] {
		out = append(out, from[at])
	}
	return out
}

// one returns a list as JSON may write it: a single element by itself, or the
// list.
func one(list []string) any {
	if len(list) == 1 {
		return list[0]
	}
	return list
}

// A caller makes the request. name includes its path.
type caller struct{ account, kind, name string }

func (g *generator) caller() caller {
	account := granteeID
	if g.Chance(30) {
		account = ownerID
	}
	switch n := g.IntN(100); {
	case n < 65:
		return caller{account, "user", g.Pick(users)}
	case n < 92:
		return caller{account, "role", g.Pick(roles)}
	}
	return caller{account, "root", ""}
}

func (c caller) base() string { return c.name[strings.LastIndexByte(c.name, '/')+1:] }

// arn is the caller's ARN in policies.
func (c caller) arn() string {
	if c.kind == "root" {
		return "arn:aws:iam::" + c.account + ":root"
	}
	return "arn:aws:iam::" + c.account + ":" + c.kind + "/" + c.name
}

// session is the ARN that signs the request.
func (c caller) session() string {
	if c.kind == "role" {
		return "arn:aws:sts::" + c.account + ":assumed-role/" + c.base() + "/session"
	}
	return c.arn()
}

// context returns the global condition keys of the request. It follows AWS's
// documentation of these keys, not awssim.
func (c caller) context(a *awssim.Account) map[string]any {
	ctx := map[string]any{
		"aws:CurrentTime": now.Format("2006-01-02T15:04:05Z"), "aws:EpochTime": "1795435200", "aws:SecureTransport": "true",
		"aws:SourceIp": "127.0.0.1", "aws:PrincipalArn": c.arn(), "aws:PrincipalAccount": c.account,
		"aws:PrincipalOrgID": orgID, "aws:ResourceOrgID": orgID, "aws:ResourceAccount": ownerID,
		"s3:ResourceAccount": ownerID,
		"aws:ViaAWSService":  "false", "aws:PrincipalIsAWSService": "false", "aws:RequestedRegion": "us-east-1",
		"s3:authType": "REST-HEADER", "s3:signatureversion": "AWS4-HMAC-SHA256", "s3:TlsVersion": "1.3",
	}
	switch c.kind {
	case "user":
		ctx["aws:PrincipalType"], ctx["aws:username"], ctx["aws:userid"] = "User", c.base(), a.UniqueID(c.arn())
	case "role":
		ctx["aws:PrincipalType"], ctx["aws:userid"] = "AssumedRole", a.UniqueID(c.arn())+":session"
		ctx["aws:MultiFactorAuthPresent"], ctx["aws:TokenIssueTime"] = "false", now.Format("2006-01-02T15:04:05Z")
	default:
		ctx["aws:PrincipalType"], ctx["aws:userid"] = "Account", c.account
	}
	return ctx
}

// request draws the request, and returns the key of the object.
func (g *generator) request(c *caseLine) (key string) {
	c.Action, c.Resource = g.Pick(actions), bucketARN
	if onBucket(c.Action) {
		return ""
	}
	key = g.Pick(keys)
	c.Resource += "/" + key
	return key
}

func onBucket(action string) bool {
	return strings.Contains(action, "Bucket") || strings.Contains(action, "Configuration")
}

// policy draws a bucket's policy, or a policy of the caller.
func (g *generator) policy(c *caseLine, who caller, ofBucket bool) string {
	statements := make([]map[string]any, 1+g.IntN(3))
	for i := range statements {
		statements[i] = g.statement(c, who, ofBucket)
	}
	doc := map[string]any{"Version": "2012-10-17", "Statement": statements}
	if g.Chance(8) {
		doc["Version"] = "2008-10-17" // this version has no variables ${…}
	}
	if len(statements) == 1 && g.Chance(30) {
		doc["Statement"] = statements[0]
	}
	return string(draw.JSON(doc))
}

func (g *generator) statement(c *caseLine, who caller, ofBucket bool) map[string]any {
	st := map[string]any{"Effect": "Allow"}
	deny := g.Chance(18)
	if deny {
		st["Effect"] = "Deny"
	}
	switch n := g.IntN(100); {
	case n < 45:
		st["Action"] = c.Action
	case n < 55:
		st["Action"] = strings.ToUpper(c.Action[:2]) + strings.ToLower(c.Action[2:])
	case n < 90:
		st["Action"] = one(g.some(
			[]string{"s3:Get*", "s3:Put*", "s3:*", "*", "s3:List*", "s3:?etObject", "s3:*Object", "s3:GetObject*",
				"s3:DeleteObject", "s3:GetBucketLocation"}))
	default:
		st["NotAction"] = one(g.some([]string{"s3:Get*", "s3:PutObject", "s3:List*", "s3:Delete*", "s3:GetObject"}))
	}
	g.resource(st, c, ofBucket)
	if ofBucket {
		g.principal(st, who, deny)
	}
	if g.Chance(20) {
		st["Sid"] = g.Pick([]string{"", "one", "two", "S3Share0123ABCD"})
	}
	if n := g.IntN(100); n < 55 {
		block := map[string]map[string]any{}
		for range 1 + n/35 {
			op, key, value := g.condition(c, who)
			if block[op] == nil {
				block[op] = map[string]any{}
			}
			block[op][key] = value
		}
		st["Condition"] = block
	}
	if !ofBucket { // a Sid in IAM must be unique in its policy
		delete(st, "Sid")
	}
	return st
}

func (g *generator) resource(st map[string]any, c *caseLine, ofBucket bool) {
	list := []string{bucketARN, bucketARN + "/*", bucketARN + "*", bucketARN + "/builds/*", bucketARN + "/builds*",
		bucketARN + "/*/a.txt",
		bucketARN + "/secret/*", bucketARN + "/${aws:username}/*", bucketARN + "/a?b", bucketARN + "/a*b",
		bucketARN + "/${aws:PrincipalType}/*", bucketARN + "/a${*}b",
		bucketARN + "/${aws:FederatedProvider, 'builds'}/*"}
	if !ofBucket {
		list = append(list, "*", "arn:aws:s3:::*", "arn:aws:s3:::shar?d/*", "arn:aws:s3:::other/*")
	}
	switch n := g.IntN(100); {
	case n < 35:
		st["Resource"] = one([]string{bucketARN, bucketARN + "/*"})
	case n < 45 && !strings.ContainsAny(c.Resource, "*?$"):
		st["Resource"] = c.Resource
	case n < 88:
		st["Resource"] = one(g.some(list))
	default:
		st["NotResource"] = one(g.some(list))
	}
}

func (g *generator) principal(st map[string]any, who caller, deny bool) {
	others := []string{
		"arn:aws:iam::" + granteeID + ":user/bob", "arn:aws:iam::" + granteeID + ":user/team/ci",
		"arn:aws:iam::" + granteeID + ":role/deployer",
		"arn:aws:iam::" + ownerID + ":user/bob", "arn:aws:iam::" + otherID + ":root", granteeID,
		"arn:aws:iam::" + ownerID + ":root",
		"arn:aws:sts::" + granteeID + ":assumed-role/deployer/session",
		"arn:aws:sts::" + granteeID + ":assumed-role/deployer/another",
	}
	switch n := g.IntN(100); {
	case n < 50:
		st["Principal"] = map[string]any{"AWS": who.arn()}
	case n < 58:
		st["Principal"] = map[string]any{"AWS": "arn:aws:iam::" + who.account + ":root"}
	case n < 62:
		st["Principal"] = map[string]any{"AWS": who.session()}
	case n < 70:
		st["Principal"] = "*"
	case n < 74:
		st["Principal"] = map[string]any{"AWS": "*"}
	case n < 78:
		st["Principal"] = map[string]any{"Service": "cloudtrail.amazonaws.com", "AWS": one(g.some(others))}
	case n < 85 || !deny:
		st["Principal"] = map[string]any{"AWS": one(g.some(append(others, who.arn())))}
	default:
		exempt := g.some(others)
		if g.Chance(50) { // as the documentation recommends: with the account, and with a role's session
			exempt = append(exempt, who.arn(), "arn:aws:iam::"+who.account+":root")
			if who.kind == "role" {
				exempt = append(exempt, who.session())
			}
		}
		st["NotPrincipal"] = map[string]any{"AWS": one(exempt)}
	}
}
