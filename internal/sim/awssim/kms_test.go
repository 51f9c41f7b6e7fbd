package awssim_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"s3share/internal/sim/awssim"
)

// describeKey asks for the bench's key. The module of KMS is none of ours, so
// the request is written by hand; it is signed with whatever key the client has.
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
	aws := b.nonprod.Key("eu-west-1", true)
	if out, err := ask(id, aws); err != nil || out["KeyMetadata"].(map[string]any)["KeyManager"] != "AWS" {
		t.Errorf("AWS's key: %v %v", out, err)
	}
	_, err := ask(id, "00000000-0000-0000-0000-000000000000")
	wantCode(t, "no key", err, "NotFoundException", 400, "does not exist")
	_, err = ask(id, "")
	wantCode(t, "no id", err, "ValidationException", 400, "KeyId")
	_, err = ask(elsewhere, b.key)
	wantCode(t, "another account's", err, "AccessDeniedException", 400, "kms:DescribeKey")
	_, err = ask("AKIANONE", b.key)
	wantCode(t, "nobody", err, "UnrecognizedClientException", 400, "invalid")
}

// Faults come in the protocol of the service.
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
