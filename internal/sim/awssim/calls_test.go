package awssim_test

import (
	"context"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
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

// A full bench has the target of each operation: the bucket has a policy and an
// object, the group a policy and a member, the role a policy.
type full struct {
	*bench
	owner, iamAdmin clients
	user            clients // bob, with every permission in his account
	key             string  // a KMS key of the bucket's owner
	upload          *string // a multipart upload of m with one part
	part            *string // the ETag of that part
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
	upload := must(b.owner.s3.CreateMultipartUpload(ctx, &s3.CreateMultipartUploadInput{Bucket: aws.String(bucket), Key: aws.String("m")}))(t)
	part := must(b.owner.s3.UploadPart(ctx, &s3.UploadPartInput{Bucket: aws.String(bucket), Key: aws.String("m"), UploadId: upload.UploadId,
		PartNumber: aws.Int32(1), Body: strings.NewReader("b")}))(t)
	b.upload, b.part = upload.UploadId, part.ETag
	b.ResetCalls()
	return b
}

// everyCall has one successful call for each operation. A full bench can serve
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
	"ListObjects": func(ctx context.Context, b *full) error {
		_, err := b.owner.s3.ListObjects(ctx, &s3.ListObjectsInput{Bucket: aws.String(bucket)})
		return err
	},
	"DeleteBucket": func(ctx context.Context, b *full) error {
		b.nonprod.Bucket("empty", awssim.BucketOptions{})
		_, err := b.owner.s3.DeleteBucket(ctx, &s3.DeleteBucketInput{Bucket: aws.String("empty")})
		return err
	},
	"GetBucketTagging": func(ctx context.Context, b *full) error {
		b.nonprod.Bucket("tagged", awssim.BucketOptions{Tags: map[string]string{"team": "blue"}})
		_, err := b.owner.s3.GetBucketTagging(ctx, &s3.GetBucketTaggingInput{Bucket: aws.String("tagged")})
		return err
	},
	"CopyObject": func(ctx context.Context, b *full) error {
		_, err := b.owner.s3.CopyObject(ctx, &s3.CopyObjectInput{Bucket: aws.String(bucket), Key: aws.String("c.txt"), CopySource: aws.String(bucket + "/a.txt")})
		return err
	},
	"DeleteObjects": func(ctx context.Context, b *full) error {
		_, err := b.owner.s3.DeleteObjects(ctx, &s3.DeleteObjectsInput{Bucket: aws.String(bucket), Delete: &types.Delete{Objects: []types.ObjectIdentifier{{Key: aws.String("a.txt")}}}})
		return err
	},
	"CreateMultipartUpload": func(ctx context.Context, b *full) error {
		_, err := b.owner.s3.CreateMultipartUpload(ctx, &s3.CreateMultipartUploadInput{Bucket: aws.String(bucket), Key: aws.String("m")})
		return err
	},
	"UploadPart": func(ctx context.Context, b *full) error {
		_, err := b.owner.s3.UploadPart(ctx, &s3.UploadPartInput{Bucket: aws.String(bucket), Key: aws.String("m"), UploadId: b.upload, PartNumber: aws.Int32(1), Body: strings.NewReader("b")})
		return err
	},
	"UploadPartCopy": func(ctx context.Context, b *full) error {
		_, err := b.owner.s3.UploadPartCopy(ctx, &s3.UploadPartCopyInput{Bucket: aws.String(bucket), Key: aws.String("m"), UploadId: b.upload, PartNumber: aws.Int32(1), CopySource: aws.String(bucket + "/a.txt")})
		return err
	},
	"CompleteMultipartUpload": func(ctx context.Context, b *full) error {
		_, err := b.owner.s3.CompleteMultipartUpload(ctx, &s3.CompleteMultipartUploadInput{Bucket: aws.String(bucket), Key: aws.String("m"), UploadId: b.upload,
			MultipartUpload: &types.CompletedMultipartUpload{Parts: []types.CompletedPart{{PartNumber: aws.Int32(1), ETag: b.part}}}})
		return err
	},
	"AbortMultipartUpload": func(ctx context.Context, b *full) error {
		_, err := b.owner.s3.AbortMultipartUpload(ctx, &s3.AbortMultipartUploadInput{Bucket: aws.String(bucket), Key: aws.String("m"), UploadId: b.upload})
		return err
	},
	"ListParts": func(ctx context.Context, b *full) error {
		_, err := b.owner.s3.ListParts(ctx, &s3.ListPartsInput{Bucket: aws.String(bucket), Key: aws.String("m"), UploadId: b.upload})
		return err
	},
	"ListMultipartUploads": func(ctx context.Context, b *full) error {
		_, err := b.owner.s3.ListMultipartUploads(ctx, &s3.ListMultipartUploadsInput{Bucket: aws.String(bucket)})
		return err
	},
	"GetObjectTagging": func(ctx context.Context, b *full) error {
		_, err := b.owner.s3.GetObjectTagging(ctx, &s3.GetObjectTaggingInput{Bucket: aws.String(bucket), Key: aws.String("a.txt")})
		return err
	},
	"PutObjectTagging": func(ctx context.Context, b *full) error {
		_, err := b.owner.s3.PutObjectTagging(ctx, &s3.PutObjectTaggingInput{Bucket: aws.String(bucket), Key: aws.String("a.txt"),
			Tagging: &types.Tagging{TagSet: []types.Tag{{Key: aws.String("team"), Value: aws.String("blue")}}}})
		return err
	},
	"DeleteObjectTagging": func(ctx context.Context, b *full) error {
		_, err := b.owner.s3.DeleteObjectTagging(ctx, &s3.DeleteObjectTaggingInput{Bucket: aws.String(bucket), Key: aws.String("a.txt")})
		return err
	},
	"GetObjectAttributes": func(ctx context.Context, b *full) error {
		_, err := b.owner.s3.GetObjectAttributes(ctx, &s3.GetObjectAttributesInput{Bucket: aws.String(bucket), Key: aws.String("a.txt"), ObjectAttributes: []types.ObjectAttributes{"ETag"}})
		return err
	},
	"CreateGroup": func(ctx context.Context, b *full) error {
		_, err := b.iamAdmin.iam.CreateGroup(ctx, &iam.CreateGroupInput{GroupName: aws.String("fresh")})
		return err
	},
	"DeleteGroup": func(ctx context.Context, b *full) error {
		_, err := b.iamAdmin.iam.DeleteGroup(ctx, &iam.DeleteGroupInput{GroupName: aws.String("empty")})
		return err
	},
	"ListGroups": func(ctx context.Context, b *full) error {
		_, err := b.iamAdmin.iam.ListGroups(ctx, &iam.ListGroupsInput{})
		return err
	},
	"DeleteGroupPolicy": func(ctx context.Context, b *full) error {
		_, err := b.iamAdmin.iam.DeleteGroupPolicy(ctx, &iam.DeleteGroupPolicyInput{GroupName: aws.String("s3share"), PolicyName: aws.String("s3share")})
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

// Each operation needs its own permission. A user without policies may only
// call GetCallerIdentity.
func TestEveryOperationIsAuthorised(t *testing.T) {
	for op, call := range everyCall {
		b := newFull(t, awssim.Config{})
		b.nonprod.User("nobody")
		b.build.User("nobody")
		b.owner, b.iamAdmin = b.bench.user(b.nonprod, "nobody"), b.bench.user(b.build, "nobody")
		b.user = b.iamAdmin
		err := call(ctx, b)
		switch {
		case op == "DeleteObjects": // reports the error per object
			wantCode(t, op, err, "", 0, "")
			if _, kept := b.nonprod.Object(bucket, "a.txt"); !kept {
				t.Error("DeleteObjects deleted without permission")
			}
		case op == "GetCallerIdentity":
			wantCode(t, op, err, "", 0, "")
		case op == "HeadBucket" || op == "HeadObject":
			wantCode(t, op, err, "Forbidden", 403, "")
		case op == "DescribeKey":
			wantCode(t, op, err, "AccessDeniedException", 400, "kms:DescribeKey")
		case op == "AssumeRole":
			wantCode(t, op, err, "AccessDenied", 403, "is not authorized to perform: sts:AssumeRole")
		case op == "GetObject": // across accounts S3 gives no reason
			wantCode(t, op, err, "AccessDenied", 403, "Access Denied")
		default:
			wantCode(t, op, err, "AccessDenied", 403, "because no identity-based policy allows the ")
		}
	}
}

// bobMayReadAs is bobMayRead with another Sid.
func bobMayReadAs(sid string) string { return strings.Replace(bobMayRead, `"x"`, `"`+sid+`"`, 1) }
