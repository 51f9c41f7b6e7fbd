package awssim_test

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"s3share/internal/sim/awssim"
)

func addTo(c clients, group, user string) error {
	_, err := c.iam.AddUserToGroup(ctx, &iam.AddUserToGroupInput{GroupName: &group, UserName: &user})
	return err
}

func TestGroups(t *testing.T) {
	b := newFull(t, awssim.Config{})
	c := b.iamAdmin
	remove := func(group, user string) error {
		_, err := c.iam.RemoveUserFromGroup(ctx, &iam.RemoveUserFromGroupInput{GroupName: &group, UserName: &user})
		return err
	}
	wantCode(t, "no group", addTo(c, "none", "bob"), "NoSuchEntity", 404, "The group with name none cannot be found.")
	wantCode(t, "no user", addTo(c, "s3share", "none"), "NoSuchEntity", 404, "The user with name none cannot be found.")
	wantCode(t, "another case", addTo(c, "S3Share", "bob"), "NoSuchEntity", 404, "")
	wantCode(t, "add", addTo(c, "s3share", "bob"), "", 0, "")
	wantCode(t, "add again", addTo(c, "s3share", "bob"), "", 0, "")
	group := must(c.iam.GetGroup(ctx, &iam.GetGroupInput{GroupName: aws.String("s3share")}))(t)
	if len(group.Users) != 2 || *group.Users[0].Arn != bob || *group.Group.Arn != "arn:aws:iam::"+grantee+":group/s3share/s3share" {
		t.Errorf("group %+v", group)
	}
	of := must(c.iam.ListGroupsForUser(ctx, &iam.ListGroupsForUserInput{UserName: aws.String("bob")}))(t)
	if len(of.Groups) != 1 || *of.Groups[0].GroupName != "s3share" || *of.Groups[0].Path != "/s3share/" {
		t.Errorf("groups of bob: %+v", of.Groups)
	}
	wantCode(t, "remove", remove("s3share", "bob"), "", 0, "")
	wantCode(t, "remove again", remove("s3share", "bob"), "", 0, "")
	wantCode(t, "remove from none", remove("none", "bob"), "NoSuchEntity", 404, "")

	// A user can be in ten groups, not in eleven. Joining one of the ten again
	// is allowed.
	for i := range 10 {
		name := fmt.Sprintf("team%d", i)
		b.build.Group("/", name, "")
		wantCode(t, name, addTo(c, name, "bob"), "", 0, "")
	}
	err := addTo(c, "s3share", "bob")
	wantCode(t, "the eleventh", err, "LimitExceeded", 409, "Cannot exceed quota for GroupsPerUser: 10")
	if e := (*types.LimitExceededException)(nil); !errors.As(err, &e) {
		t.Errorf("the SDK took it for %T", err)
	}
	wantCode(t, "one of the ten", addTo(c, "team3", "bob"), "", 0, "")
}

func TestGroupPolicies(t *testing.T) {
	b := newFull(t, awssim.Config{})
	c := b.iamAdmin
	write := func(name, text string) error {
		_, err := c.iam.PutGroupPolicy(ctx, &iam.PutGroupPolicyInput{GroupName: aws.String("empty"), PolicyName: &name, PolicyDocument: &text})
		return err
	}
	get := func(name string) (*iam.GetGroupPolicyOutput, error) {
		return c.iam.GetGroupPolicy(ctx, &iam.GetGroupPolicyInput{GroupName: aws.String("empty"), PolicyName: &name})
	}
	// The text is kept unchanged and returned URL-encoded.
	text := one(`"Effect":"Allow", "Action":["s3:Put*","s3:Get*"],"Resource":["arn:aws:s3:::a/ü +*"]`)
	wantCode(t, "put", write("p", text), "", 0, "")
	encoded := *must(get("p"))(t).PolicyDocument
	decoded, err := url.PathUnescape(encoded)
	if err != nil || decoded != text || strings.ContainsAny(encoded, `{" +`) {
		t.Errorf("read %q", encoded)
	}
	_, err = get("none")
	wantCode(t, "no policy", err, "NoSuchEntity", 404, "The group policy with name none cannot be found.")

	ok := `"Effect":"Allow","Action":"s3:GetObject","Resource":"*"`
	for _, test := range []struct{ what, text, says string }{
		{"no JSON", "x", "Syntax errors in policy."},
		{"a list", "[]", "Syntax errors in policy."},
		{"empty", "{}", "Missing required field Statement"},
		{"a principal", one(ok + `,"Principal":"*"`), "should not specify a principal"},
		{"no resource", one(`"Effect":"Allow","Action":"s3:GetObject"`), "must contain resources"},
		{"an odd Sid", one(`"Sid":"a b",` + ok), "must be alpha-numeric"},
		{"one Sid twice", `{"Version":"2012-10-17","Statement":[{"Sid":"a",` + ok + `},{"Sid":"a",` + ok + `}]}`, "in a single policy must be unique"},
		{"an unknown operator", one(ok + `,"Condition":{"Same":{"aws:username":"x"}}`), "Invalid Condition type"},
	} {
		wantCode(t, test.what, write("q", test.text), "MalformedPolicyDocument", 400, test.says)
	}
	wantCode(t, "no Sids", write("q", `{"Version":"2012-10-17","Statement":[{`+ok+`},{`+ok+`}]}`), "", 0, "")
	wantCode(t, "a sign beyond U+00FF", write("q", one(`"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::€"`)), "ValidationError", 400, "policyDocument")

	// 5,120 characters over all policies of the group, not counting white
	// space.
	frame := len(one(`"Effect":"Allow","Action":"s3:GetObject","Resource":""`))
	ofSize := func(n int) string {
		return one(`"Effect":"Allow", "Action":"s3:GetObject","Resource":"` + strings.Repeat("x", n-frame) + `"`)
	}
	for _, p := range []string{"p", "q"} {
		wantCode(t, "shrink", write(p, ofSize(frame)), "", 0, "")
	}
	wantCode(t, "5,120", write("p", ofSize(5120-frame)), "", 0, "")
	wantCode(t, "5,121", write("p", ofSize(5121-frame)), "LimitExceeded", 409, "Maximum policy size of 5120 bytes exceeded for group empty")
	names := must(c.iam.ListGroupPolicies(ctx, &iam.ListGroupPoliciesInput{GroupName: aws.String("empty")}))(t)
	if !slices.Equal(names.PolicyNames, []string{"p", "q"}) {
		t.Errorf("policies %q", names.PolicyNames)
	}
}

func TestRolePolicies(t *testing.T) {
	b := newFull(t, awssim.Config{})
	c := b.iamAdmin
	b.build.Role("aws-service-role/x.amazonaws.com/own", one(`"Effect":"Allow","Principal":{"Service":"x.amazonaws.com"},"Action":"sts:AssumeRole"`))
	attach := func(role, arn string) error {
		_, err := c.iam.AttachRolePolicy(ctx, &iam.AttachRolePolicyInput{RoleName: &role, PolicyArn: &arn})
		return err
	}
	detach := func(role, arn string) error {
		_, err := c.iam.DetachRolePolicy(ctx, &iam.DetachRolePolicyInput{RoleName: &role, PolicyArn: &arn})
		return err
	}
	wantCode(t, "attached before", attach("deployer", managed), "", 0, "")
	wantCode(t, "no policy", attach("deployer", managed+"2"), "NoSuchEntity", 404, "does not exist or is not attachable")
	wantCode(t, "no role", attach("none", managed), "NoSuchEntity", 404, "The role with name none cannot be found.")
	wantCode(t, "no ARN", attach("deployer", "s3share"), "ValidationError", 400, "ARN s3share is not valid")
	wantCode(t, "AWS's own role", attach("own", managed), "UnmodifiableEntity", 400, "only modifiable by AWS")
	b.build.Role("aws-reserved/sso.amazonaws.com/AWSReservedSSO_dev_0123456789abcdef", trustBuild)
	wantCode(t, "Identity Center's role", attach("AWSReservedSSO_dev_0123456789abcdef", managed), "UnmodifiableEntity", 400, "only modifiable by AWS")
	wantCode(t, "AWS's own role", detach("own", managed), "UnmodifiableEntity", 400, "only modifiable by AWS")
	wantCode(t, "detach", detach("deployer", managed), "", 0, "")
	wantCode(t, "detach again", detach("deployer", managed), "NoSuchEntity", 404, "was not found")
	for i := range 10 {
		wantCode(t, "attach", attach("deployer", b.build.ManagedPolicy("/", fmt.Sprintf("p%d", i), allowGet)), "", 0, "")
	}
	wantCode(t, "the eleventh", attach("deployer", managed), "LimitExceeded", 409, "Cannot exceed quota for PoliciesPerRole: 10")
	list := must(c.iam.ListAttachedRolePolicies(ctx, &iam.ListAttachedRolePoliciesInput{RoleName: aws.String("deployer"), MaxItems: aws.Int32(4)}))(t)
	if len(list.AttachedPolicies) != 4 || !list.IsTruncated || *list.AttachedPolicies[0].PolicyName != "p0" {
		t.Errorf("attached %+v", list)
	}
	policy := must(c.iam.GetPolicy(ctx, &iam.GetPolicyInput{PolicyArn: list.AttachedPolicies[0].PolicyArn}))(t).Policy
	if *policy.AttachmentCount != 1 || *policy.DefaultVersionId != "v1" || !policy.IsAttachable {
		t.Errorf("policy %+v", policy)
	}
	version := must(c.iam.GetPolicyVersion(ctx, &iam.GetPolicyVersionInput{PolicyArn: aws.String(managed), VersionId: aws.String("v1")}))(t)
	if text, err := url.PathUnescape(*version.PolicyVersion.Document); err != nil || text != allowGet {
		t.Errorf("version %+v", version.PolicyVersion)
	}
	role := must(c.iam.GetRole(ctx, &iam.GetRoleInput{RoleName: aws.String("deployer")}))(t).Role
	trust, err := url.PathUnescape(*role.AssumeRolePolicyDocument)
	if err != nil || trust != strings.Replace(trustBuild, `"`+grantee+`"`, `"arn:aws:iam::`+grantee+`:root"`, 1) || *role.MaxSessionDuration != 3600 {
		t.Errorf("role %+v trusts %s", role, trust)
	}
}

func TestUsers(t *testing.T) {
	b := newFull(t, awssim.Config{})
	c := b.iamAdmin
	create := func(name, path string) error {
		in := &iam.CreateUserInput{UserName: &name}
		if path != "" {
			in.Path = &path
		}
		_, err := c.iam.CreateUser(ctx, in)
		return err
	}
	remove := func(name string) error {
		_, err := c.iam.DeleteUser(ctx, &iam.DeleteUserInput{UserName: &name})
		return err
	}
	for _, test := range []struct{ what, name, path, code, says string }{
		{"a name of 64", strings.Repeat("n", 64), "", "", ""},
		{"a name of 65", strings.Repeat("n", 65), "", "ValidationError", "length less than or equal to 64"},
		{"an odd name", "a/b", "", "ValidationError", "userName is invalid"},
		{"all signs there are", "a+=,.@_-Z9", "", "", ""},
		{"the same in another case", "BOB", "", "EntityAlreadyExists", "User with name BOB already exists."},
		{"a path", "p1", "/a/b/", "", ""},
		{"half a path", "p2", "/a", "ValidationError", "path is invalid"},
		{"a path of 512", "p3", "/" + strings.Repeat("x", 510) + "/", "", ""},
		{"a path of 513", "p4", "/" + strings.Repeat("x", 511) + "/", "ValidationError", "path is invalid"},
	} {
		err := create(test.name, test.path)
		status := map[string]int{"ValidationError": 400, "EntityAlreadyExists": 409}[test.code]
		wantCode(t, test.what, err, test.code, status, test.says)
	}
	list := must(c.iam.ListUsers(ctx, &iam.ListUsersInput{PathPrefix: aws.String("/a/")}))(t)
	if len(list.Users) != 1 || *list.Users[0].Arn != "arn:aws:iam::"+grantee+":user/a/b/p1" || len(*list.Users[0].UserId) != 21 {
		t.Errorf("users under /a/: %+v", list.Users)
	}
	me := must(b.user.iam.GetUser(ctx, &iam.GetUserInput{}))(t)
	if *me.User.UserName != "bob" {
		t.Errorf("bob is %s", *me.User.UserName)
	}
	_, err := c.iam.GetUser(ctx, &iam.GetUserInput{})
	wantCode(t, "root without a name", err, "ValidationError", 400, "Must specify userName")

	// A renamed and moved user is still the same user.
	id := b.build.UniqueID(bob)
	_, err = c.iam.UpdateUser(ctx, &iam.UpdateUserInput{UserName: aws.String("bob"), NewUserName: aws.String("Bob"), NewPath: aws.String("/moved/")})
	wantCode(t, "rename", err, "", 0, "")
	if got := b.build.UniqueID("arn:aws:iam::" + grantee + ":user/moved/Bob"); got != id {
		t.Errorf("renamed, the id is %q, was %q", got, id)
	}
	_, err = c.iam.UpdateUser(ctx, &iam.UpdateUserInput{UserName: aws.String("Bob"), NewUserName: aws.String("joined")})
	wantCode(t, "rename to another's", err, "EntityAlreadyExists", 409, "")

	// A user can be deleted only without memberships, policies and keys.
	wantCode(t, "a member", remove("joined"), "DeleteConflict", 409, "must remove users from group first")
	wantCode(t, "one with a key", remove("Bob"), "DeleteConflict", 409, "must delete access keys first")
	b.build.User("written")
	b.build.UserPolicy("written", "p", allowGet)
	wantCode(t, "one with a policy", remove("written"), "DeleteConflict", 409, "must delete policies first")
	b.build.User("attached")
	b.build.AttachToUser("attached", managed)
	wantCode(t, "one with a managed policy", remove("attached"), "DeleteConflict", 409, "must detach all policies first")
	wantCode(t, "a missing user", remove("nobody"), "NoSuchEntity", 404, "")
	b.build.Leave("joined", "s3share")
	wantCode(t, "a user without memberships, policies and keys", remove("joined"), "", 0, "")
	if b.build.UniqueID("arn:aws:iam::"+grantee+":user/joined") != "" {
		t.Error("the user is still there")
	}
}

func TestUserQuota(t *testing.T) {
	b := newBench(t, awssim.Config{})
	for i := range 4999 { // bob is the first
		b.build.User(fmt.Sprintf("u%d", i))
	}
	_, err := b.root(b.build).iam.CreateUser(ctx, &iam.CreateUserInput{UserName: aws.String("more")})
	wantCode(t, "5,001 users", err, "LimitExceeded", 409, "UsersPerAccount: 5000")
	sum := must(b.root(b.build).iam.GetAccountSummary(ctx, &iam.GetAccountSummaryInput{}))(t).SummaryMap
	for key, want := range map[string]int32{"Users": 5000, "UsersQuota": 5000, "GroupsPerUserQuota": 10, "GroupPolicySizeQuota": 5120,
		"UserPolicySizeQuota": 2048, "PolicySizeQuota": 6144, "AttachedPoliciesPerRoleQuota": 10, "GroupsQuota": 300} {
		if sum[key] != want {
			t.Errorf("%s is %d, want %d", key, sum[key], want)
		}
	}
}

// Each list has pages, and the pages contain each name once.
func TestPages(t *testing.T) {
	for _, cfg := range []awssim.Config{{}, {PageSize: 2}} {
		b := newFull(t, cfg)
		for i := range 4 {
			b.build.User(fmt.Sprintf("u%d", i))
			b.build.Join(fmt.Sprintf("u%d", i), "s3share")
		}
		size := aws.Int32(2)
		if cfg.PageSize > 0 {
			size = nil // the world's page size
		}
		var names []string
		pages := 0
		for p := iam.NewGetGroupPaginator(b.iamAdmin.iam, &iam.GetGroupInput{GroupName: aws.String("s3share"), MaxItems: size}); p.HasMorePages(); pages++ {
			for _, u := range must(p.NextPage(ctx))(t).Users {
				names = append(names, *u.UserName)
			}
		}
		if pages != 3 || !slices.Equal(names, []string{"joined", "u0", "u1", "u2", "u3"}) {
			t.Errorf("%d pages with %q", pages, names)
		}
	}
	b := newFull(t, awssim.Config{})
	for size, ok := range map[int32]bool{1: true, 1000: true, 1001: false, 0: false} {
		_, err := b.iamAdmin.iam.ListUsers(ctx, &iam.ListUsersInput{MaxItems: aws.Int32(size)})
		if ok {
			wantCode(t, fmt.Sprint(size), err, "", 0, "")
		} else {
			wantCode(t, fmt.Sprint(size), err, "ValidationError", 400, "maxItems")
		}
	}
	_, err := b.iamAdmin.iam.ListUsers(ctx, &iam.ListUsersInput{Marker: aws.String("***")})
	wantCode(t, "another's marker", err, "ValidationError", 400, "marker")
}

// iam:PolicyARN restricts the bot's role to attaching one policy.
func TestPolicyARNCondition(t *testing.T) {
	b := newFull(t, awssim.Config{})
	b.build.User("bot")
	b.build.UserPolicy("bot", "p", one(`"Effect":"Allow","Action":["iam:AttachRolePolicy","iam:DetachRolePolicy"],"Resource":"arn:aws:iam::`+grantee+`:role/*","Condition":{"ArnEquals":{"iam:PolicyARN":"`+managed+`"}}`))
	c := b.bench.user(b.build, "bot")
	attach := func(arn string) error {
		_, err := c.iam.AttachRolePolicy(ctx, &iam.AttachRolePolicyInput{RoleName: aws.String("deployer"), PolicyArn: &arn})
		return err
	}
	wantCode(t, "its policy", attach(managed), "", 0, "")
	wantCode(t, "another", attach(otherPolicy), "AccessDenied", 403, "iam:AttachRolePolicy on resource: "+deployerARN)
}
