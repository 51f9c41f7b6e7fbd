package main

import "strings"

// A subject is a condition key, the actions it applies to, and values to
// compare it with. Some values match the request and some do not.
type subject struct {
	key    string
	on     string // "" for all actions
	kind   string
	values []string
}

var subjects = []subject{
	{"aws:CurrentTime", "", "Date",
		[]string{"2026-11-23T12:00:00Z", "2026-11-23T12:00:01Z", "2026-11-23T11:59:59Z", "2026-11-24T00:00:00Z",
			"2026-01-01T00:00:00Z", "2026-11-23T13:00:00+01:00", "2026-11-23T12:00:00+02:00", "2027-01-01T00:00:00Z",
			"2026-11-23T12:00:00.500Z", "2026-11-23"}},
	{"aws:SourceIp", "", "Ip",
		[]string{"127.0.0.1", "127.0.0.0/8", "127.0.0.1/32", "10.0.0.0/8", "0.0.0.0/0", "2001:db8::/32"}},
	{"aws:SecureTransport", "", "Bool", []string{"true", "false"}},
	{"aws:ViaAWSService", "", "Bool", []string{"true", "false"}},
	{"aws:MultiFactorAuthPresent", "", "Bool", []string{"true", "false"}}, // absent for long-term keys
	{"aws:MultiFactorAuthPresent", "", "Null", []string{"true", "false"}},
	{"aws:TokenIssueTime", "", "Null", []string{"true", "false"}},
	{"aws:TokenIssueTime", "", "Date", []string{"2026-11-23T11:59:59Z", "2026-11-23T12:00:01Z"}},
	{"s3:signatureversion", "", "String", []string{"AWS4-HMAC-SHA256", "AWS", "AWS4-*"}},
	{"s3:authType", "", "String", []string{"REST-HEADER", "REST-QUERY-STRING", "POST"}},
	{"s3:TlsVersion", "", "Numeric", []string{"1.2", "1.3", "1.1"}},
	{"aws:SourceIdentity", "", "String", []string{"*", "ada"}}, // absent
	{"aws:PrincipalArn", "", "Arn",
		[]string{"arn:aws:iam::111111111111:user/bob", "arn:aws:iam::111111111111:user/*", "arn:aws:iam::*:role/deployer",
			"arn:aws:iam::111111111111:*", "arn:aws:iam::222222222222:root", "arn:*:iam::1111?1111111:user/team/ci",
			"arn:aws:*"}},
	{"aws:PrincipalArn", "", "String",
		[]string{"arn:aws:iam::111111111111:user/bob", "arn:aws:iam::111111111111:*", "*",
			"arn:aws:iam::111111111111:role/team/builder"}},
	{"aws:PrincipalAccount", "", "String", []string{"111111111111", "222222222222", "1*", "333333333333"}},
	{"aws:PrincipalOrgID", "", "String", []string{"o-abcdefghij", "o-other", "o-*", "O-ABCDEFGHIJ"}},
	{"aws:PrincipalType", "", "String", []string{"User", "AssumedRole", "user", "*"}},
	// absent for roles
	{"aws:username", "", "String", []string{"bob", "BOB", "test.user", "b?b", "ci", "*", "${aws:username}"}},
	{"aws:ResourceAccount", "", "String", []string{"222222222222", "111111111111"}},
	{"s3:ResourceAccount", "", "String", []string{"222222222222", "111111111111"}},
	{"aws:RequestedRegion", "", "String", []string{"us-east-1", "eu-*", "US-EAST-1"}},
	{"aws:SourceVpce", "", "String", []string{"vpce-1", "*"}}, // absent
	{"s3:prefix", "s3:ListBucket", "String",
		[]string{"", "builds/", "builds/*", "${aws:username}/*", "builds/sub/", "*", "BUILDS/"}},
	{"s3:delimiter", "s3:ListBucket", "String", []string{"/", "|"}},
	{"s3:max-keys", "s3:ListBucket", "Numeric", []string{"10", "100", "1000", "10.0"}},
	{"s3:x-amz-acl", "s3:PutObject", "String", []string{"bucket-owner-full-control", "public-read", "*-read"}},
	{"s3:x-amz-server-side-encryption", "s3:PutObject", "String", []string{"aws:kms", "AES256"}},
	{"s3:ExistingObjectTag/team", "s3:GetObject", "String", []string{"blue", "red", "b*"}},
	{"s3:RequestObjectTagKeys", "s3:PutObject", "Set", []string{"team", "env", "t*", "cost"}},
	{"aws:TagKeys", "", "Set", []string{"team", "env"}}, // absent
	{"aws:CurrentTime", "", "Null", []string{"true", "false"}},
	{"aws:username", "", "Null", []string{"true", "false"}},
	{"aws:SourceVpce", "", "Null", []string{"true", "false"}},
	{"s3:prefix", "s3:ListBucket", "Null", []string{"true", "false"}},
}

var operatorsOf = map[string][]string{
	"Date": {"DateLessThan", "DateLessThan", "DateLessThanEquals", "DateGreaterThan", "DateGreaterThanEquals",
		"DateEquals", "DateNotEquals"},
	"Ip":   {"IpAddress", "NotIpAddress"},
	"Bool": {"Bool"},
	"Null": {"Null"},
	"Arn":  {"ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike"},
	"String": {"StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase",
		"StringLike", "StringNotLike"},
	"Numeric": {"NumericEquals", "NumericNotEquals", "NumericLessThan", "NumericLessThanEquals",
		"NumericGreaterThan", "NumericGreaterThanEquals"},
	"Set": {"ForAllValues:StringEquals", "ForAnyValue:StringEquals", "ForAllValues:StringLike", "ForAnyValue:StringLike",
		"ForAllValues:StringNotEquals", "ForAnyValue:StringNotEquals"},
}

// condition draws a condition that S3 would accept for this action.
func (g *generator) condition(c *caseLine, who caller) (operator, key string, value any) {
	var fit []subject
	for _, s := range subjects {
		if s.on == "" || c.Action == s.on {
			fit = append(fit, s)
		}
	}
	s := fit[g.IntN(len(fit))]
	if g.Chance(25) {
		s = subjects[0] // draw dates often, because the bot relies on them
	}
	operator = g.Pick(operatorsOf[s.kind])
	if s.kind != "Null" && g.Chance(12) {
		operator += "IfExists"
	}
	key = s.key
	if g.Chance(10) {
		key = strings.ToLower(key)
	}
	if s.kind == "Null" || s.kind == "Bool" {
		return operator, key, g.Pick(s.values)
	}
	return operator, key, one(g.some(s.values))
}

// requestKeys returns the condition keys that the request itself sets. awssim
// gets them too.
func (g *generator) requestKeys(action string) map[string]any {
	out := map[string]any{}
	for _, s := range subjects {
		if s.on == "" || action != s.on || s.key == "s3:prefix" || g.Chance(40) {
			continue
		}
		switch s.kind {
		case "Set":
			out[s.key] = g.some([]string{"team", "env", "other"})
		case "Numeric":
			out[s.key] = g.Pick([]string{"10", "100", "1000"})
		case "String":
			if v := g.Pick(s.values); !strings.ContainsAny(v, "*?$") {
				out[s.key] = v
			}
		}
	}
	return out
}
