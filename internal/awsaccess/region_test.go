package awsaccess_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"s3share/internal/awsaccess"
	"s3share/internal/grant"
	"s3share/internal/sim/awssim"
)

// A call follows a bucket to its region once. So does a write, because S3 does
// not act on calls in the wrong region.
func TestOtherRegion(t *testing.T) {
	for _, test := range []struct {
		name, code, header, message string
		status, heads               int
	}{
		{"redirect", "PermanentRedirect", "eu-west-1", "The bucket you are attempting to access must be addressed using the specified endpoint.", 301, 0},
		{"header", "AuthorizationHeaderMalformed", "eu-west-1", "", 400, 0},
		{"message", "AuthorizationHeaderMalformed", "", "The authorization header is malformed; the region 'us-east-1' is wrong; expecting 'eu-west-1'", 400, 0},
		{"location", "IllegalLocationConstraintException", "eu-west-1", "", 400, 0},
		{"location in the text", "IllegalLocationConstraintException", "", "The eu-west-1 location constraint is incompatible for the region specific endpoint this request was sent to.", 400, 0},
		{"no location", "IllegalLocationConstraintException", "", "The unspecified location constraint is incompatible for the region specific endpoint this request was sent to.", 400, 1},
		{"the same location", "IllegalLocationConstraintException", "", "The us-east-1 location constraint is incompatible for the region specific endpoint this request was sent to.", 400, 1},
		{"nothing", "PermanentRedirect", "", "", 301, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			var wrong, right, heads atomic.Int32
			c := connect(t, raw(t, func(w http.ResponseWriter, r *http.Request) {
				if !strings.HasPrefix(r.URL.Path, "/fixtures") {
					t.Errorf("not path-style: %s", r.URL)
				}
				if r.Method == http.MethodHead { // refused, but with the region
					heads.Add(1)
					w.Header().Set("X-Amz-Bucket-Region", "eu-west-1")
					w.WriteHeader(http.StatusForbidden)
					return
				}
				if strings.Contains(r.Header.Get("Authorization"), "/eu-west-1/s3/") {
					right.Add(1)
					if r.Method == http.MethodGet {
						for query, root := range map[string]string{"encryption": "ServerSideEncryptionConfiguration", "acl": "AccessControlPolicy",
							"ownershipControls": "OwnershipControls", "requestPayment": "RequestPaymentConfiguration", "abac": "AbacStatus"} {
							if r.URL.Query().Has(query) {
								fmt.Fprintf(w, "<%s/>", root)
							}
						}
						return
					}
					w.WriteHeader(http.StatusNoContent)
					return
				}
				wrong.Add(1)
				if test.header != "" {
					w.Header().Set("X-Amz-Bucket-Region", test.header)
				}
				w.WriteHeader(test.status)
				fmt.Fprintf(w, "<Error><Code>%s</Code><Message>%s</Message></Error>", test.code, test.message)
			}))
			in := grant.Bucket{Name: "fixtures", AccountID: owner}
			for range 3 {
				ok(t, c.PutBucketPolicy(ctx, in, some))
			}
			if wrong.Load() != 1 || right.Load() != 3 || int(heads.Load()) != test.heads {
				t.Errorf("%d calls to the wrong region, %d to the right one, %d questions where", wrong.Load(), right.Load(), heads.Load())
			}
			if facts := must(c.Facts(ctx, in, false))(t); facts.Region != "eu-west-1" {
				t.Errorf("%+v", facts)
			}
		})
	}
}

// An invalid region could lead a signed request anywhere.
func TestInvalidRegionIsIgnored(t *testing.T) {
	for _, region := range []string{"", "evil.example/", "us-east-1"} {
		var sent atomic.Int32
		c := connect(t, raw(t, func(w http.ResponseWriter, r *http.Request) {
			if r.Method != http.MethodHead {
				sent.Add(1)
			}
			w.Header().Set("X-Amz-Bucket-Region", region)
			w.WriteHeader(http.StatusMovedPermanently)
			fmt.Fprint(w, "<Error><Code>PermanentRedirect</Code><Message>m</Message></Error>")
		}))
		err := c.PutBucketPolicy(ctx, bucket, some)
		wants(t, err, awsaccess.Retry, "PutBucketPolicy", "PermanentRedirect")
		if sent.Load() != 1 {
			t.Errorf("%q: sent %d times", region, sent.Load())
		}
	}
}

// Without any configured region the partition's default is used.
func TestRegions(t *testing.T) {
	var region atomic.Value
	config := raw(t, func(w http.ResponseWriter, r *http.Request) {
		scope := strings.Split(r.Header.Get("Authorization"), "/")
		region.Store(scope[2])
		w.WriteHeader(http.StatusNoContent)
	})
	for _, test := range []struct{ env, account, bucket, want string }{
		{"", "", "", "us-east-1"},
		{"eu-north-1", "", "", "eu-north-1"},
		{"eu-north-1", "eu-west-3", "", "eu-west-3"},
		{"", "eu-west-3", "ap-south-1", "ap-south-1"},
		{"", "eu-west-3", "no region", "eu-west-3"},
	} {
		t.Setenv("AWS_REGION", test.env)
		config.Accounts[0].Region = test.account
		ok(t, connect(t, config).DeleteBucketPolicy(ctx, grant.Bucket{Name: "fixtures", AccountID: owner, Region: test.bucket}))
		if got := region.Load(); got != test.want {
			t.Errorf("%+v: %s", test, got)
		}
	}
}

// Buckets in opt-in regions and in us-east-1 work although the account is
// elsewhere. The role may not list them, so HeadBucket is refused but still
// names the region.
func TestOptInRegions(t *testing.T) {
	for _, test := range []struct{ account, bucket string }{
		{"us-east-1", "af-south-1"}, {"me-south-1", "us-east-1"}, {"af-south-1", "eu-west-1"}, {"eu-west-1", "us-east-1"},
	} {
		b := newBench(t, awssim.Config{})
		b.nonprod.Bucket("afar", awssim.BucketOptions{Region: test.bucket})
		c := connect(t, awsaccess.Config{Accounts: []awsaccess.Account{
			{Name: "nonprod", ID: owner, Region: test.account, Role: roleOwner, ExternalID: "prod"},
		}})
		in := grant.Bucket{Name: "afar", AccountID: owner, Region: test.account}
		if text := must(c.BucketPolicy(ctx, in))(t); text != "" {
			t.Errorf("%+v: %s", test, text)
		}
		ok(t, c.PutBucketPolicy(ctx, in, strings.ReplaceAll(some, "fixtures", "afar")))
		if facts := must(c.Facts(ctx, in, true))(t); facts.Region != test.bucket || !facts.Enforced {
			t.Errorf("%+v: %+v", test, facts)
		}
		if n := b.Count("HeadBucket"); n > 1 {
			t.Errorf("%+v: asked where %d times", test, n)
		}
	}
}

// STS is called in the account's region, or else in the first region of its
// partition: credentials of one partition are invalid in another.
func TestRegionOfSTS(t *testing.T) {
	var scope atomic.Value
	serve(t, func(w http.ResponseWriter, r *http.Request) {
		scope.Store(strings.Split(r.Header.Get("Authorization"), "/")[2])
		w.WriteHeader(http.StatusForbidden)
	})
	credentials(t, "AKIAEXAMPLE", "secret")
	for _, test := range []struct{ env, region, partition, role, want string }{
		{"", "", "", "aws", "us-east-1"},
		{"eu-west-1", "", "aws", "aws", "eu-west-1"},
		{"eu-west-1", "", "", "aws-eusc", "eusc-de-east-1"},
		{"", "", "aws-eusc", "aws-eusc", "eusc-de-east-1"},
		{"eusc-de-east-1", "", "aws-eusc", "aws-eusc", "eusc-de-east-1"},
		{"eusc-de-east-1", "", "", "aws", "us-east-1"},
		{"us-gov-east-1", "", "", "aws-us-gov", "us-gov-east-1"},
		{"us-east-1", "", "", "aws-us-gov", "us-gov-west-1"},
		{"us-east-1", "cn-northwest-1", "aws-cn", "aws-cn", "cn-northwest-1"},
	} {
		t.Setenv("AWS_REGION", test.env)
		c := connect(t, awsaccess.Config{Accounts: []awsaccess.Account{{ID: owner, Region: test.region, Partition: test.partition,
			Role: strings.Replace(roleOwner, "arn:aws:", "arn:"+test.role+":", 1)}}})
		if _, err := c.BucketPolicy(ctx, bucket); err == nil {
			t.Fatal("an answer of nobody")
		}
		if got := scope.Load(); got != test.want {
			t.Errorf("%+v: asked in %s", test, got)
		}
	}
}
