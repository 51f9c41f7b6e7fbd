package deploy_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"s3share/deploy"
	"s3share/internal/awsaccess"
	"s3share/internal/grant"
	"s3share/internal/policy"
)

const (
	bot = "arn:aws:iam::333333333333:role/bot"
	iam = "arn:aws:iam::111111111111:"
)

func given(account string) deploy.Parameters {
	return deploy.Parameters{
		"AWS::AccountId": account, "AWS::Partition": "aws", "AWS::URLSuffix": "amazonaws.com",
		"BotPrincipalArn": bot, "ExternalId": "s3share-prod",
		"OwnerAccountIds": "222222222222, 444444444444",
		"BucketArns":      "arn:aws:s3:::shared-*,arn:aws:s3:::one",
		"ObjectArns":      "arn:aws:s3:::shared-*/*,arn:aws:s3:::one/*",
	}
}

func owner(t *testing.T) deploy.Template {
	t.Helper()
	o, err := deploy.Owner(given("222222222222"))
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func grantee(t *testing.T) deploy.Template {
	t.Helper()
	g, err := deploy.Grantee(given("111111111111"))
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// A statement of an IAM policy.
type statement struct {
	Effect                 string
	Principal              map[string]texts
	Action, Resource       texts
	NotAction, NotResource any
	Condition              map[string]map[string]texts
	Sid                    string
}

type texts []string

func (s *texts) UnmarshalJSON(text []byte) error {
	if text[0] != '[' {
		text = append(append([]byte("["), text...), ']')
	}
	return json.Unmarshal(text, (*[]string)(s))
}

// statements parses a policy document and fails on all statements except plain
// Allows.
func statements(t *testing.T, text string, err error) []statement {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Version   string
		Statement []statement
	}
	dec := json.NewDecoder(strings.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&doc); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	for _, s := range doc.Statement {
		if s.Effect != "Allow" || s.NotAction != nil || s.NotResource != nil {
			t.Fatalf("a statement of another kind: %+v", s)
		}
	}
	return doc.Statement
}

func actionsOf(all []statement) (actions []string) {
	for _, s := range all {
		actions = append(actions, s.Action...)
	}
	slices.Sort(actions)
	return actions
}

func TestEachTemplateMakesWhatItSays(t *testing.T) {
	for name, c := range map[string]struct {
		made deploy.Template
		want string
	}{
		"owner":   {owner(t), "Role AWS::IAM::Role"},
		"grantee": {grantee(t), "Group AWS::IAM::Group, Policy AWS::IAM::ManagedPolicy, Role AWS::IAM::Role"},
	} {
		var got []string
		for logical, r := range c.made.Resources {
			got = append(got, logical+" "+r.Type)
		}
		slices.Sort(got)
		if strings.Join(got, ", ") != c.want {
			t.Errorf("%s makes %v, want %s", name, got, c.want)
		}
	}
	g := grantee(t)
	for _, c := range []struct {
		resource, property string
		want               any
	}{
		{"Group", "Path", "/s3share/"},
		{"Group", "GroupName", "s3share"},
		{"Policy", "Path", "/s3share/"},
		{"Policy", "ManagedPolicyName", "s3share"},
		{"Role", "RoleName", "s3share"},
	} {
		if got := g.Resources[c.resource].Properties[c.property]; got != c.want {
			t.Errorf("%s of %s is %v, want %v: the bot looks for that", c.property, c.resource, got, c.want)
		}
	}
	if groups, ok := g.Resources["Policy"].Properties["Groups"].([]any); !ok || len(groups) != 1 || groups[0] != "Group" {
		t.Errorf("the managed policy is attached to %v, want the group", g.Resources["Policy"].Properties["Groups"])
	}
}

// Each role allows exactly the bot's calls for its half.
func TestRolesAllowExactlyTheCalls(t *testing.T) {
	for half, made := range map[string]deploy.Template{
		string(grant.OwnerHalf): owner(t), string(grant.GranteeHalf): grantee(t),
	} {
		text, err := made.Resources["Role"].Document()
		got := actionsOf(statements(t, text, err))
		want := slices.Sorted(slices.Values(awsaccess.Calls()[half]))
		if !slices.Equal(got, want) {
			t.Errorf("the role of the %s half allows\n%v\nand the bot calls\n%v", half, got, want)
		}
	}
}

// The list of calls in this test matches the calls in the code.
func TestListOfCallsMatchesCode(t *testing.T) {
	files, err := filepath.Glob("../internal/awsaccess/*.go")
	if err != nil {
		t.Fatal(err)
	}
	input := regexp.MustCompile(`&(\w+)\.(\w+)Input\{`)
	called := map[string]bool{}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range input.FindAllStringSubmatch(string(text), -1) {
			action := m[1] + ":" + m[2]
			if action == "s3:GetBucketEncryption" { // its permission has another name
				action = "s3:GetEncryptionConfiguration"
			}
			if action != "s3:HeadBucket" { // a refusal also tells the region
				called[action] = true
			}
		}
	}
	listed := map[string]bool{}
	for _, actions := range awsaccess.Calls() {
		for _, action := range actions {
			listed[action] = true
			if !called[action] {
				t.Errorf("%s is listed, and nothing calls it", action)
			}
		}
	}
	for action := range called {
		if !listed[action] {
			t.Errorf("%s is called, and not listed", action)
		}
	}
}

// Only the bot can assume a role, and only with the external id.
func TestTrust(t *testing.T) {
	for name, made := range map[string]deploy.Template{"owner": owner(t), "grantee": grantee(t)} {
		text, err := made.Resources["Role"].Trust()
		all := statements(t, text, err)
		if len(all) != 1 {
			t.Fatalf("%s: %d statements", name, len(all))
		}
		s := all[0]
		if len(s.Principal) != 1 || !slices.Equal(s.Principal["AWS"], texts{bot}) {
			t.Errorf("%s: %v may assume it", name, s.Principal)
		}
		if !slices.Equal(s.Action, texts{"sts:AssumeRole"}) {
			t.Errorf("%s: it allows %v", name, s.Action)
		}
		if len(s.Condition) != 1 || !slices.Equal(s.Condition["StringEquals"]["sts:ExternalId"], texts{"s3share-prod"}) {
			t.Errorf("%s: on the condition %v", name, s.Condition)
		}
		if p := made.Parameters["ExternalId"]; p.Default != "" || p.AllowedPattern != `[\w+=,.@:\/-]*` {
			t.Errorf("%s: the external id has the default %q and the pattern %q", name, p.Default, p.AllowedPattern)
		}
		if seconds := made.Resources["Role"].Properties["MaxSessionDuration"]; seconds != 3600.0 {
			t.Errorf("%s: a session lasts up to %v seconds, want 3600: stolen session credentials end with it", name, seconds)
		}
		for property := range made.Resources["Role"].Properties {
			if !slices.Contains([]string{"RoleName", "MaxSessionDuration", "AssumeRolePolicyDocument", "Policies"}, property) {
				t.Errorf("%s: the role has %s, of which these tests know nothing", name, property)
			}
		}
	}
}

// In the owner account: only the named buckets, if this account owns them.
func TestOwnerRoleReachesTheNamedBuckets(t *testing.T) {
	text, err := owner(t).Resources["Role"].Document()
	for _, s := range statements(t, text, err) {
		if !slices.Equal(s.Resource, texts{"arn:aws:s3:::shared-*", "arn:aws:s3:::one"}) {
			t.Errorf("%v reaches %v", s.Action, s.Resource)
		}
		if len(s.Condition) != 1 || !slices.Equal(s.Condition["StringEquals"]["s3:ResourceAccount"], texts{"222222222222"}) {
			t.Errorf("%v on the condition %v", s.Action, s.Condition)
		}
	}
}

// In the grantee account: the members of one group, and one policy on roles.
func TestGranteeRoleReachesOneGroupAndOnePolicy(t *testing.T) {
	text, err := grantee(t).Resources["Role"].Document()
	all := statements(t, text, err)
	one := map[string]map[string]texts{"ArnEquals": {"iam:PolicyARN": {iam + "policy/s3share/s3share"}}}
	users, roles, group := iam+"user/*", iam+"role/*", iam+"group/s3share/s3share"
	for action, want := range map[string]struct {
		resources texts
		condition map[string]map[string]texts
	}{
		"iam:ListUsers":                {texts{"*"}, nil}, // returns names only, and IAM has no narrower resource
		"iam:ListRoles":                {texts{"*"}, nil},
		"iam:GetAccountSummary":        {texts{"*"}, nil}, // returns counts only
		"iam:GetUser":                  {texts{users, roles}, nil},
		"iam:GetRole":                  {texts{users, roles}, nil},
		"iam:ListGroupsForUser":        {texts{users, roles}, nil},
		"iam:ListAttachedRolePolicies": {texts{users, roles}, nil},
		"iam:GetGroup":                 {texts{group}, nil},
		"iam:AddUserToGroup":           {texts{group}, nil},
		"iam:RemoveUserFromGroup":      {texts{group}, nil},
		"iam:AttachRolePolicy":         {texts{roles}, one},
		"iam:DetachRolePolicy":         {texts{roles}, one},
	} {
		found := 0
		for _, s := range all {
			if !slices.Contains(s.Action, action) {
				continue
			}
			found++
			if !slices.Equal(s.Resource, want.resources) {
				t.Errorf("%s reaches %v, want %v", action, s.Resource, want.resources)
			}
			got, _ := json.Marshal(s.Condition)
			if w, _ := json.Marshal(want.condition); string(got) != string(w) {
				t.Errorf("%s on the condition %s, want %s", action, got, w)
			}
		}
		if found != 1 {
			t.Errorf("%s is in %d statements", action, found)
		}
	}
}

// The policy for the group and for roles has the meaning that the code expects:
// the levels on buckets of the owner accounts, and no access in its own
// account.
func TestGroupPolicyLevels(t *testing.T) {
	g := grantee(t)
	var objects, buckets []string
	for _, l := range grant.BuiltinLevels() {
		objects, buckets = append(objects, l.Object...), append(buckets, l.Bucket...)
	}
	for name, c := range map[string]struct {
		change           func(deploy.Parameters)
		objects, buckets []string
	}{
		"by default":           {func(deploy.Parameters) {}, objects, buckets},
		"with a level of ours": {func(p deploy.Parameters) { p["ObjectActions"] = "s3:Get*,s3:PutObject" }, []string{"s3:Get*", "s3:PutObject"}, buckets},
	} {
		p := given("111111111111")
		c.change(p)
		made, err := deploy.Grantee(p)
		if err != nil {
			t.Fatal(err)
		}
		text, err := made.Resources["Policy"].Document()
		if err != nil {
			t.Fatal(err)
		}
		want := policy.GroupPolicy([]string{"shared-*", "one"}, c.objects, c.buckets, []string{"222222222222", "444444444444"}, "111111111111")
		got, err := policy.Parse([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		wanted, err := policy.Parse(want)
		if err != nil {
			t.Fatal(err)
		}
		if !policy.Equivalent(got, wanted) {
			t.Errorf("%s it is\n%s\nwant\n%s", name, text, want)
		}
	}
	if _, err := g.Resources["Group"].Document(); err == nil {
		t.Error("the group has a policy of its own besides the managed one")
	}
}

func TestReadingSaysWhatIsMissing(t *testing.T) {
	for name, want := range map[string]string{
		"BotPrincipalArn": "reading grantee-account.yml: the parameter BotPrincipalArn is missing",
		"BucketArns":      "reading grantee-account.yml: the parameter BucketArns is missing",
		"AWS::AccountId":  "reading grantee-account.yml: the parameter AWS::AccountId is missing",
		"AWS::Partition":  "reading grantee-account.yml: the parameter AWS::Partition is missing",
	} {
		p := given("111111111111")
		delete(p, name)
		if _, err := deploy.Grantee(p); err == nil || err.Error() != want {
			t.Errorf("without %s: %v, want %s", name, err, want)
		}
	}
}

// With KMS keys, the group's policy lets its members use them through S3 only.
// Without keys, it has no KMS statement.
func TestGroupPolicyKMSKeys(t *testing.T) {
	text, err := grantee(t).Resources["Policy"].Document()
	if strings.Contains(text, "kms") || err != nil {
		t.Errorf("without keys: %s, %v", text, err)
	}
	p := given("111111111111")
	p["KmsKeyArns"] = "arn:aws:kms:us-east-1:222222222222:key/1,arn:aws:kms:us-east-1:222222222222:key/2"
	made, err := deploy.Grantee(p)
	if err != nil {
		t.Fatal(err)
	}
	text, err = made.Resources["Policy"].Document()
	all := statements(t, text, err)
	last := all[len(all)-1]
	condition, _ := json.Marshal(last.Condition)
	if !slices.Equal(last.Action, texts{"kms:Decrypt", "kms:GenerateDataKey"}) || len(last.Resource) != 2 ||
		string(condition) != `{"StringLike":{"kms:ViaService":["s3.*.amazonaws.com"]}}` {
		t.Errorf("with keys: %v on %v, on the condition %s", last.Action, last.Resource, condition)
	}
}
