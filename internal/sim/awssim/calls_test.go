package awssim_test

import (
	"context"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"s3share/internal/sim/awssim"
)

const (
	managed     = "arn:aws:iam::" + grantee + ":policy/s3share/s3share"
	allowAll    = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`
	allowGet    = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}`
	trustBuild  = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"` + grantee + `"},"Action":"sts:AssumeRole"}]}`
	bobMayRead  = `{"Version":"2012-10-17","Statement":[{"Sid":"x","Effect":"Allow","Principal":{"AWS":"` + bob + `"},"Action":"s3:GetObject","Resource":"` + objects + `"}]}`
	deployerARN = "arn:aws:iam::" + grantee + ":role/deployer"
)

// A full bench has something for every operation to act on: the bucket has a
// policy and an object, the group a policy and a member, the role a policy.
type full struct {
	*bench
	owner, iamAdmin clients
	user            clients // bob, who may do everything that his account may
	key             string  // a KMS key of the owner
}

func newFull(t *testing.T, cfg awssim.Config) *full {
	t.Helper()
	b := &full{bench: newBench(t, cfg)}
	b.build.Group("/s3share/", "s3share", allowGet)
	b.build.Group("/", "empty", "")
	b.build.ManagedPolicy("/s3share/", "s3share", allowGet)
	b.build.ManagedPolicy("/", "other", allowGet)
	b.build.Role("deployer", trustBuild)
	b.build.AttachToRole("deployer", managed)
	b.build.User("joined")
	b.build.Join("joined", "s3share")
	b.build.UserPolicy("bob", "all", allowAll)
	b.nonprod.PutObject(bucket, "a.txt", []byte("hello"))
	if err := b.nonprod.SetPolicy(bucket, bobMayRead); err != nil {
		t.Fatal(err)
	}
	b.owner, b.iamAdmin, b.user = b.root(b.nonprod), b.root(b.build), b.bench.user(b.build, "bob")
	b.key = b.nonprod.Key("us-east-1", false)
	return b
}

// everyCall makes one successful call of each operation. A full bench serves
// each of them once.
var everyCall = map[string]func(ctx context.Context, b *full) error{
	"ListBuckets": func(ctx context.Context, b *full) error {
		_, err := b.owner.s3.ListBuckets(ctx, &s3.ListBucketsInput{})
		return err
	},
	"CreateBucket": func(ctx context.Context, b *full) error {
		_, err := b.owner.s3.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: aws.String("fresh")})
		return err
	},
	"HeadBucket": func(ctx context.Context, b *full) error {
		_, err := b.owner.s3.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: aws.String(bucket)})
		return err
	},
	"GetBucketLocation": func(ctx context.Context, b *full) error {
		_, err := b.owner.s3.GetBucketLocation(ctx, &s3.GetBucketLocationInput{Bucket: aws.String(bucket)})
		return err
	},
	"GetBucketPolicy": func(ctx context.Context, b *full) error {
		_, err := b.owner.s3.GetBucketPolicy(ctx, &s3.GetBucketPolicyInput{Bucket: aws.String(bucket)})
		return err
	},
	"PutBucketPolicy": func(ctx context.Context, b *full) error {
		text := strings.ReplaceAll(bobMayRead, `"x"`, `"y"`)
		_, err := b.owner.s3.PutBucketPolicy(ctx, &s3.PutBucketPolicyInput{Bucket: aws.String(bucket), Policy: &text})
		return err
	},
	"DeleteBucketPolicy": func(ctx context.Context, b *full) error {
		_, err := b.owner.s3.DeleteBucketPolicy(ctx, &s3.DeleteBucketPolicyInput{Bucket: aws.String(bucket)})
		return err
	},
	"GetBucketPolicyStatus": func(ctx context.Context, b *full) error {
		_, err := b.owner.s3.GetBucketPolicyStatus(ctx, &s3.GetBucketPolicyStatusInput{Bucket: aws.String(bucket)})
		return err
	},
	"GetBucketOwnershipControls": func(ctx context.Context, b *full) error {
		_, err := b.owner.s3.GetBucketOwnershipControls(ctx, &s3.GetBucketOwnershipControlsInput{Bucket: aws.String(bucket)})
		return err
	},
	"GetBucketEncryption": func(ctx context.Context, b *full) error {
		_, err := b.owner.s3.GetBucketEncryption(ctx, &s3.GetBucketEncryptionInput{Bucket: aws.String(bucket)})
		return err
	},
	"GetPublicAccessBlock": func(ctx context.Context, b *full) error {
		_, err := b.owner.s3.GetPublicAccessBlock(ctx, &s3.GetPublicAccessBlockInput{Bucket: aws.String(bucket)})
		return err
	},
	"GetBucketAcl": func(ctx context.Context, b *full) error {
		_, err := b.owner.s3.GetBucketAcl(ctx, &s3.GetBucketAclInput{Bucket: aws.String(bucket)})
		return err
	},
	"GetBucketRequestPayment": func(ctx context.Context, b *full) error {
		_, err := b.owner.s3.GetBucketRequestPayment(ctx, &s3.GetBucketRequestPaymentInput{Bucket: aws.String(bucket)})
		return err
	},
	"GetBucketAbac": func(ctx context.Context, b *full) error {
		_, err := b.owner.s3.GetBucketAbac(ctx, &s3.GetBucketAbacInput{Bucket: aws.String(bucket)})
		return err
	},
	"GetBucketVersioning": func(ctx context.Context, b *full) error {
		_, err := b.owner.s3.GetBucketVersioning(ctx, &s3.GetBucketVersioningInput{Bucket: aws.String(bucket)})
		return err
	},
	"ListObjectsV2": func(ctx context.Context, b *full) error {
		_, err := b.owner.s3.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: aws.String(bucket)})
		return err
	},
	"GetObject": func(ctx context.Context, b *full) error {
		_, err := b.user.s3.GetObject(ctx, &s3.GetObjectInput{Bucket: aws.String(bucket), Key: aws.String("a.txt")})
		return err
	},
	"HeadObject": func(ctx context.Context, b *full) error {
		_, err := b.user.s3.HeadObject(ctx, &s3.HeadObjectInput{Bucket: aws.String(bucket), Key: aws.String("a.txt")})
		return err
	},
	"PutObject": func(ctx context.Context, b *full) error {
		_, err := b.owner.s3.PutObject(ctx, &s3.PutObjectInput{Bucket: aws.String(bucket), Key: aws.String("b.txt"), Body: strings.NewReader("b")})
		return err
	},
	"DeleteObject": func(ctx context.Context, b *full) error {
		_, err := b.owner.s3.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: aws.String(bucket), Key: aws.String("a.txt")})
		return err
	},
	"GetCallerIdentity": func(ctx context.Context, b *full) error {
		_, err := b.user.sts.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
		return err
	},
	"AssumeRole": func(ctx context.Context, b *full) error {
		_, err := b.user.sts.AssumeRole(ctx, &sts.AssumeRoleInput{RoleArn: aws.String(deployerARN), RoleSessionName: aws.String("test")})
		return err
	},
	"DescribeKey": describeKey,
	"GetUser": func(ctx context.Context, b *full) error {
		_, err := b.iamAdmin.iam.GetUser(ctx, &iam.GetUserInput{UserName: aws.String("bob")})
		return err
	},
	"ListUsers": func(ctx context.Context, b *full) error {
		_, err := b.iamAdmin.iam.ListUsers(ctx, &iam.ListUsersInput{})
		return err
	},
	"CreateUser": func(ctx context.Context, b *full) error {
		_, err := b.iamAdmin.iam.CreateUser(ctx, &iam.CreateUserInput{UserName: aws.String("fresh")})
		return err
	},
	"UpdateUser": func(ctx context.Context, b *full) error {
		_, err := b.iamAdmin.iam.UpdateUser(ctx, &iam.UpdateUserInput{UserName: aws.String("joined"), NewUserName: aws.String("renamed")})
		return err
	},
	"DeleteUser": func(ctx context.Context, b *full) error {
		b.build.User("leaver")
		_, err := b.iamAdmin.iam.DeleteUser(ctx, &iam.DeleteUserInput{UserName: aws.String("leaver")})
		return err
	},
	"GetGroup": func(ctx context.Context, b *full) error {
		_, err := b.iamAdmin.iam.GetGroup(ctx, &iam.GetGroupInput{GroupName: aws.String("s3share")})
		return err
	},
	"ListGroupsForUser": func(ctx context.Context, b *full) error {
		_, err := b.iamAdmin.iam.ListGroupsForUser(ctx, &iam.ListGroupsForUserInput{UserName: aws.String("joined")})
		return err
	},
	"AddUserToGroup": func(ctx context.Context, b *full) error {
		_, err := b.iamAdmin.iam.AddUserToGroup(ctx, &iam.AddUserToGroupInput{GroupName: aws.String("s3share"), UserName: aws.String("bob")})
		return err
	},
	"RemoveUserFromGroup": func(ctx context.Context, b *full) error {
		_, err := b.iamAdmin.iam.RemoveUserFromGroup(ctx, &iam.RemoveUserFromGroupInput{GroupName: aws.String("s3share"), UserName: aws.String("joined")})
		return err
	},
	"ListGroupPolicies": func(ctx context.Context, b *full) error {
		_, err := b.iamAdmin.iam.ListGroupPolicies(ctx, &iam.ListGroupPoliciesInput{GroupName: aws.String("s3share")})
		return err
	},
	"GetGroupPolicy": func(ctx context.Context, b *full) error {
		_, err := b.iamAdmin.iam.GetGroupPolicy(ctx, &iam.GetGroupPolicyInput{GroupName: aws.String("s3share"), PolicyName: aws.String("s3share")})
		return err
	},
	"PutGroupPolicy": func(ctx context.Context, b *full) error {
		_, err := b.iamAdmin.iam.PutGroupPolicy(ctx, &iam.PutGroupPolicyInput{GroupName: aws.String("empty"), PolicyName: aws.String("p"), PolicyDocument: aws.String(allowGet)})
		return err
	},
	"ListAttachedGroupPolicies": func(ctx context.Context, b *full) error {
		_, err := b.iamAdmin.iam.ListAttachedGroupPolicies(ctx, &iam.ListAttachedGroupPoliciesInput{GroupName: aws.String("s3share")})
		return err
	},
	"GetRole": func(ctx context.Context, b *full) error {
		_, err := b.iamAdmin.iam.GetRole(ctx, &iam.GetRoleInput{RoleName: aws.String("deployer")})
		return err
	},
	"ListRoles": func(ctx context.Context, b *full) error {
		_, err := b.iamAdmin.iam.ListRoles(ctx, &iam.ListRolesInput{})
		return err
	},
	"AttachRolePolicy": func(ctx context.Context, b *full) error {
		_, err := b.iamAdmin.iam.AttachRolePolicy(ctx, &iam.AttachRolePolicyInput{RoleName: aws.String("deployer"), PolicyArn: aws.String(otherPolicy)})
		return err
	},
	"DetachRolePolicy": func(ctx context.Context, b *full) error {
		_, err := b.iamAdmin.iam.DetachRolePolicy(ctx, &iam.DetachRolePolicyInput{RoleName: aws.String("deployer"), PolicyArn: aws.String(managed)})
		return err
	},
	"ListAttachedRolePolicies": func(ctx context.Context, b *full) error {
		_, err := b.iamAdmin.iam.ListAttachedRolePolicies(ctx, &iam.ListAttachedRolePoliciesInput{RoleName: aws.String("deployer")})
		return err
	},
	"GetPolicy": func(ctx context.Context, b *full) error {
		_, err := b.iamAdmin.iam.GetPolicy(ctx, &iam.GetPolicyInput{PolicyArn: aws.String(managed)})
		return err
	},
	"GetPolicyVersion": func(ctx context.Context, b *full) error {
		_, err := b.iamAdmin.iam.GetPolicyVersion(ctx, &iam.GetPolicyVersionInput{PolicyArn: aws.String(managed), VersionId: aws.String("v1")})
		return err
	},
	"GetAccountSummary": func(ctx context.Context, b *full) error {
		_, err := b.iamAdmin.iam.GetAccountSummary(ctx, &iam.GetAccountSummaryInput{})
		return err
	},
}

const otherPolicy = "arn:aws:iam::" + grantee + ":policy/other"

func TestEveryOperation(t *testing.T) {
	for _, op := range awssim.Operations() {
		call := everyCall[op]
		if call == nil {
			t.Errorf("no call of %s is tried", op)
			continue
		}
		b := newFull(t, awssim.Config{})
		if err := call(ctx, b); err != nil {
			t.Errorf("%s: %v", op, err)
		}
		calls := b.Calls()
		if len(calls) != 1 || calls[0].Op != op || calls[0].Code != "" || calls[0].Status/100 != 2 || calls[0].Caller == "" || calls[0].Resource == "" {
			t.Errorf("%s was kept as %+v", op, calls)
		}
	}
	if len(everyCall) != len(awssim.Operations()) {
		t.Errorf("%d calls for %d operations", len(everyCall), len(awssim.Operations()))
	}
}

// Everything needs its own permission: a user without policies may nothing but
// ask who they are.
func TestEveryOperationIsAuthorised(t *testing.T) {
	for op, call := range everyCall {
		b := newFull(t, awssim.Config{})
		b.nonprod.User("nobody")
		b.build.User("nobody")
		b.owner, b.iamAdmin = b.bench.user(b.nonprod, "nobody"), b.bench.user(b.build, "nobody")
		b.user = b.iamAdmin
		err := call(ctx, b)
		switch {
		case op == "GetCallerIdentity":
			wantCode(t, op, err, "", 0, "")
		case op == "HeadBucket" || op == "HeadObject":
			wantCode(t, op, err, "Forbidden", 403, "")
		case op == "DescribeKey":
			wantCode(t, op, err, "AccessDeniedException", 400, "kms:DescribeKey")
		case op == "AssumeRole":
			wantCode(t, op, err, "AccessDenied", 403, "is not authorized to perform: sts:AssumeRole")
		case op == "GetObject": // another account's bucket says no more
			wantCode(t, op, err, "AccessDenied", 403, "Access Denied")
		default:
			wantCode(t, op, err, "AccessDenied", 403, "because no identity-based policy allows the ")
		}
	}
}

// bobMayReadAs is bobMayRead with another Sid.
func bobMayReadAs(sid string) string { return strings.Replace(bobMayRead, `"x"`, `"`+sid+`"`, 1) }
