package main

// A shape is a bucket policy as in public templates and guides.
type shape struct {
	name       string
	statements []statement
}

func (s shape) version() string { return "2012-10-17" }

type conditions = map[string]map[string]any

var (
	whole = []string{bucketARN, bucketARN + "/*"}
	all   = bucketARN + "/*"
)

func when(op, key string, value any) conditions { return conditions{op: {key: value}} }

func rule(effect string, principal any, action any, resource any, condition conditions) statement {
	s := statement{"Effect": effect, "Principal": principal, "Action": action, "Resource": resource}
	if condition != nil {
		s["Condition"] = condition
	}
	return s
}

func toAWS(values ...string) any            { return map[string]any{"AWS": values} }
func toService(name string) any             { return map[string]any{"Service": name} }
func statements(s ...statement) []statement { return s }

var shapes = []shape{
	{"HTTPS only (Security Hub S3.5)",
		statements(rule("Deny", "*", "s3:*", whole, when("Bool", "aws:SecureTransport", "false")))},
	{"TLS 1.2 at least", statements(rule("Deny", "*", "s3:*", whole, when("NumericLessThan", "s3:TlsVersion", "1.2")))},
	{"Signature Version 4 only",
		statements(rule("Deny", "*", "s3:*", all, when("StringNotEquals", "s3:signatureversion", "AWS4-HMAC-SHA256")))},
	{"no presigned links over ten minutes",
		statements(rule("Deny", "*", "s3:*", all, when("NumericGreaterThan", "s3:signatureAge", "600000")))},
	{"headers only", statements(rule("Deny", "*", "s3:*", all, when("StringNotEquals", "s3:authType", "REST-HEADER")))},
	{"one VPC endpoint only",
		statements(rule("Deny", "*", "s3:*", whole, when("StringNotEquals", "aws:SourceVpce", "vpce-1a2b3c4d")))},
	{"office network only", statements(
		rule("Deny", "*", "s3:*", whole,
			conditions{"NotIpAddress": {"aws:SourceIp": []string{"203.0.113.0/24"}}, "Bool": {"aws:ViaAWSService": "false"}}))},
	{"our organization only",
		statements(rule("Deny", "*", "s3:*", whole,
			conditions{"StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-abcdefghij"},
				"BoolIfExists": {"aws:PrincipalIsAWSService": "false"}}))},
	{"our accounts only", statements(
		rule("Deny", "*", "s3:*", whole, when("StringNotEquals", "aws:PrincipalAccount", []string{granteeID, ownerID})))},
	{"named roles only, by id",
		statements(rule("Deny", "*", "s3:*", whole,
			when("StringNotLike", "aws:userid", []string{"AROAADMIN:*", "AIDATESTUSER", ownerID})))},
	{"named roles only, by ARN",
		statements(rule("Deny", "*", "s3:*", whole,
			when("ArnNotLike", "aws:PrincipalArn", []string{"arn:aws:iam::" + ownerID + ":role/*", grantee})))},
	{"MFA for the sensitive part",
		statements(rule("Deny", "*", "s3:*", bucketARN+"/builds/secret/*", when("Null", "aws:MultiFactorAuthAge", "true")))},
	{"no principal changes the policy",
		statements(rule("Deny", "*", []string{"s3:PutBucketPolicy", "s3:DeleteBucketPolicy"}, bucketARN, nil))},
	{"only the administrator changes the policy",
		statements(rule("Deny", toAWS(accountRoot(ownerID)), []string{"s3:PutBucketPolicy", "s3:DeleteBucketPolicy"},
			bucketARN, when("ArnNotEquals", "aws:PrincipalArn", "arn:aws:iam::"+ownerID+":role/admin")))},
	{"only the administrator and the bot change the policy",
		statements(rule("Deny", "*", "s3:*BucketPolicy", bucketARN,
			when("ArnNotLike", "aws:PrincipalArn", []string{"arn:aws:iam::" + ownerID + ":role/admin", bot})))},
	{"no principal deletes the bucket", statements(rule("Deny", "*", "s3:DeleteBucket", bucketARN, nil))},
	{"everybody but two (NotPrincipal)",
		statements(statement{"Effect": "Deny",
			"NotPrincipal": toAWS(grantee, accountRoot(granteeID), bot, accountRoot(ownerID),
				"arn:aws:sts::"+ownerID+":assumed-role/s3share/s3share"), "Action": "s3:*", "Resource": whole})},
	{"access points only", statements(
		rule("Deny", "*", "s3:*", whole, when("StringNotEquals", "s3:DataAccessPointAccount", ownerID)))},
	{"delegation to access points",
		statements(rule("Allow", toAWS("*"), "*", whole, when("StringEquals", "s3:DataAccessPointAccount", ownerID)))},
	{"delegation to access points by ARN",
		statements(rule("Allow", toAWS("*"), "*", whole,
			when("ArnLike", "s3:DataAccessPointArn", "arn:aws:s3:us-east-1:"+ownerID+":accesspoint/*")))},
	{"public website", statements(rule("Allow", "*", "s3:GetObject", all, nil))},
	{"public website behind a referer",
		statements(rule("Allow", "*", "s3:GetObject", all,
			when("StringLike", "aws:referer", []string{"https://example.com/*"})))},
	{"public objects by tag",
		statements(rule("Allow", "*", "s3:GetObject", all, when("StringEquals", "s3:ExistingObjectTag/public", "yes")))},
	{"CloudFront, origin access control",
		statements(rule("Allow", toService("cloudfront.amazonaws.com"), "s3:GetObject", all,
			when("StringEquals", "aws:SourceArn", "arn:aws:cloudfront::"+ownerID+":distribution/E1")))},
	{"CloudTrail", statements(
		rule("Allow", toService("cloudtrail.amazonaws.com"), "s3:GetBucketAcl", bucketARN, nil),
		rule("Allow", toService("cloudtrail.amazonaws.com"), "s3:PutObject", bucketARN+"/AWSLogs/*",
			when("StringEquals", "s3:x-amz-acl", "bucket-owner-full-control")))},
	{"load balancer's logs", statements(
		rule("Allow", toAWS("arn:aws:iam::127311923021:root"), "s3:PutObject", bucketARN+"/AWSLogs/*", nil))},
	{"inventory by source account",
		statements(rule("Allow", "*", "s3:PutObject", all,
			conditions{"StringEquals": {"aws:SourceAccount": ownerID}, "ArnLike": {"aws:SourceArn": "arn:aws:s3:::other"}}))},
	{"the organization may read",
		statements(rule("Allow", "*", []string{"s3:GetObject", "s3:ListBucket"}, whole,
			when("StringEquals", "aws:PrincipalOrgID", "o-abcdefghij")))},
	{"the account may read", statements(
		rule("Allow", toAWS(accountRoot(granteeID)), []string{"s3:GetObject", "s3:ListBucket"}, whole, nil))},
	{"another account may read",
		statements(rule("Allow", toAWS(accountRoot(otherID)), []string{"s3:GetObject", "s3:ListBucket"}, whole, nil))},
	{"roles of the account, by pattern",
		statements(rule("Allow", toAWS(accountRoot(granteeID)), "s3:GetObject", all,
			when("ArnLike", "aws:PrincipalArn", "arn:aws:iam::"+granteeID+":role/deploy-*")))},
	{"a role of the account, by ARN",
		statements(rule("Allow", toAWS(accountRoot(granteeID)), "s3:GetObject", all,
			when("StringEquals", "aws:PrincipalArn", "arn:aws:iam::"+granteeID+":role/deployer")))},
	{"users of the account, by pattern",
		statements(rule("Allow", toAWS(accountRoot(granteeID)), "s3:GetObject", all,
			when("ArnLike", "aws:PrincipalArn", "arn:aws:iam::"+granteeID+":user/*")))},
	{"one user, by condition",
		statements(rule("Allow", toAWS(accountRoot(granteeID)), "s3:GetObject", all,
			when("ArnEquals", "aws:PrincipalArn", grantee)))},
	{"signed from a VPC", statements(
		rule("Allow", "*", "s3:GetObject", all,
			conditions{"StringEquals": {"aws:SourceVpc": "vpc-1a2b3c4d", "s3:signatureversion": "AWS4-HMAC-SHA256"}}))},
	{"by header from a VPC", statements(
		rule("Allow", "*", "s3:GetObject", all,
			conditions{"StringEquals": {"aws:SourceVpc": "vpc-1a2b3c4d", "s3:authType": "REST-HEADER"}}))},
	{"with MFA from a network",
		statements(rule("Allow", "*", "s3:GetObject", all,
			conditions{"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}, "Bool": {"aws:MultiFactorAuthPresent": "true"}}))},
	{"by source identity from a VPC",
		statements(rule("Allow", "*", "s3:GetObject", all,
			conditions{"StringEquals": {"aws:SourceVpc": "vpc-1a2b3c4d"},
				"StringLike": {"aws:SourceIdentity": "*@example.com"}}))},
	{"home folders from a VPC",
		statements(rule("Allow", "*", "s3:GetObject", bucketARN+"/home/${aws:username}/*",
			when("StringEquals", "aws:SourceVpc", "vpc-1a2b3c4d")))},
	{"anybody from a VPC", statements(
		rule("Allow", "*", "s3:GetObject", all, when("StringEquals", "aws:SourceVpc", "vpc-1a2b3c4d")))},
	{"anybody from a VPC, and a Deny outside the organization", statements(
		rule("Allow", "*", "s3:GetObject", all, when("StringEquals", "aws:SourceVpc", "vpc-1a2b3c4d")),
		rule("Deny", "*", "s3:*", whole, when("StringNotEquals", "aws:PrincipalOrgID", "o-abcdefghij")))},
	{"for all values of the organization",
		statements(rule("Allow", "*", "s3:GetObject", all,
			when("ForAllValues:StringEquals", "aws:PrincipalOrgID", []string{"o-abcdefghij"})))},
}
