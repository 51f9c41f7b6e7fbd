package main

import (
	"maps"
	"slices"
	"strings"
)

// uniqueID is the id of a user or role in these cases.
func uniqueID(arn string) string {
	name := strings.ToUpper(strings.NewReplacer(".", "", "-", "").Replace(arn[strings.LastIndex(arn, "/")+1:]))
	if strings.Contains(arn, ":role/") {
		return "AROA" + name
	}
	return "AIDA" + name
}

// members draws requests of the grantee, of another member of the group, and of
// a user that the statements may match. Each has an unsigned variant. Actions,
// resources and contexts are drawn to match the statements.
func (g *generator) members(allows []statement) (all []request) {
	for i, who := range []string{grantee, other, meant(g, allows)} {
		for range []int{12, 12, 24}[i] {
			r := request{Principal: who, Action: g.Pick([]string{"s3:GetObject", "s3:PutObject", "s3:ListBucket"}),
				Resource: bucketARN + "/builds/a.txt"}
			s := statement{}
			if len(allows) > 0 {
				s = allows[g.IntN(len(allows))]
			}
			if actions, ok := s["Action"]; ok && g.Chance(80) {
				if r.Action = g.Pick(asList(actions)); r.Action != "s3:PutObject" && r.Action != "s3:ListBucket" {
					r.Action = "s3:GetObject"
				}
			}
			r = g.within(r, []statement{s}, false)
			if r.Action == "s3:ListBucket" {
				r.Resource = bucketARN
			} else if _, but := s["NotResource"]; but && g.Chance(70) {
				r.Resource = bucketARN + g.Pick([]string{"/elsewhere/x", "/home/x"})
			} else if resources, ok := s["Resource"]; ok {
				r.Resource = g.filled(g.Pick(asList(resources)), r.Context)
			}
			r.Unsigned = map[string]any{}
			for key, value := range r.Context {
				if unsigned[key] {
					r.Unsigned[key] = value
				}
			}
			all = append(all, r)
		}
	}
	return all
}

// meant returns a user of the account that a condition may match.
func meant(g *generator, allows []statement) string {
	name, path := "cas", ""
	for _, s := range allows {
		block, _ := s["Condition"].(map[string]map[string]any)
		for _, op := range slices.Sorted(maps.Keys(block)) {
			for _, key := range slices.Sorted(maps.Keys(block[op])) {
				value := block[op][key]
				if strings.Contains(op, "Not") || op == "Null" {
					continue
				}
				values := asList(value)
				if strings.Contains(op, "StringEquals") { // StringEquals has no wildcards, and no name contains a star
					values = slices.DeleteFunc(slices.Clone(values), func(v string) bool { return strings.Contains(v, "*") })
				}
				if len(values) == 0 {
					continue
				}
				text := strings.NewReplacer("*", "x", "?", "y").Replace(values[0])
				switch users := "arn:aws:iam::" + granteeID + ":user/"; {
				case key == "aws:username":
					name = text
				case key == "aws:PrincipalArn" && strings.HasPrefix(text, users):
					path = strings.TrimPrefix(text, users)
					at := strings.LastIndex(path, "/") + 1
					if path, text = path[:at], path[at:]; text != "x" || name == "cas" {
						name = text
					}
				}
			}
		}
	}
	return "arn:aws:iam::" + granteeID + ":user/" + path + name
}

// filled returns an object that matches the pattern in this context.
func (g *generator) filled(pattern string, context map[string]any) string {
	if pattern == bucketARN || pattern == bucketARN+"*" {
		return bucketARN + "/builds/a.txt"
	}
	if g.old { // without variables, ${…} is text
		return strings.ReplaceAll(strings.ReplaceAll(pattern, "${", "$?"), "*", "x")
	}
	for key, value := range context {
		pattern = strings.ReplaceAll(pattern, "${"+key+"}", value.(string))
	}
	if team, ok := context["aws:PrincipalTag/team"]; ok {
		pattern = strings.ReplaceAll(pattern, "${aws:PrincipalTag/team, 'team'}", team.(string))
	}
	return strings.ReplaceAll(strings.ReplaceAll(pattern, "${aws:PrincipalTag/team, 'team'}", "team"), "*", "x")
}

// within draws the context of a request. A grant's own request is signed by
// version 4, uses HTTPS, and comes from the principal itself.
func (g *generator) within(r request, statements []statement, own bool) request {
	account := strings.Split(r.Principal, ":")[4]
	name := r.Principal[strings.LastIndex(r.Principal, "/")+1:]
	r.Context = map[string]any{
		"aws:CurrentTime": now.Format("2006-01-02T15:04:05Z"), "aws:EpochTime": "1795435200", "aws:SecureTransport": "true",
		"aws:SourceIp": g.Pick(addresses), "aws:PrincipalArn": r.Principal, "aws:PrincipalAccount": account,
		"aws:PrincipalType": "User",
		"aws:userid":        uniqueID(r.Principal), "aws:ResourceAccount": ownerID, "s3:ResourceAccount": ownerID,
		"aws:ViaAWSService": "false", "aws:PrincipalIsAWSService": "false", "aws:RequestedRegion": "us-east-1",
		"s3:TlsVersion":       g.Pick([]string{"1.2", "1.3"}),
		"s3:signatureversion": "AWS4-HMAC-SHA256", "s3:authType": g.Pick([]string{"REST-HEADER", "REST-QUERY-STRING"}),
		"s3:signatureAge": g.Pick([]string{"100", "700000"}),
	}
	if strings.Contains(r.Principal, ":role/") {
		r.Context["aws:PrincipalType"], r.Context["aws:userid"] = "AssumedRole", uniqueID(r.Principal)+":s3share"
	} else {
		r.Context["aws:username"] = name
	}
	for _, key := range slices.Sorted(maps.Keys(optional)) {
		if g.Chance(50) {
			r.Context[key] = g.Pick(optional[key])
		}
	}
	if r.Action == "s3:ListBucket" && (own || g.Chance(70)) {
		r.Context["s3:prefix"] = g.Pick([]string{"builds/", "builds/a", "builds/secret/"})
	}
	if !own {
		r.Context["aws:CurrentTime"] = g.Pick(
			[]string{"2019-12-31T23:59:59Z", "2026-11-23T12:00:00Z", "2099-12-31T00:00:00Z"})
	}
	if !own && g.Chance(20) {
		r.Context["s3:signatureversion"] = g.Pick([]string{"AWS", "AWS4-ECDSA-P256-SHA256"})
		r.Context["s3:authType"] = "POST"
	}
	if !own && g.Chance(30) { // plain HTTP
		r.Context["aws:SecureTransport"] = "false"
		delete(r.Context, "s3:TlsVersion")
	}
	g.meet(r.Context, statements, own)
	return r
}

// meet usually sets free keys to a value that one of the statements requires.
func (g *generator) meet(context map[string]any, statements []statement, own bool) {
	if len(statements) == 0 || g.Chance(20) {
		return
	}
	conditions, _ := statements[g.IntN(len(statements))]["Condition"].(map[string]map[string]any)
	for _, op := range slices.Sorted(maps.Keys(conditions)) {
		for _, key := range slices.Sorted(maps.Keys(conditions[op])) {
			values := asList(conditions[op][key])
			if !isFree[key] || own && key == "s3:signatureversion" || strings.Contains(op, "Null") ||
				strings.Contains(op, "Not") || len(values) == 0 || strings.Contains(values[0], "${") {
				continue
			}
			value := values[g.IntN(len(values))]
			if !strings.Contains(op, "StringEquals") { // StringEquals has no wildcards
				value = strings.NewReplacer("*", "x", "?", "y").Replace(value)
			}
			switch {
			case key == "aws:SourceIp":
				value, _, _ = strings.Cut(value, "/")
			case strings.Contains(op, "LessThan"):
				value = "1"
			}
			context[key] = value
		}
	}
}

var addresses = []string{"10.1.2.3", "203.0.113.7", "198.51.100.9"}

// optional are keys that a request may lack.
var optional = map[string][]string{
	"aws:PrincipalOrgID": {"o-abcdefghij", "o-zzzzzzzzzz"}, "aws:SourceVpc": {"vpc-1a2b3c4d"},
	"aws:SourceVpce": {"vpce-1a2b3c4d"},
	"aws:UserAgent":  {"aws-cli/2"}, "aws:referer": {"https://example.com/"},
	"aws:MultiFactorAuthPresent": {"true", "false"},
	"aws:SourceIdentity":         {"ann@example.com", "x"}, "aws:PrincipalTag/team": {"build", "team"},
	"s3:ExistingObjectTag/public": {"yes", "no"},
}

// isFree are the keys whose value the request chooses.
var isFree = map[string]bool{
	"aws:SourceIp": true, "aws:SourceVpc": true, "aws:SourceVpce": true, "aws:PrincipalOrgID": true,
	"aws:UserAgent": true, "aws:referer": true, "aws:MultiFactorAuthPresent": true, "aws:SourceIdentity": true,
	"aws:PrincipalTag/team": true, "s3:ExistingObjectTag/public": true, "s3:authType": true, "s3:signatureAge": true,
	"s3:signatureversion": true,
}

// unsigned are the keys that an unsigned request has too. The list is from the
// documentation of condition keys, not from internal/policy.
var unsigned = map[string]bool{
	"aws:CurrentTime": true, "aws:EpochTime": true, "aws:SecureTransport": true, "aws:SourceIp": true,
	"aws:SourceVpc": true, "aws:SourceVpce": true, "aws:UserAgent": true, "aws:referer": true,
	"aws:ResourceAccount": true, "s3:ResourceAccount": true, "aws:ViaAWSService": true, "aws:RequestedRegion": true,
	"s3:TlsVersion": true, "s3:prefix": true, "s3:ExistingObjectTag/public": true,
}
