package awssim

import (
	"encoding/json"
	"net/http"
	"strings"
)

// serveKMS serves DescribeKey, by key id or ARN, to callers of the key's own
// account. Aliases and key policies are not modelled.
func (w *World) serveKMS(q *request) (reply, *apiError) {
	var in struct{ KeyId string }
	if json.Unmarshal(q.body, &in) != nil || in.KeyId == "" {
		return reply{}, &apiError{status: 400, code: "ValidationException", message: "1 validation error detected: KeyId must not be null"}
	}
	a, id := q.caller.account, in.KeyId
	if part := strings.SplitN(in.KeyId, ":", 6); len(part) == 6 {
		id = strings.TrimPrefix(part[5], "key/")
		a = w.accounts[part[4]]
	}
	var k *kmsKey
	if a != nil {
		k = a.kms[id]
	}
	q.resource = in.KeyId
	if k != nil {
		q.resource = k.arn()
	}
	ask := w.ask(q.caller, "kms:DescribeKey", q.resource, q.caller.account, q.now, nil)
	d := w.decide(ask, q.caller.account, finding{}, q.now)
	switch {
	case !d.Allowed || k != nil && k.account != q.caller.account:
		e := d.denial(ask, q.resource, true)
		return reply{}, &apiError{status: 400, code: "AccessDeniedException", message: e.message}
	case k == nil:
		return reply{}, &apiError{status: 400, code: "NotFoundException", message: "Key '" + in.KeyId + "' does not exist"}
	}
	body, _ := json.Marshal(map[string]any{"KeyMetadata": map[string]any{ // these types always encode
		"AWSAccountId": k.account.id, "KeyId": k.id, "Arn": k.arn(), "Enabled": true, "KeyState": "Enabled",
		"KeyManager": k.manager, "KeyUsage": "ENCRYPT_DECRYPT", "KeySpec": "SYMMETRIC_DEFAULT",
		"Origin": "AWS_KMS", "CreationDate": float64(k.created.Unix()), "MultiRegion": false,
	}})
	return reply{status: 200, header: http.Header{"Content-Type": {"application/x-amz-json-1.1"}}, body: body}, nil
}
