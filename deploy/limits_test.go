package deploy_test

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"s3share/deploy"
)

// Changing one of these properties makes every existing stack's update fail,
// because CloudFormation cannot replace a resource with a fixed name. The
// values must never change; a comment in the template says so at each.
func TestImmutableProperties(t *testing.T) {
	g := grantee(t)
	for _, c := range []struct {
		file               string
		made               deploy.Template
		resource, property string
		want               string
	}{
		{"owner-account.yml", owner(t), "Role", "RoleName", "s3share"},
		{"grantee-account.yml", g, "Role", "RoleName", "s3share"},
		{"grantee-account.yml", g, "Group", "GroupName", "s3share"},
		{"grantee-account.yml", g, "Policy", "ManagedPolicyName", "s3share"},
		{"grantee-account.yml", g, "Policy", "Path", "/s3share/"},
		{"grantee-account.yml", g, "Policy", "Description",
			"The grantee half of what s3share opens. Attached to roles by the bot, to the group by this template."},
	} {
		if got := c.made.Resources[c.resource].Properties[c.property]; got != c.want {
			t.Errorf("%s: %s of %s is %v, want %q for good", c.file, c.property, c.resource, got, c.want)
		}
		text, err := os.ReadFile(c.file)
		if err != nil {
			t.Fatal(err)
		}
		beside := regexp.MustCompile(c.property + `: \S+ # immutable\n`)
		above := regexp.MustCompile(`immutable too\.\n +` + c.property + `: `)
		if !beside.Match(text) && !above.Match(text) {
			t.Errorf("%s: no comment says that %s of %s is immutable", c.file, c.property, c.resource)
		}
	}
}

// named returns parameters for n buckets with names of that many characters.
func named(account string, n, characters int) deploy.Parameters {
	var buckets, objects []string
	for i := range n {
		arn := "arn:aws:s3:::" + fmt.Sprintf("%0*d", characters, i)
		buckets, objects = append(buckets, arn), append(objects, arn+"/*")
	}
	p := given(account)
	p["BucketArns"], p["ObjectArns"] = strings.Join(buckets, ","), strings.Join(objects, ",")
	return p
}

// fit returns how many such buckets fit AWS's limits: 6,144 characters in a
// managed policy, 10,240 in a role's inline policies, 4,096 in a parameter.
func fit(t *testing.T, characters int) int {
	t.Helper()
	for n := 1; ; n++ {
		p := named("111111111111", n, characters)
		g, err := deploy.Grantee(p)
		if err != nil {
			t.Fatal(err)
		}
		managed, err := g.Resources["Policy"].Document()
		if err != nil {
			t.Fatal(err)
		}
		o, err := deploy.Owner(p)
		if err != nil {
			t.Fatal(err)
		}
		inline, err := o.Resources["Role"].Document()
		if err != nil {
			t.Fatal(err)
		}
		if len(managed) > 6144 || len(inline) > 10240 || len(p["BucketArns"]) > 4096 || len(p["ObjectArns"]) > 4096 {
			return n - 1
		}
	}
}

// docs/limits.md has these figures.
func TestMaximumNumberOfBuckets(t *testing.T) {
	text, err := os.ReadFile("../docs/limits.md")
	if err != nil {
		t.Fatal(err)
	}
	const sentence = "%d buckets whose names have 25 characters, %d with the longest names (63)"
	if want := fmt.Sprintf(sentence, fit(t, 25), fit(t, 63)); !strings.Contains(string(text), want) {
		t.Errorf("docs/limits.md does not say %q", want)
	}
}

// A role that is deleted and created again is a different role, but the trust
// policy still has the old one's id. CloudFormation writes the policy again
// only if the template's text or one of its parameters changes.
func TestTrustRevision(t *testing.T) {
	for name, read := range map[string]func(deploy.Parameters) (deploy.Template, error){"owner": deploy.Owner, "grantee": deploy.Grantee} {
		var sids []string
		for _, revision := range []string{"", "2"} {
			p := given("111111111111")
			if revision != "" {
				p["TrustRevision"] = revision
			}
			made, err := read(p)
			if err != nil {
				t.Fatal(err)
			}
			text, err := made.Resources["Role"].Trust()
			sids = append(sids, statements(t, text, err)[0].Sid)
		}
		if !slices.Equal(sids, []string{"Bot1", "Bot2"}) {
			t.Errorf("%s: the revisions give the Sids %v", name, sids)
		}
	}
}
