package awssim_test

import (
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"s3share/internal/sim/awssim"
)

// send makes a request by hand, signed for a service.
func (b *bench) send(t *testing.T, method, path, service, body string, headers ...string) (status int, text string) {
	t.Helper()
	id, _ := b.nonprod.RootKey()
	r, err := http.NewRequest(method, b.url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if service != "" {
		r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential="+id+"/20261123/us-east-1/"+service+"/aws4_request, SignedHeaders=host, Signature=0")
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	out, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(out)
}

// An unmodelled request to any service answers 501, is reported, and is
// recorded. (TestSDKRequests does so with all existing operations.)
func TestUnmodelled(t *testing.T) {
	var told []string
	b := newBench(t, awssim.Config{Unmodelled: func(what string) { told = append(told, what) }})
	form := []string{"Content-Type", "application/x-www-form-urlencoded"}
	for _, test := range []struct {
		method, path, service, body string
		headers                     []string
		what                        string
	}{
		{"POST", "/", "iam", url.Values{"Action": {"CreateRole"}, "Version": {"2010-05-08"}}.Encode(), form, "iam:CreateRole"},
		{"POST", "/", "sts", url.Values{"Action": {"GetSessionToken"}, "Version": {"2011-06-15"}}.Encode(), form, "sts:GetSessionToken"},
		{"POST", "/", "sts", url.Values{"Action": {"AssumeRole"}, "Version": {"2011-06-15"}, "Policy": {"{}"}}.Encode(), form, "sts:AssumeRole with Policy"},
		{"POST", "/", "kms", `{"KeyId":"x"}`, []string{"X-Amz-Target", "TrentService.Decrypt"}, "kms:Decrypt"},
		{"POST", "/", "kms", `{"KeyId":"x","GrantTokens":["y"]}`, []string{"X-Amz-Target", "TrentService.DescribeKey"}, "kms:DescribeKey"},
		{"POST", "/", "sqs", `{}`, []string{"X-Amz-Target", "AmazonSQS.SendMessage"}, "sqs:AmazonSQS.SendMessage"},
		{"POST", "/policy/validation", "access-analyzer", `{}`, nil, "access-analyzer:POST /policy/validation"},
		{"GET", "/" + bucket + "?list-type=3", "s3", "", nil, "s3:GET bucket"},
		{"GET", "/" + bucket + "?policy&versions", "s3", "", nil, "s3:GET bucket ?policy&versions"},
		{"GET", "/" + bucket + "/a.txt?versionId=1", "s3", "", nil, "s3:GetObject with versionId"},
		{"GET", "/" + bucket + "/a.txt?partNumber=1", "s3", "", nil, "s3:GetObject with partNumber"},
		{"PUT", "/" + bucket + "/a.txt", "s3", "", []string{"X-Amz-Copy-Source", "/" + bucket + "/b.txt?versionId=1"}, "s3:CopyObject of a version or through an access point"},
		{"PUT", "/" + bucket + "/a.txt", "s3", "x", []string{"X-Amz-Grant-Read", "id=x"}, "s3:PutObject with x-amz-grant-read"},
		{"PUT", "/" + bucket + "/a.txt", "s3", "x", []string{"If-None-Match", "abc"}, "s3:PutObject with If-None-Match other than *"},
		{"POST", "/" + bucket + "?delete", "s3", "<Delete><Object><Key>a</Key><VersionId>1</VersionId></Object></Delete>", nil, "s3:DeleteObjects with more than a Key"},
		{"PUT", "/fresh", "s3", "<CreateBucketConfiguration><Tags/></CreateBucketConfiguration>", nil, "s3:CreateBucket with more than a LocationConstraint"},
	} {
		told = nil
		status, text := b.send(t, test.method, test.path, test.service, test.body, test.headers...)
		if status != 501 || !strings.Contains(text, "NotImplemented") || !strings.Contains(text, strings.ReplaceAll(test.what, "&", "&amp;")) {
			t.Errorf("%s: %d %s", test.what, status, text)
		}
		if !slices.Equal(told, []string{test.what}) {
			t.Errorf("%s: told %q", test.what, told)
		}
	}
	if n := len(b.Unmodelled()); n != 16 {
		t.Errorf("%d are counted", n)
	}
	if _, ok := b.nonprod.Object(bucket, "a.txt"); ok {
		t.Error("an unmodelled call acted")
	}
}

// Each service refuses a request without valid credentials with its own error.
func TestAuthentication(t *testing.T) {
	b := newBench(t, awssim.Config{})
	identity := url.Values{"Action": {"GetCallerIdentity"}, "Version": {"2011-06-15"}}.Encode()
	form := []string{"Content-Type", "application/x-www-form-urlencoded"}
	signedBy := func(id, service string) string {
		return "AWS4-HMAC-SHA256 Credential=" + id + "/20261123/us-east-1/" + service + "/aws4_request, SignedHeaders=host, Signature=0"
	}
	for _, test := range []struct {
		what, path, body string
		headers          []string
		status           int
		code             string
	}{
		{"no credential, S3", "/" + bucket + "?policy", "", nil, 403, "AccessDenied"},
		{"no credential, STS", "/", identity, form, 403, "MissingAuthenticationToken"},
		{"an older signature", "/" + bucket + "?policy", "", []string{"Authorization", "AWS AKIA:abc"}, 400, "AuthorizationHeaderMalformed"},
		{"no signature", "/", identity, append([]string{"Authorization", "AWS4-HMAC-SHA256 Credential=AKIA/20261123/us-east-1/sts/aws4_request"}, form...), 400, "IncompleteSignature"},
		{"an unknown key, S3", "/" + bucket + "?policy", "", []string{"Authorization", signedBy("AKIANONE", "s3")}, 403, "InvalidAccessKeyId"},
		{"an unknown key, STS", "/", identity, append([]string{"Authorization", signedBy("AKIANONE", "sts")}, form...), 403, "InvalidClientTokenId"},
		{"an unknown key in a link", "/" + bucket + "/a.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIANONE/20261123/us-east-1/s3/aws4_request&X-Amz-Signature=0", "", nil, 403, "InvalidAccessKeyId"},
	} {
		method := "GET"
		if test.body != "" {
			method = "POST"
		}
		status, text := b.send(t, method, test.path, "", test.body, test.headers...)
		if status != test.status || !strings.Contains(text, "<Code>"+test.code+"</Code>") {
			t.Errorf("%s: %d %s", test.what, status, text)
		}
	}
	// A presigned link needs no header.
	b.nonprod.PutObject(bucket, "a.txt", []byte("hello"))
	id, _ := b.nonprod.RootKey()
	status, text := b.send(t, "GET", "/"+bucket+"/a.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential="+id+"%2F20261123%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20261123T120000Z&X-Amz-Expires=60&X-Amz-SignedHeaders=host&X-Amz-Signature=0", "", "")
	if status != 200 || text != "hello" {
		t.Errorf("a presigned link: %d %s", status, text)
	}
}
