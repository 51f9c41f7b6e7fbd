package awssim

import (
	"bytes"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The SDK ships a request of each operation with all members set. The simulator
// must recognise each one, or refuse it visibly, and the same for each member.
// A silently ignored member would let a program pass here and fail in AWS.
func TestSDKRequests(t *testing.T) {
	// The members that modelled operations do not model, by service and
	// operation.
	const (
		locks = "x-amz-grant-full-control, x-amz-grant-read, x-amz-grant-read-acp, x-amz-grant-write-acp, " +
			"x-amz-object-lock-event-hold, x-amz-object-lock-event-hold-duration-days, x-amz-object-lock-event-hold-duration-years, " +
			"x-amz-object-lock-legal-hold, x-amz-object-lock-mode, x-amz-object-lock-retain-until-date"
		sseC      = "x-amz-server-side-encryption-customer-algorithm, x-amz-server-side-encryption-customer-key, x-amz-server-side-encryption-customer-key-md5"
		sse       = "x-amz-server-side-encryption-context, " + sseC
		sourceSSE = "x-amz-copy-source-server-side-encryption-customer-algorithm, x-amz-copy-source-server-side-encryption-customer-key, " +
			"x-amz-copy-source-server-side-encryption-customer-key-md5"
	)
	beyond := map[string]string{
		"iam:CreateUser":             "PermissionsBoundary, Tags",
		"sts:AssumeRole":             "MinimumSessionTokenSize, Policy, PolicyArns, ProvidedContexts, SerialNumber, SourceIdentity, Tags, TokenCode, TransitiveTagKeys",
		"s3:DeleteObject":            "versionId, if-match, x-amz-bypass-governance-retention, x-amz-if-match-last-modified-time, x-amz-if-match-size, x-amz-mfa",
		"s3:ListObjectsV2":           "x-amz-optional-object-attributes",
		"s3:ListObjects":             "x-amz-optional-object-attributes",
		"s3:PutObject":               locks + ", " + sse + ", x-amz-write-offset-bytes",
		"s3:CreateMultipartUpload":   locks + ", " + sse,
		"s3:UploadPart":              sseC,
		"s3:ListParts":               sseC,
		"s3:UploadPartCopy":          sourceSSE + ", " + sseC,
		"s3:CopyObject":              sourceSSE + ", " + strings.Replace(locks, "x-amz-object-lock-event-hold,", "x-amz-object-annotation-directive, x-amz-object-lock-event-hold,", 1) + ", " + sse,
		"s3:CompleteMultipartUpload": "if-match, " + sseC,
		"s3:AbortMultipartUpload":    "x-amz-if-match-initiated-time",
		"s3:ListMultipartUploads":    "delimiter, key-marker, max-uploads, upload-id-marker",
		"s3:DeleteObjects":           "x-amz-bypass-governance-retention, x-amz-mfa",
		"s3:GetObjectTagging":        "versionId",
		"s3:PutObjectTagging":        "versionId",
		"s3:DeleteObjectTagging":     "versionId",
		"s3:GetObjectAttributes":     "versionId, x-amz-max-parts, x-amz-part-number-marker, " + sseC,
		"s3:CreateBucket":            "x-amz-acl, x-amz-bucket-namespace, x-amz-bucket-object-lock-enabled, x-amz-grant-full-control, x-amz-grant-read, x-amz-grant-read-acp, x-amz-grant-write, x-amz-grant-write-acp",
	}
	reading := "partNumber, response-cache-control, response-content-disposition, response-content-encoding, " +
		"response-content-language, response-content-type, response-expires, versionId, " + sseC
	beyond["s3:GetObject"], beyond["s3:HeadObject"] = reading, reading
	met := map[string]bool{}
	for service, atLeast := range map[string]int{"iam": 170, "s3": 100, "sts": 10} {
		files := snapshots(t, service)
		if len(files) < atLeast {
			t.Errorf("only %d requests of %s were found", len(files), service)
		}
		for _, file := range files {
			name := strings.TrimSuffix(filepath.Base(file), ".request.snap")
			w := New(Config{})
			q := w.read(snapshot(t, service, file))
			what, modelled := unmodelled(q), isModelled(service, name)
			met[service+":"+name] = true
			switch wants := beyond[service+":"+name]; {
			case q.service != service:
				t.Errorf("%s:%s was taken for a request of %s", service, name, q.service)
			case modelled && q.op != name:
				t.Errorf("%s:%s was taken for %s", service, name, q.op)
			case modelled && wants == "" && what != "":
				t.Errorf("%s:%s has parts that the test does not list: %s", service, name, what)
			case modelled && wants != "" && what != service+":"+name+" with "+wants:
				t.Errorf("%s:%s: not modelled %q, want %q", service, name, what, wants)
			case modelled:
				// TestEveryOperation and the second clients test it.
			case what == "":
				t.Errorf("%s:%s is not modelled, and was taken for %s", service, name, q.op)
			default:
				refusedLoudly(t, w, service, name, file)
			}
		}
	}
	for op := range beyond {
		if !met[op] {
			t.Errorf("there is no request of %s", op)
		}
	}
	for _, name := range slices.Concat(sortedKeys(iamOps), sortedKeys(s3Ops), sortedKeys(stsOps)) {
		if !met["iam:"+name] && !met["s3:"+name] && !met["sts:"+name] {
			t.Errorf("the SDK knows no operation %s", name)
		}
	}
}

func isModelled(service, op string) bool {
	ops := map[string][]string{
		"iam": slices.Collect(maps.Keys(iamOps)), "s3": slices.Collect(maps.Keys(s3Ops)), "sts": slices.Collect(maps.Keys(stsOps)),
	}
	return slices.Contains(ops[service], op)
}

// refusedLoudly sends the request and checks the refusal.
func refusedLoudly(t *testing.T, w *World, service, name, file string) {
	t.Helper()
	told := 0
	w.cfg.Unmodelled = func(string) { told++ }
	r, body := snapshot(t, service, file)
	r.Body = http.NoBody
	if len(body) > 0 {
		r.Body = readCloser{bytes.NewReader(body)}
	}
	rec := httptest.NewRecorder()
	w.ServeHTTP(rec, r)
	if rec.Code != http.StatusNotImplemented || told != 1 || len(w.Unmodelled()) != 1 {
		t.Errorf("%s:%s: status %d, told %d times, counted %q; want 501 once", service, name, rec.Code, told, w.Unmodelled())
	}
}

type readCloser struct{ *bytes.Reader }

func (readCloser) Close() error { return nil }

// snapshots lists a service's request files in the module cache.
func snapshots(t *testing.T, service string) []string {
	t.Helper()
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/aws/aws-sdk-go-v2/service/"+service).Output()
	if err != nil {
		t.Fatalf("finding the SDK's module: %v", err)
	}
	files, err := filepath.Glob(filepath.Join(strings.TrimSpace(string(dir)), "request_snapshot", "*.request.snap"))
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// snapshot parses a request file: the request line, the headers between empty
// lines, the body. The SDK puts the bucket into the host; here it moves to the
// path.
func snapshot(t *testing.T, service, file string) (*http.Request, []byte) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	line, rest, _ := strings.Cut(string(text), "\n\n")
	headers, body, _ := strings.Cut(rest, "\n\n")
	method, target, _ := strings.Cut(line, " ")
	accountLevel := []string{"ListBuckets", "ListDirectoryBuckets", "WriteGetObjectResponse"}
	if name := strings.TrimSuffix(filepath.Base(file), ".request.snap"); service == "s3" && !slices.Contains(accountLevel, name) {
		target = strings.Replace("/bucket"+target, "/bucket/?", "/bucket?", 1)
	}
	r, err := http.NewRequest(method, "http://sim"+target, nil)
	if err != nil {
		t.Fatal(err)
	}
	for h := range strings.Lines(headers) {
		if name, value, ok := strings.Cut(strings.TrimSpace(h), ": "); ok {
			r.Header.Add(name, value)
		}
	}
	r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=AKIA/20261123/us-east-1/"+service+"/aws4_request, SignedHeaders=host, Signature=0")
	return r, []byte(body)
}
