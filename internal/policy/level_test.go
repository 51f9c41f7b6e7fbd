package policy_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"s3share/internal/policy"
)

// The default levels, with the actions that the contract lists.
var (
	readObjects  = []string{"s3:GetObject", "s3:GetObjectVersion", "s3:GetObjectTagging", "s3:GetObjectAttributes"}
	writeObjects = []string{"s3:PutObject", "s3:PutObjectTagging", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"}
	fullObjects  = slices.Concat(readObjects, writeObjects, []string{"s3:DeleteObject"})
	listBucket   = []string{"s3:ListBucket"}
)

func TestLevels(t *testing.T) {
	const quoted = `"`
	words := func(actions ...string) string { return `[` + quoted + strings.Join(actions, `","`) + quoted + `]` }
	onObjects := func(actions, resource string) string {
		return `{"Sid":"S3ShareABCDEFGH","Effect":"Allow","Principal":{"AWS":"` + user + `"},"Action":` + actions +
			`,"Resource":` + resource + `,"Condition":{"DateLessThan":{"aws:CurrentTime":"2026-11-23T12:00:00Z"}}}`
	}
	const listing = `{"Sid":"S3ShareABCDEFGHList","Effect":"Allow","Principal":{"AWS":"` + user + `"},"Action":"s3:ListBucket",` +
		`"Resource":"arn:aws:s3:::b","Condition":{"DateLessThan":{"aws:CurrentTime":"2026-11-23T12:00:00Z"},"StringLike":{"s3:prefix":"builds/*"}}}`
	const whole, objects, prefixed = `["arn:aws:s3:::b","arn:aws:s3:::b/*"]`, `"arn:aws:s3:::b/*"`, `"arn:aws:s3:::b/builds/*"`
	for _, c := range []struct {
		name           string
		object, bucket []string
		prefix         string
		want           string
	}{
		{"read", readObjects, listBucket, "", onObjects(words(append(readObjects, "s3:ListBucket")...), whole)},
		{"read", readObjects, listBucket, "builds", onObjects(words(readObjects...), prefixed) + "," + listing},
		{"read", readObjects, listBucket, "builds/", onObjects(words(readObjects...), prefixed) + "," + listing},
		{"write", writeObjects, nil, "", onObjects(words(writeObjects...), objects)},
		{"write", writeObjects, nil, "builds", onObjects(words(writeObjects...), prefixed)},
		{"full", fullObjects, listBucket, "", onObjects(words(append(fullObjects, "s3:ListBucket")...), whole)},
		{"full", fullObjects, listBucket, "builds", onObjects(words(fullObjects...), prefixed) + "," + listing},
		// The three forms of the original feature request.
		{"get", []string{"s3:Get*"}, nil, "", onObjects(`"s3:Get*"`, objects)},
		{"put", []string{"s3:Put*"}, nil, "", onObjects(`"s3:Put*"`, objects)},
		{"all", []string{"s3:*"}, nil, "", onObjects(`"s3:*"`, objects)},
		{"all, the bucket too", []string{"s3:*"}, []string{"s3:*"}, "", onObjects(`"s3:*"`, whole)},
		// s3:Get* on the bucket would read its configuration, so there are two
		// statements.
		{"get and list", []string{"s3:Get*"}, listBucket, "", onObjects(`"s3:Get*"`, objects) + "," +
			strings.Replace(listing, `,"StringLike":{"s3:prefix":"builds/*"}`, "", 1)},
		{"list", nil, listBucket, "builds", listing},
		{"nothing", nil, nil, "", ""},
	} {
		a := ask("ABCDEFGH")
		a.Object, a.BucketActions, a.Prefix = c.object, c.bucket, c.prefix
		got := string(policy.Document{}.With(a.Statements()...).Bytes())
		if diff := cmp.Diff(`{"Version":"2012-10-17","Statement":[`+c.want+`]}`, got); diff != "" {
			t.Errorf("%s on %q (-want +got):\n%s", c.name, c.prefix, diff)
		}
	}
}

// Characters that encoding/json escapes for HTML would cost six bytes instead
// of one.
func TestNoEscapesForHTML(t *testing.T) {
	a := ask("ABCDEFGH")
	a.Prefix = "R&D/<x>"
	if text := string(policy.Document{}.With(a.Statements()...).Bytes()); strings.Count(text, "R&D/<x>/*") != 2 {
		t.Error(text)
	}
}

func TestOtherPartitions(t *testing.T) {
	a := ask("ABCDEFGH")
	a.Principal = "arn:aws-cn:iam::111111111111:role/x/build"
	if got := a.Statements()[0].Resources; !slices.Equal(got, []string{"arn:aws-cn:s3:::b", "arn:aws-cn:s3:::b/*"}) {
		t.Errorf("resources are %q", got)
	}
}

// A statement without an end, or with an end that ISO 8601 cannot write, is
// refused.
func TestWithoutAnEndNothingIsWritten(t *testing.T) {
	good := ask("ABCDEFGH").Statements()[0]
	for _, c := range []struct {
		name   string
		change func(*policy.Allow)
		want   string
	}{
		{"no end", func(a *policy.Allow) { a.Before = time.Time{} }, "statement S3ShareABCDEFGH has no end"},
		{"an end beyond ISO 8601", func(a *policy.Allow) { a.Before = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC) }, "statement S3ShareABCDEFGH ends in a year that ISO 8601 cannot write"},
		{"beyond it in UTC only", func(a *policy.Allow) {
			a.Before = time.Date(9999, 12, 31, 23, 0, 0, 0, time.FixedZone("", -2*3600))
		}, "statement S3ShareABCDEFGH ends in a year that ISO 8601 cannot write"},
		{"before all years", func(a *policy.Allow) { a.Before = time.Date(-1, 1, 1, 0, 0, 0, 0, time.UTC) }, "statement S3ShareABCDEFGH ends in a year that ISO 8601 cannot write"},
		{"a start beyond", func(a *policy.Allow) { a.NotBefore = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC) }, "statement S3ShareABCDEFGH begins in a year that ISO 8601 cannot write"},
		{"no principal", func(a *policy.Allow) { a.Principal = "" }, `statement S3ShareABCDEFGH: "" is not one principal`},
		{"everybody", func(a *policy.Allow) { a.Principal = "*" }, `statement S3ShareABCDEFGH: "*" is not one principal`},
		{"no actions", func(a *policy.Allow) { a.Actions = nil }, "statement S3ShareABCDEFGH has no actions or no resources"},
		{"no resources", func(a *policy.Allow) { a.Resources = nil }, "statement S3ShareABCDEFGH has no actions or no resources"},
	} {
		bad := good
		c.change(&bad)
		if text, err := bad.MarshalJSON(); err == nil || err.Error() != c.want || len(text) > 0 {
			t.Errorf("%s: %s, %v, want %s", c.name, text, err, c.want)
		}
		func() {
			defer func() {
				if got := recover(); got != "policy: "+c.want {
					t.Errorf("%s: With says %v", c.name, got)
				}
			}()
			policy.Document{}.With(bad)
		}()
	}
}

// The end is rounded down and the start up: the access is never longer than
// approved.
func TestEndRoundsDownAndStartUp(t *testing.T) {
	a := ask("ABCDEFGH")
	zone := time.FixedZone("", 2*3600)
	a.NotBefore = time.Date(2026, 11, 23, 10, 0, 0, 1, zone)
	a.Before = time.Date(2026, 11, 23, 14, 0, 0, 999_999_999, zone)
	text := string(policy.Document{}.With(a.Statements()...).Bytes())
	const want = `"Condition":{"DateGreaterThanEquals":{"aws:CurrentTime":"2026-11-23T08:00:01Z"},"DateLessThan":{"aws:CurrentTime":"2026-11-23T12:00:00Z"}}`
	if !strings.Contains(text, want) {
		t.Errorf("%s has no %s", text, want)
	}
}

func TestSids(t *testing.T) {
	if object, list := policy.SidOf("ABCDEFGH"); object != "S3ShareABCDEFGH" || list != "S3ShareABCDEFGHList" {
		t.Errorf("%s, %s", object, list)
	}
	for sid, want := range map[string]string{
		"S3Share01234567":         "01234567",
		"S3ShareABCDEFGH":         "ABCDEFGH",
		"S3ShareABCDEFGHList":     "ABCDEFGH",
		"S3ShareABCDEFGHListList": "",
		"S3ShareABCDEFGHlist":     "",
		"S3ShareABCDEFGHL":        "",
		"S3ShareABCDEFG":          "",
		"S3ShareABCDList":         "", // as long as an id, except for its L, i and s
		"S3Shareabcdefgh":         "",
		"S3ShareABCDEFGI":         "",
		"S3ShareABCDEFGO":         "",
		"S3ShareABCDEFGU":         "",
		"S3ShareABCDEFG ":         "",
		" S3ShareABCDEFGH":        "",
		"s3ShareABCDEFGH":         "",
		"ABCDEFGH":                "",
		"ABCDEFGHList":            "",
		"S3Share":                 "",
		"":                        "",
	} {
		if id, ours := policy.IDOfSid(sid); id != want || ours != (want != "") {
			t.Errorf("%q: %q, %v", sid, id, ours)
		}
	}
}

func TestAppliesTo(t *testing.T) {
	type to struct{ objects, bucket bool }
	for action, want := range map[string]to{
		"s3:GetObject":                  {true, false},
		"s3:GETOBJECT":                  {true, false},
		"s3:AbortMultipartUpload":       {true, false},
		"s3:ListBucketMultipartUploads": {false, true},
		"s3:ListBucket*":                {false, true},
		"s3:PutB*Ownership*":            {false, true},
		"s3:Get*":                       {true, true},
		"s3:*":                          {true, true},
		"s3:GetObjct":                   {},
		"s3:Lst*":                       {},
		"kms:*":                         {},
	} {
		if objects, bucket := policy.AppliesTo(action); (to{objects, bucket}) != want {
			t.Errorf("%s applies to objects: %v, and to the bucket: %v", action, objects, bucket)
		}
	}
	for _, action := range policy.Actions() {
		if objects, bucket := policy.AppliesTo(action); objects == bucket {
			t.Errorf("%s applies to objects: %v, and to the bucket: %v", action, objects, bucket)
		}
	}
}

func TestPrefixNarrows(t *testing.T) {
	for action, want := range map[string]bool{
		"s3:ListBucket": true, "S3:LISTBUCKET": true, "s3:ListBucketVersions": true,
		"s3:ListBucket*":                false, // also matches ListBucketMultipartUploads
		"s3:ListBucketV*":               true,
		"s3:ListBucketMultipartUploads": false,
		"s3:GetBucketLocation":          false,
		"s3:*":                          false,
		"s3:ListNothing":                false,
	} {
		if got := policy.PrefixNarrows(action); got != want {
			t.Errorf("%s: %v", action, got)
		}
	}
}
