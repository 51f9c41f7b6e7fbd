package awsaccess_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"s3share/internal/awsaccess"
	"s3share/internal/grant"
	"s3share/internal/sim/awssim"
)

func TestBucketPolicy(t *testing.T) {
	b := newBench(t, awssim.Config{})
	c := b.client(t)
	if text := must(c.BucketPolicy(ctx, bucket))(t); text != "" {
		t.Errorf("a new bucket has the policy %s", text)
	}
	ok(t, c.PutBucketPolicy(ctx, bucket, some))
	if text := must(c.BucketPolicy(ctx, bucket))(t); !strings.Contains(text, `"Sid":"A"`) {
		t.Errorf("read back: %s", text)
	}
	ok(t, c.DeleteBucketPolicy(ctx, bucket))
	ok(t, c.DeleteBucketPolicy(ctx, bucket))
	if text := must(c.BucketPolicy(ctx, bucket))(t); text != "" {
		t.Errorf("after the deletion: %s", text)
	}
}

func TestFacts(t *testing.T) {
	b := newBench(t, awssim.Config{})
	key := b.nonprod.Key("us-east-1", false)
	b.nonprod.Bucket("encrypted", awssim.BucketOptions{KMSKeyARN: key})
	b.nonprod.Bucket("old", awssim.BucketOptions{Ownership: "none"})
	b.nonprod.Bucket("mixed", awssim.BucketOptions{Ownership: "ObjectWriter"})
	c := b.client(t)
	b.nonprod.Bucket("shared", awssim.BucketOptions{Ownership: "BucketOwnerPreferred", Grants: []awssim.ACLGrant{
		{Grantee: "AuthenticatedUsers", Permission: "READ"}, {Grantee: "0123abcd", Permission: "FULL_CONTROL"}}})
	b.nonprod.Bucket("paid", awssim.BucketOptions{RequesterPays: true, ABAC: true})
	for _, test := range []struct {
		bucket string
		want   awsaccess.Facts
	}{
		{"fixtures", awsaccess.Facts{Enforced: true}},
		{"encrypted", awsaccess.Facts{Enforced: true, KMSKey: key}},
		{"old", awsaccess.Facts{}},
		{"mixed", awsaccess.Facts{}},
		{"shared", awsaccess.Facts{ACL: []awsaccess.ACLGrant{{Group: "AuthenticatedUsers", Permission: "READ"}, {Account: "0123abcd", Permission: "FULL_CONTROL"}}}},
		{"paid", awsaccess.Facts{Enforced: true, RequesterPays: true, ABAC: true}},
	} {
		in := bucket
		in.Name = test.bucket
		test.want.Region = "us-east-1"
		for _, writing := range []bool{true, false} {
			if diff := cmp.Diff(test.want, must(c.Facts(ctx, in, writing))(t)); diff != "" {
				t.Errorf("%s (-want +got): %s", test.bucket, diff)
			}
		}
	}
}

// The card says that encryption could not be read; the request goes on.
func TestEncryptionUnknown(t *testing.T) {
	b := newBench(t, awssim.Config{})
	c := b.client(t)
	for _, code := range []string{"AccessDenied", "NotImplemented", "MethodNotAllowed"} {
		heal := b.Fault("GetBucketEncryption", awssim.Fault{Refuse: code, Status: map[string]int{"NotImplemented": 501}[code]})
		if facts := must(c.Facts(ctx, bucket, true))(t); !facts.EncryptionUnknown || !facts.Enforced {
			t.Errorf("%s: %+v", code, facts)
		}
		heal()
	}
	b.Fault("GetBucketEncryption", awssim.Fault{Refuse: "ServiceUnavailable"})
	_, err := c.Facts(ctx, bucket, true)
	wants(t, err, awsaccess.Retry, "GetBucketEncryption", "ServiceUnavailable")
	b.Heal("*")
	b.Fault("GetBucketOwnershipControls", awssim.Fault{Refuse: "AccessDenied"})
	_, err = c.Facts(ctx, bucket, true)
	wants(t, err, awsaccess.Denied, "GetBucketOwnershipControls", "AccessDenied")
}

// An older role may lack permissions to read. The unread settings are listed,
// and read requests work all the same.
func TestUnreadableSettings(t *testing.T) {
	b := newBench(t, awssim.Config{})
	c := b.client(t)
	b.nonprod.Bucket("mixed", awssim.BucketOptions{Ownership: "ObjectWriter"})
	in := bucket
	in.Name = "mixed"
	for op, what := range map[string]string{
		"GetBucketAcl": "the ACL", "GetBucketRequestPayment": "who pays for requests",
		"GetBucketAbac": "whether tags decide about access (ABAC)", "GetBucketOwnershipControls": "Object Ownership",
	} {
		heal := b.Fault(op, awssim.Fault{Refuse: "AccessDenied"})
		if facts := must(c.Facts(ctx, in, false))(t); !slices.Equal(facts.Unread, []string{what}) {
			t.Errorf("%s: unread is %q", op, facts.Unread)
		}
		heal()
		heal = b.Fault(op, awssim.Fault{Refuse: "NotImplemented", Status: 501}) // compatible storage
		if facts := must(c.Facts(ctx, in, false))(t); facts.Unread != nil {
			t.Errorf("%s: unread is %q", op, facts.Unread)
		}
		heal()
		heal = b.Fault(op, awssim.Fault{Refuse: "ServiceUnavailable"})
		_, err := c.Facts(ctx, in, false)
		wants(t, err, awsaccess.Retry, op, "ServiceUnavailable")
		heal()
	}
}

func TestBoundary(t *testing.T) {
	b := newBench(t, awssim.Config{})
	c := b.client(t)
	limit := b.build.ManagedPolicy("/", "limit", document("s3:GetObject"))
	for _, p := range []grant.Principal{bob, deploy} {
		name := p.Name
		if p.Kind == grant.KindRole {
			name = "role/" + name
		}
		if arn := must(c.Boundary(ctx, p))(t); arn != "" {
			t.Errorf("%s: has %s", name, arn)
		}
		b.build.Boundary(name, limit)
		if arn := must(c.Boundary(ctx, p))(t); arn != limit {
			t.Errorf("%s: has %q", name, arn)
		}
	}
}

func TestPrincipal(t *testing.T) {
	b := newBench(t, awssim.Config{})
	b.build.User("ci/test.user")
	c := b.client(t)
	for _, p := range []grant.Principal{
		bob, deploy,
		{ARN: "arn:aws:iam::" + grantee + ":user/ci/test.user", AccountID: grantee, Kind: grant.KindUser, Name: "test.user"},
	} {
		arn, id, err := c.Principal(ctx, p)
		if err != nil || arn != p.ARN || id == "" || id != b.build.UniqueID(arn) {
			t.Errorf("%s: %s %s %v", p.ARN, arn, id, err)
		}
	}
	for op, p := range map[string]grant.Principal{
		"GetUser": {AccountID: grantee, Kind: grant.KindUser, Name: "nobody"},
		"GetRole": {AccountID: grantee, Kind: grant.KindRole, Name: "nobody"},
	} {
		_, _, err := c.Principal(ctx, p)
		wants(t, err, awsaccess.Gone, op, "NoSuchEntity")
	}
}

func TestJoinAndLeave(t *testing.T) {
	for _, p := range []grant.Principal{bob, deploy} {
		t.Run(p.Kind, func(t *testing.T) {
			b := newBench(t, awssim.Config{PageSize: 1})
			for _, other := range []string{"devs", "ops", "zebras"} {
				b.build.Group("/", other, "")
				b.build.Join("bob", other)
				b.build.AttachToRole("deploy", b.build.ManagedPolicy("/", other, document("s3:GetObject")))
			}
			c := b.client(t)
			stands := func(joined bool) {
				t.Helper()
				if got, want := must(c.Joined(ctx, p))(t), (awsaccess.Membership{Member: joined, Others: 3}); got != want {
					t.Errorf("%+v, want %+v", got, want)
				}
			}
			stands(false)
			for range 2 {
				ok(t, c.Join(ctx, p))
				stands(true)
			}
			for range 2 {
				ok(t, c.Leave(ctx, p))
				stands(false)
			}
		})
	}
}

func TestMost(t *testing.T) {
	c := newBench(t, awssim.Config{}).client(t)
	for _, p := range []grant.Principal{bob, deploy} {
		if most := must(c.MembershipLimit(ctx, p))(t); most != 10 {
			t.Errorf("a %s may have %d", p.Kind, most)
		}
	}
	// One account with a limit raised by AWS, and one whose answer lacks it.
	for answer, want := range map[string]int{"<entry><key>AttachedPoliciesPerRoleQuota</key><value>20</value></entry>": 20, "": 0} {
		c := connect(t, raw(t, func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprintf(w, `<GetAccountSummaryResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><GetAccountSummaryResult><SummaryMap>%s</SummaryMap></GetAccountSummaryResult></GetAccountSummaryResponse>`, answer)
		}))
		most, err := c.MembershipLimit(ctx, deploy)
		if want == 0 {
			wants(t, err, awsaccess.Retry, "GetAccountSummary", "BadReply")
		} else if most != want || err != nil {
			t.Errorf("%d, %v; want %d", most, err, want)
		}
	}
}

// A group of the same name with another ARN does not count.
func TestJoinedComparesARNs(t *testing.T) {
	b := newBench(t, awssim.Config{})
	b.build.DeleteGroup("s3share")
	b.build.Group("/other/", "s3share", "")
	b.build.Join("bob", "s3share")
	c := b.client(t)
	if got := must(c.Joined(ctx, bob))(t); got.Member || got.Others != 1 {
		t.Errorf("%+v", got)
	}
	_, err := c.Members(ctx, grantee)
	wants(t, err, awsaccess.Denied, "GetGroup", "WrongGroup")
}

func TestLeaveAcceptsAMissingPrincipal(t *testing.T) {
	c := newBench(t, awssim.Config{}).client(t)
	for _, kind := range []string{grant.KindUser, grant.KindRole} {
		ok(t, c.Leave(ctx, grant.Principal{AccountID: grantee, Kind: kind, Name: "nobody"}))
	}
}

func TestMembers(t *testing.T) {
	b := newBench(t, awssim.Config{PageSize: 2})
	names := []string{"a", "b", "c", "d", "e"}
	for _, name := range names {
		b.build.User(name)
		b.build.Join(name, "s3share")
	}
	c := b.client(t)
	var got []string
	for _, m := range must(c.Members(ctx, grantee))(t) {
		if m.UniqueID == "" || m.UniqueID != b.build.UniqueID(m.ARN) {
			t.Errorf("%+v", m)
		}
		got = append(got, m.Name)
	}
	slices.Sort(got)
	if !slices.Equal(got, names) {
		t.Errorf("members %v", got)
	}
	b.build.DeleteGroup("s3share")
	_, err := c.Members(ctx, grantee)
	wants(t, err, awsaccess.Denied, "GetGroup", "NoSuchEntity")
}

func TestNames(t *testing.T) {
	b := newBench(t, awssim.Config{})
	c := b.client(t)
	for n := range 9 {
		b.build.User(fmt.Sprintf("user%d", n))
	}
	names := must(c.Names(ctx, grantee))(t)
	for _, want := range []string{bob.ARN, deploy.ARN, "arn:aws:iam::" + grantee + ":user/user8"} {
		if !slices.Contains(names, want) {
			t.Errorf("%s is not among %d names", want, len(names))
		}
	}
}

// A large account is read in pages of a thousand. If a page fails, the names
// read so far are returned.
func TestNamesInALargeAccount(t *testing.T) {
	b := newBench(t, awssim.Config{})
	long := strings.Replace(document("sts:AssumeRole"), `"Resource":"*"`, `"Principal":{"AWS":"`+owner+`"},"Condition":{"StringEquals":{"sts:ExternalId":"`+strings.Repeat("%", 1500)+`"}}`, 1)
	for n := range 2_100 {
		b.build.User(fmt.Sprintf("user-%04d", n))
	}
	for n := range 1_100 {
		b.build.Role(fmt.Sprintf("role-%04d", n), long)
	}
	c := b.client(t)
	names := must(c.Names(ctx, grantee))(t)
	if n, calls := len(names), b.Count("ListUsers")+b.Count("ListRoles"); n < 3_200 || calls < 5 || calls > 8 { // a slow call may be repeated
		t.Errorf("%d names by %d calls", n, calls)
	}
	before := b.Count("ListUsers")
	b.Fault("ListUsers", awssim.Fault{Refuse: "AccessDenied", Match: func(awssim.Call) bool { return b.Count("ListUsers") >= before+2 }})
	names, err := c.Names(ctx, grantee)
	wants(t, err, awsaccess.Denied, "ListUsers", "AccessDenied")
	if len(names) < 2_100 || len(names) > 3_200 { // two pages of users, one of them if a call was repeated, and all roles
		t.Errorf("%d names", len(names))
	}
}

func TestPartKey(t *testing.T) {
	china := grant.Principal{ARN: "arn:aws-cn:iam::" + grantee + ":user/x", AccountID: grantee, Kind: grant.KindUser}
	for _, test := range []struct {
		p    grant.Principal
		kind grant.PartKind
		key  string
	}{
		{bob, grant.Membership, groupARN},
		{deploy, grant.Attachment, policyARN},
		{china, grant.Membership, strings.Replace(groupARN, "aws", "aws-cn", 1)},
	} {
		if kind, key := awsaccess.PartKey(test.p); kind != test.kind || key != test.key {
			t.Errorf("%s: %s %s", test.p.ARN, kind, key)
		}
	}
}

// A bucket that was deleted and created again by a stranger is never written.
func TestEveryBucketCallNamesTheOwner(t *testing.T) {
	b := newBench(t, awssim.Config{})
	c := b.client(t)
	ok(t, c.PutBucketPolicy(ctx, bucket, some))
	must(c.BucketPolicy(ctx, bucket))(t)
	must(c.Facts(ctx, bucket, true))(t)
	ok(t, c.DeleteBucketPolicy(ctx, bucket))
	seen := 0
	for _, r := range b.sent {
		if !strings.HasPrefix(r.URL.Path, "/"+bucket.Name) {
			continue
		}
		seen++
		if got := r.Header.Get("X-Amz-Expected-Bucket-Owner"); got != owner {
			t.Errorf("%s %s expects the owner %q", r.Method, r.URL, got)
		}
		if !strings.Contains(r.UserAgent(), "app/s3share") {
			t.Errorf("user agent %s", r.UserAgent())
		}
	}
	if seen != 7 {
		t.Errorf("%d calls on the bucket", seen)
	}

	b.build.Bucket("stolen", awssim.BucketOptions{})
	_, err := c.BucketPolicy(ctx, grant.Bucket{Name: "stolen", AccountID: owner})
	wants(t, err, awsaccess.Denied, "GetBucketPolicy", "AccessDenied")
}
