package main

import (
	"strings"

	"s3share/.ci/draw"
)

type generator struct {
	draw.Source
	old bool // the policy version has no variables
}

// A statement of a policy in JSON. Condition is a map[string]map[string]any.
type statement map[string]any

// asList returns the strings of a value that is a string or a list.
func asList(v any) []string {
	if list, ok := v.([]string); ok {
		return list
	}
	return []string{v.(string)}
}

// oneOrSome draws one value, or a list of two.
func (g *generator) oneOrSome(from []string) any {
	if len(from) > 1 && g.Chance(25) {
		at := g.Perm(len(from))
		return []string{from[at[0]], from[at[1]]}
	}
	return g.Pick(from)
}

func (g *generator) statements() (all []statement) {
	for range 1 + g.IntN(2) {
		all = append(all, g.allow())
	}
	for range g.IntN(3) {
		all = append(all, g.deny())
	}
	return all
}

var accountRoot = func(id string) string { return "arn:aws:iam::" + id + ":root" }

func (g *generator) allow() statement {
	s := statement{"Effect": "Allow",
		"Action": g.oneOrSome([]string{"s3:GetObject", "s3:Get*", "s3:*", "*", "s3:PutObject", "s3:ListBucket"})}
	switch n := g.IntN(100); {
	case n < 45:
		s["Principal"] = "*"
	case n < 50:
		s["Principal"] = map[string]any{"AWS": "*"}
	case n < 75:
		s["Principal"] = map[string]any{"AWS": g.Pick([]string{accountRoot(granteeID), granteeID})}
	case n < 85:
		s["Principal"] = map[string]any{
			"AWS": g.oneOrSome([]string{grantee, other, "arn:aws:iam::" + granteeID + ":role/deployer"})}
	case n < 95:
		s["Principal"] = map[string]any{
			"AWS": g.Pick([]string{accountRoot(otherID), "arn:aws:iam::" + otherID + ":user/pat"})}
	default:
		s["Principal"] = map[string]any{"Service": "cloudtrail.amazonaws.com"}
	}
	g.resource(s, []string{bucketARN + "/*", bucketARN + "*", bucketARN + "/builds/*",
		bucketARN + "/home/${aws:username}/*",
		bucketARN + "/${aws:PrincipalTag/team, 'team'}/*", bucketARN + "/home/${aws:SourceIp}/*"})
	g.fit(s)
	if g.Chance(80) {
		from := both
		if s["Action"] == "s3:GetObject" {
			from = allowed
		}
		s["Condition"] = g.conditions(from)
	}
	return s
}

func (g *generator) deny() statement {
	s := statement{"Effect": "Deny",
		"Action": g.oneOrSome([]string{
			"s3:*", "s3:GetObject", "s3:ListBucket", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy", "s3:*BucketPolicy"})}
	if g.Chance(15) {
		delete(s, "Action")
		s["NotAction"] = g.oneOrSome([]string{"s3:Get*", "s3:PutObject", "s3:PutBucketPolicy", "s3:List*"})
	}
	switch n := g.IntN(100); {
	case n < 50:
		s["Principal"] = "*"
	case n < 62:
		s["Principal"] = map[string]any{
			"AWS": g.Pick([]string{accountRoot(granteeID), granteeID, accountRoot(ownerID), accountRoot(otherID)})}
	case n < 80:
		s["Principal"] = map[string]any{
			"AWS": g.oneOrSome([]string{grantee, other, bot, "arn:aws:iam::" + ownerID + ":role/admin"})}
	default:
		list := []string{other, "arn:aws:iam::" + ownerID + ":role/admin"}
		if g.Chance(50) {
			list = append(list, grantee, accountRoot(granteeID))
		}
		if g.Chance(50) {
			list = append(list, bot, accountRoot(ownerID), "arn:aws:sts::"+ownerID+":assumed-role/s3share/s3share")
		}
		s["NotPrincipal"] = map[string]any{"AWS": list}
	}
	g.resource(s, []string{bucketARN + "/*", bucketARN, bucketARN + "/builds/*", bucketARN + "/builds/secret/*",
		bucketARN + "/other/*", bucketARN + "/builds/${aws:username}/*"})
	g.fit(s)
	if g.Chance(75) {
		s["Condition"] = g.conditions(denied)
	}
	return s
}

// fit adds the other kind of resource if an action needs it. S3 refuses a
// statement whose actions do not apply to its resources.
func (g *generator) fit(s statement) {
	_, named := s["Resource"]
	actions, listed := s["Action"]
	if !named || !listed {
		return
	}
	for _, action := range asList(actions) {
		if strings.Contains(action, "Bucket") {
			s["Resource"] = []string{bucketARN, bucketARN + "/*"}
		}
	}
	if s["Resource"] == bucketARN {
		s["Resource"] = []string{bucketARN, bucketARN + "/*"}
	}
}

func (g *generator) resource(s statement, from []string) {
	switch n := g.IntN(100); {
	case n < 50:
		s["Resource"] = []string{bucketARN, bucketARN + "/*"}
	case n < 92:
		s["Resource"] = g.oneOrSome(from)
	default:
		s["NotResource"] = g.oneOrSome(from)
	}
}

// A subject is a condition key with the operators and values that people write.
type subject struct {
	key       string
	operators []string
	values    []string
}

var (
	texts = []string{"StringEquals", "StringEquals", "StringLike", "StringNotEquals", "StringNotLike",
		"StringEqualsIgnoreCase", "StringEqualsIfExists", "StringNotEqualsIfExists", "ForAllValues:StringEquals",
		"ForAnyValue:StringLike"}
	arns = []string{"ArnEquals", "ArnLike", "ArnLike", "ArnNotEquals", "ArnNotLike", "StringEquals", "StringLike",
		"StringNotLike", "ArnLikeIfExists", "ForAllValues:ArnLike", "ForAnyValue:ArnLike"}
	bools  = []string{"Bool", "Bool", "BoolIfExists"}
	number = []string{"NumericLessThan", "NumericLessThanEquals", "NumericGreaterThan", "NumericLessThanIfExists"}
	exists = []string{"Null"}
	truths = []string{"true", "false"}
)

var people = []string{grantee, other, "arn:aws:iam::" + granteeID + ":user/*",
	"arn:aws:iam::" + granteeID + ":user/ci/*", "arn:aws:iam::" + granteeID + ":role/deploy-*",
	"arn:aws:iam::*:role/*", "arn:aws:iam::" + granteeID + ":*", "arn:aws:iam::" + otherID + ":role/x",
	"arn:aws:iam::" + ownerID + ":role/admin", bot,
	"arn:aws:sts::" + granteeID + ":assumed-role/deployer/ci", accountRoot(granteeID)}

// both are the condition keys of Allow and Deny statements.
var both = []subject{
	{"aws:SourceVpc", texts, []string{"vpc-1a2b3c4d", "vpc-*"}}, {"aws:SourceVpce", texts, []string{"vpce-1a2b3c4d"}},
	{"aws:SourceIp", []string{"IpAddress", "NotIpAddress"},
		[]string{"10.0.0.0/8", "203.0.113.0/24", "8.0.0.0/7", "198.51.100.9"}},
	{"aws:PrincipalArn", arns, people}, {"aws:PrincipalArn", arns, people}, {"aws:PrincipalArn", exists, truths},
	{"aws:PrincipalAccount", texts, []string{granteeID, otherID, ownerID, "1111*"}},
	{"aws:PrincipalOrgID", texts, []string{"o-abcdefghij", "o-zzzzzzzzzz", "o-*"}},
	{"aws:PrincipalType", texts, []string{"User", "AssumedRole", "Anonymous"}},
	{"aws:userid", texts, []string{"AIDATESTUSER", "AROAS3SHARE:*", "AIDA*", "AROAADMIN:*"}},
	{"aws:username", texts, []string{"test.user", "test.*", "nobody"}}, {"aws:username", exists, truths},
	{"aws:PrincipalTag/team", texts, []string{"build", "te*"}},
	{"aws:SourceIdentity", texts, []string{"*@example.com", "ann@example.com"}},
	{"aws:MultiFactorAuthPresent", bools, truths}, {"aws:SecureTransport", bools, truths},
	{"aws:PrincipalIsAWSService", bools, truths},
	{"s3:signatureversion", texts, []string{"AWS4-HMAC-SHA256", "AWS"}}, {"s3:signatureversion", exists, truths},
	{"s3:authType", texts, []string{"REST-HEADER", "REST-QUERY-STRING", "POST"}},
	{"s3:signatureAge", number, []string{"600000", "1000"}},
	{"s3:TlsVersion", number, []string{"1.2", "1.3", "1.1"}}, {"aws:SourceAccount", texts, []string{ownerID}},
	{"aws:SourceArn", arns, []string{"arn:aws:s3:::other"}},
	{"aws:UserAgent", texts, []string{"aws-cli/2", "*"}}, {"aws:referer", texts, []string{"https://example.com/"}},
	{"s3:DataAccessPointAccount", texts, []string{ownerID}},
	{"s3:DataAccessPointArn", arns,
		[]string{"arn:aws:s3:us-east-1:" + ownerID + ":accesspoint/*", "arn:aws:s3:us-east-1:*:accesspoint/x"}},
	{"aws:CurrentTime", []string{"DateLessThan", "DateGreaterThan", "DateLessThanEquals", "DateGreaterThanEquals"},
		[]string{"2020-01-01T00:00:00Z", "2026-11-23T12:00:00Z", "2099-01-01T00:00:00Z"}},
	{"aws:ResourceAccount", texts, []string{ownerID, otherID}},
}

var (
	allowed = append([]subject{{"s3:ExistingObjectTag/public", texts, []string{"yes", "y*"}}}, both...)
	denied  = append([]subject{{"aws:PrincipalServiceName", texts, []string{"cloudtrail.amazonaws.com"}}}, both...)
)

func (g *generator) conditions(from []subject) map[string]map[string]any {
	block := map[string]map[string]any{}
	for range 1 + g.IntN(2) {
		s := from[g.IntN(len(from))]
		op := g.Pick(s.operators)
		if block[op] == nil {
			block[op] = map[string]any{}
		}
		if op == "Null" || s.operators[0] == "Bool" || s.operators[0] == "NumericLessThan" ||
			s.operators[0] == "DateLessThan" {
			block[op][s.key] = g.Pick(s.values)
		} else {
			block[op][s.key] = g.oneOrSome(s.values)
		}
	}
	return block
}
