package awsaccess_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"s3share/internal/awsaccess"
	"s3share/internal/grant"
)

// A bucket in another region than its account's is followed there: once, also
// by a write, because S3 does not act on what reaches the wrong region.
func TestOtherRegion(t *testing.T) {
	for _, test := range []struct {
		name, code, header, message string
		status                      int
	}{
		{"redirect", "PermanentRedirect", "eu-west-1", "The bucket you are attempting to access must be addressed using the specified endpoint.", 301},
		{"header", "AuthorizationHeaderMalformed", "eu-west-1", "", 400},
		{"message", "AuthorizationHeaderMalformed", "", "The authorization header is malformed; the region 'us-east-1' is wrong; expecting 'eu-west-1'", 400},
		{"location", "IllegalLocationConstraintException", "eu-west-1", "", 400},
	} {
		t.Run(test.name, func(t *testing.T) {
			var wrong, right atomic.Int32
			c := connect(t, raw(t, func(w http.ResponseWriter, r *http.Request) {
				if !strings.HasPrefix(r.URL.Path, "/fixtures") {
					t.Errorf("not path-style: %s", r.URL)
				}
				if strings.Contains(r.Header.Get("Authorization"), "/eu-west-1/s3/") {
					right.Add(1)
					if r.Method == http.MethodGet {
						fmt.Fprint(w, "<ServerSideEncryptionConfiguration/>")
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
			if wrong.Load() != 1 || right.Load() != 3 {
				t.Errorf("%d calls to the wrong region and %d to the right one", wrong.Load(), right.Load())
			}
			if facts := must(c.Facts(ctx, in, false))(t); facts.Region != "eu-west-1" {
				t.Errorf("%+v", facts)
			}
		})
	}
}

// A region that is none could lead a signed request anywhere.
func TestRegionThatIsNone(t *testing.T) {
	for _, region := range []string{"", "evil.example/", "us-east-1"} {
		var sent atomic.Int32
		c := connect(t, raw(t, func(w http.ResponseWriter, r *http.Request) {
			sent.Add(1)
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

// Without a region anywhere there is still one.
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
