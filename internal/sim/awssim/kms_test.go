package awssim_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"s3share/internal/sim/awssim"
)

// describeKey describes the bench's key. The KMS module is not a dependency, so
// the request is written by hand. It is signed with the client's key.
func describeKey(ctx context.Context, b *full) error {
	cred, err := b.owner.s3.Options().Credentials.Retrieve(ctx)
	if err != nil {
		return err
	}
	_, err = kmsCall(ctx, b.url, cred.AccessKeyID, "DescribeKey", map[string]string{"KeyId": b.key})
	return err
}

func kmsCall(ctx context.Context, url, keyID, op string, in any) (map[string]any, error) {
	body, err := json.Marshal(in)
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("X-Amz-Target", "TrentService."+op)
	r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential="+keyID+"/20261123/us-east-1/kms/aws4_request, SignedHeaders=host, Signature=0")
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	var out map[string]any
	if err := json.Unmarshal(text, &out); err != nil {
		return nil, fmt.Errorf("%d %s: %w", resp.StatusCode, text, err)
	}
	if resp.StatusCode != 200 {
		return nil, &smithyhttp.ResponseError{Response: &smithyhttp.Response{Response: resp},
			Err: &smithy.GenericAPIError{Code: fmt.Sprint(out["__type"]), Message: fmt.Sprint(out["message"])}}
	}
	return out, nil
}

func TestDescribeKey(t *testing.T) {
	b := newFull(t, awssim.Config{})
	id, _ := b.nonprod.RootKey()
	elsewhere, _ := b.build.RootKey()
	ask := func(keyID, key string) (map[string]any, error) {
		return kmsCall(ctx, b.url, keyID, "DescribeKey", map[string]string{"KeyId": key})
	}
	for _, name := range []string{b.key, b.key[len(b.key)-36:]} {
		out, err := ask(id, name)
		if err != nil {
			t.Fatal(err)
		}
		meta := out["KeyMetadata"].(map[string]any)
		if meta["Arn"] != b.key || meta["KeyManager"] != "CUSTOMER" || meta["KeyState"] != "Enabled" || meta["AWSAccountId"] != owner {
			t.Errorf("%s is %v", name, meta)
		}
	}
	ofAWS := b.nonprod.Key("eu-west-1", true)
	if out, err := ask(id, ofAWS); err != nil || out["KeyMetadata"].(map[string]any)["KeyManager"] != "AWS" {
		t.Errorf("AWS's key: %v %v", out, err)
	}
	_, err := ask(id, "00000000-0000-0000-0000-000000000000")
	wantCode(t, "no key", err, "NotFoundException", 400, "does not exist")
	_, err = ask(id, "")
	wantCode(t, "no id", err, "ValidationException", 400, "KeyId")
	_, err = ask(elsewhere, b.key)
	wantCode(t, "another account's", err, "AccessDeniedException", 400, "kms:DescribeKey")
	_, err = ask("AKIANONE", b.key)
	wantCode(t, "an unknown caller", err, "UnrecognizedClientException", 400, "invalid")
}

// Faults use the service's protocol.
func TestDescribeKeyFails(t *testing.T) {
	b := newFull(t, awssim.Config{})
	b.Fault("DescribeKey", awssim.Fault{Refuse: "KMSInternalException", Times: 1})
	wantCode(t, "fault", describeKey(ctx, b), "KMSInternalException", 500, "")
	gone, cancel := context.WithCancel(ctx)
	b.Fault("DescribeKey", awssim.Fault{Before: func(awssim.Call) { cancel() }, DelayBefore: time.Hour, Times: 1})
	if err := describeKey(gone, b); !errors.Is(err, context.Canceled) {
		t.Errorf("a delay ended with %v", err)
	}
}

// A bucket with a customer-managed default key is open to another account only
// if the key's policy and the caller's policies allow it, and only through S3.
func TestKMSKeys(t *testing.T) {
	const may = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":%q,"Resource":"*"%s}]}`
	via := `,"Condition":{"StringEquals":{"kms:ViaService":"s3.us-east-1.amazonaws.com"}}`
	toBob := one(`"Effect":"Allow","Principal":{"AWS":"` + bob + `"},"Action":["kms:Decrypt","kms:GenerateDataKey"],"Resource":"*"`)
	toBuild := strings.Replace(toBob, bob, grantee, 1)
	for _, test := range []struct {
		what               string
		keyPolicy, own     string
		key                string // the bucket's name for the key; "" for its ARN
		managed, bucketKey bool
		reads, writes      bool
	}{
		{"neither half of the key", "", "", "", false, false, false, false},
		{"the key's policy alone", toBob, "", "", false, false, false, false},
		{"the user's alone", "", fmt.Sprintf(may, "kms:*", ""), "", false, false, false, false},
		{"both", toBob, fmt.Sprintf(may, "kms:*", via), "", false, false, true, true},
		{"both, by account", toBuild, fmt.Sprintf(may, "kms:*", via), "", false, false, true, true},
		{"both, to decrypt", toBob, fmt.Sprintf(may, "kms:Decrypt", via), "", false, false, true, false},
		{"both, in another region", toBob, fmt.Sprintf(may, "kms:*", strings.Replace(via, "us-east-1", "eu-west-1", 1)), "", false, false, false, false},
		{"by the bucket's ARN, with a bucket key", strings.Replace(toBob, `"*"`, `"*","Condition":{"StringEquals":{"kms:EncryptionContext:aws:s3:arn":"arn:aws:s3:::secret"}}`, 1),
			fmt.Sprintf(may, "kms:*", ""), "", false, true, true, true},
		{"by the bucket's ARN, without one", strings.Replace(toBob, `"*"`, `"*","Condition":{"StringEquals":{"kms:EncryptionContext:aws:s3:arn":"arn:aws:s3:::secret"}}`, 1),
			fmt.Sprintf(may, "kms:*", ""), "", false, false, false, false},
		{"AWS's own key", "", fmt.Sprintf(may, "kms:*", ""), "", true, false, false, false},
		{"by an alias", toBob, fmt.Sprintf(may, "kms:*", ""), "alias/team-key", false, false, true, false},
		{"by its id", toBob, fmt.Sprintf(may, "kms:*", ""), "id", false, false, true, false},
	} {
		b := newBench(t, awssim.Config{})
		key := b.nonprod.Key("us-east-1", test.managed)
		b.nonprod.Alias("alias/team-key", key)
		if test.keyPolicy != "" {
			b.nonprod.KeyPolicy(key, test.keyPolicy)
		}
		name := map[string]string{"": key, "id": key[len(key)-36:], "alias/team-key": "alias/team-key"}[test.key]
		b.nonprod.Bucket("secret", awssim.BucketOptions{KMSKeyARN: name, BucketKey: test.bucketKey})
		b.nonprod.PutObject("secret", "a", []byte("hello"))
		b.build.UserPolicy("bob", "s3", strings.Replace(allowGet, "s3:GetObject", "s3:*", 1))
		if test.own != "" {
			b.build.UserPolicy("bob", "kms", test.own)
		}
		policy := strings.NewReplacer(bucket, "secret", `"s3:GetObject"`, `["s3:GetObject","s3:PutObject"]`).Replace(bobMayRead)
		if err := b.nonprod.SetPolicy("secret", policy); err != nil {
			t.Fatal(err)
		}
		c := b.user(b.build, "bob").s3
		_, getErr := c.GetObject(ctx, &s3.GetObjectInput{Bucket: aws.String("secret"), Key: aws.String("a")})
		_, putErr := c.PutObject(ctx, &s3.PutObjectInput{Bucket: aws.String("secret"), Key: aws.String("b"), Body: strings.NewReader("x")})
		for _, got := range []struct {
			action, key string
			err         error
			open        bool
		}{{"s3:GetObject", "a", getErr, test.reads}, {"s3:PutObject", "b", putErr, test.writes}} {
			if d := b.Can(bob, got.action, "secret", got.key); (got.err == nil) != got.open || d.Allowed != got.open {
				t.Errorf("%s, %s: %v, and %s", test.what, got.action, got.err, d.Why)
			}
		}
		if test.key == "alias/team-key" {
			wantCode(t, test.what, putErr, "KMS.NotFoundException", 400, "Alias arn:aws:kms:us-east-1:"+grantee+":alias/team-key is not found.")
			_, err := c.PutObject(ctx, &s3.PutObjectInput{Bucket: aws.String("secret"), Key: aws.String("b"), Body: strings.NewReader("x"),
				ServerSideEncryption: "aws:kms", SSEKMSKeyId: &key})
			wantCode(t, test.what+", with the key's ARN", err, "", 0, "")
		}
		_, err := c.HeadObject(ctx, &s3.HeadObjectInput{Bucket: aws.String("secret"), Key: aws.String("a")})
		wantCode(t, test.what+", HEAD", err, "", 0, "") // HEAD needs no key
	}
}

// A key can be described by alias, and by another account if both policies
// allow it.
func TestKMSKeysByName(t *testing.T) {
	b := newFull(t, awssim.Config{})
	b.nonprod.Alias("alias/team-key", b.key)
	id, _ := b.nonprod.RootKey()
	elsewhere, _ := b.build.RootKey()
	ask := func(keyID, key string) error {
		_, err := kmsCall(ctx, b.url, keyID, "DescribeKey", map[string]string{"KeyId": key})
		return err
	}
	wantCode(t, "by alias", ask(id, "alias/team-key"), "", 0, "")
	wantCode(t, "by the alias of another account", ask(elsewhere, "alias/team-key"), "NotFoundException", 400, "is not found")
	b.nonprod.KeyPolicy(b.key, one(`"Effect":"Allow","Principal":{"AWS":"`+grantee+`"},"Action":"kms:DescribeKey","Resource":"*"`))
	wantCode(t, "another account's", ask(elsewhere, b.key), "", 0, "")
	wantCode(t, "one's own, and its policy does not say so", ask(id, b.key), "AccessDeniedException", 400, "kms:DescribeKey")
}
