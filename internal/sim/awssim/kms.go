package awssim

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"time"
)

// Key creates a KMS key in this region, managed by the customer or by AWS, and
// returns the ARN. The policy of a customer's key delegates to the account's
// policies, like keys from the console. AWS's own key is for S3 in that
// account.
func (ks *keyring) Key(region string, managedByAWS bool) string {
	defer ks.of.lock()()
	id := lower(ks.of.w.mint("", 32))
	k := &kmsKey{account: ks.of, manager: "CUSTOMER", region: region, created: ks.of.w.now(),
		id: strings.Join([]string{id[:8], id[8:12], id[12:16], id[16:20], id[20:]}, "-")}
	policy := `{"Version":"2012-10-17","Statement":[{"Sid":"Enable IAM User Permissions","Effect":"Allow",` +
		`"Principal":{"AWS":"arn:aws:iam::` + ks.of.id + `:root"},"Action":"kms:*","Resource":"*"}]}`
	if managedByAWS {
		k.manager = "AWS"
		policy = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},` +
			`"Action":["kms:Encrypt","kms:Decrypt","kms:ReEncrypt*","kms:GenerateDataKey*","kms:DescribeKey"],"Resource":"*",` +
			`"Condition":{"StringEquals":{"kms:CallerAccount":"` + ks.of.id + `","kms:ViaService":"s3.` + region +
			`.amazonaws.com"}}},` +
			`{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::` + ks.of.id +
			`:root"},"Action":["kms:Describe*","kms:Get*","kms:List*"],"Resource":"*"}]}`
	}
	k.setPolicy(policy)
	ks.keys[k.id] = k
	return k.arn()
}

// KeyPolicy replaces the policy of a key.
func (ks *keyring) KeyPolicy(keyARN, text string) {
	defer ks.of.lock()()
	ks.mustKey(keyARN).setPolicy(text)
}

// Alias gives a key an alias like "alias/team-key", or moves the alias to it.
func (ks *keyring) Alias(name, keyARN string) {
	defer ks.of.lock()()
	if !strings.HasPrefix(name, "alias/") {
		panic("awssim: the name of a key begins with alias/, not " + name)
	}
	ks.aliases[name] = ks.mustKey(keyARN)
}

func (ks *keyring) mustKey(arn string) *kmsKey {
	if k, _ := ks.of.w.keyNamed(arn, ks.of); k != nil && k.account == ks.of {
		return k
	}
	panic("awssim: account " + ks.of.id + " has no key " + arn)
}

func (k *kmsKey) setPolicy(text string) {
	p, m := k.account.w.store(text)
	if m != nil {
		panic("awssim: the policy of a key: " + m.message + " " + m.detail)
	}
	k.policy = *p
}

// keyNamed finds a key by the name that a caller in an account uses. An id or
// alias that is not an ARN means the caller's account, even if other accounts
// have the same name.
func (c *core) keyNamed(name string, of *Account) (*kmsKey, *apiError) {
	a, id := of, name
	if part := strings.SplitN(name, ":", 6); len(part) == 6 {
		a, id = c.accounts[part[4]], part[5]
	}
	id = strings.TrimPrefix(id, "key/")
	var k *kmsKey
	if a != nil {
		k = a.keys[id]
		if strings.HasPrefix(id, "alias/") {
			k = a.aliases[id]
		}
	}
	if k != nil {
		return k, nil
	}
	message := "Key '" + name + "' does not exist"
	if strings.HasPrefix(id, "alias/") {
		message = "Alias arn:aws:kms:us-east-1:" + of.id + ":" + id + " is not found."
	}
	return nil, &apiError{status: 400, code: "NotFoundException", message: message}
}

// decideOnKey applies KMS's rule. The key's policy must allow. The caller's own
// policies must allow too, unless the key's policy names a caller of its own
// account.
// https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-modifying-external-accounts.html
func (a *access) decideOnKey(c caller, action string, k *kmsKey, more values, now time.Time) (Decision, question) {
	ctx := values{"kms:calleraccount": {c.account.id}}
	maps.Copy(ctx, more)
	ask := a.ask(c, action, k.arn(), k.account, now, ctx)
	if ctx["kms:viaservice"] != nil {
		ask.ctx["aws:viaawsservice"] = []string{"true"}
	}
	says := resourceSays(namedPolicy{"the policy of key " + k.id, k.policy.doc}, ask)
	d := a.decide(ask, k.account, says, now)
	if d.Allowed && !says.allowed {
		d.Allowed, d.Why = false, "Denied: "+says.why+", and without that no other policy counts."
	}
	return d, ask
}

// useKey decides whether S3 may use a key for a caller's action on an object.
func (a *access) useKey(c caller, action string, k *kmsKey, b *bucket, key string, now time.Time) (Decision, question) {
	encrypted := b.arn() + "/" + key
	if b.BucketKey {
		encrypted = b.arn()
	}
	return a.decideOnKey(c, action, k, values{
		"kms:viaservice":                   {"s3." + b.Region + ".amazonaws.com"},
		"kms:encryptioncontext:aws:s3:arn": {encrypted},
		"kms:encryptioncontextkeys":        {"aws:s3:arn"},
		"aws:requestedregion":              {b.Region},
	}, now)
}

// mayUseKey refuses a call if the caller may not use the key.
func (s *s3Objects) mayUseKey(q *request, action string, k *kmsKey, b *bucket, key string) *apiError {
	if k == nil {
		return nil
	}
	d, ask := s.access.useKey(q.caller, action, k, b, key, q.now)
	if d.Allowed {
		return nil
	}
	why := "because no resource-based policy allows the " + action + " action"
	switch {
	case d.deniedBy != "":
		why = "with an explicit deny in " + d.deniedBy
	case d.Owner.Allowed:
		why = "because no identity-based policy allows the " + action + " action"
	}
	return &apiError{status: 403, code: "AccessDenied",
		message: fmt.Sprintf("User: %s is not authorized to perform: %s on resource: %s %s",
			q.caller.arn(), action, ask.resource, why)}
}

// encryptionOf returns the key for a write: the key in the request, or the
// bucket's default. It is nil for S3's own keys.
func (a *access) encryptionOf(h http.Header, c caller, b *bucket) (*kmsKey, *apiError) {
	name := b.KMSKeyARN
	switch h.Get("X-Amz-Server-Side-Encryption") {
	case "":
	case "AES256":
		return nil, nil
	default:
		if named := h.Get("X-Amz-Server-Side-Encryption-Aws-Kms-Key-Id"); named != "" || name == "" {
			name = named
		}
	}
	if name == "" && h.Get("X-Amz-Server-Side-Encryption") == "" {
		return nil, nil
	}
	k, err := a.keyNamed(name, c.account)
	if err != nil {
		err.code = "KMS.NotFoundException"
	}
	return k, err
}

// encrypt sets the key of a written object and checks the permission to use it.
func (s *s3Objects) encrypt(q *request, b *bucket, o *object) (err *apiError) {
	if o.key, err = s.access.encryptionOf(q.Header, q.caller, b); err != nil {
		return err
	}
	return s.mayUseKey(q, "kms:GenerateDataKey", o.key, b, q.key)
}

// encryptedWith sets the response headers that describe an object's encryption.
func (o object) encryptedWith(h http.Header) {
	h.Set("X-Amz-Server-Side-Encryption", "AES256")
	if o.key != nil {
		h.Set("X-Amz-Server-Side-Encryption", "aws:kms")
		h.Set("X-Amz-Server-Side-Encryption-Aws-Kms-Key-Id", o.key.arn())
	}
}

// decideWithKey combines the decision on the bucket with the decision on the
// object's key.
func (a *access) decideWithKey(d Decision, c caller, action string, b *bucket, key string, now time.Time) Decision {
	var k *kmsKey
	use := ""
	switch lower(action) {
	case "s3:getobject", "s3:getobjectversion":
		k, use = b.objects[key].key, "kms:Decrypt"
	case "s3:putobject":
		found, err := a.encryptionOf(http.Header{}, c, b)
		if err != nil {
			return Decision{Owner: d.Owner, Grantee: d.Grantee, Why: "The bucket's key: " + err.message}
		}
		k, use = found, "kms:GenerateDataKey"
	}
	if !d.Allowed || k == nil {
		return d
	}
	if of, _ := a.useKey(c, use, k, b, key, now); !of.Allowed {
		return Decision{Owner: d.Owner, Grantee: d.Grantee,
			Why: "The bucket is open, and its key is not, for " + use + ": " + of.Why}
	}
	return d
}

// kmsService is KMS.
type kmsService struct {
	*core
	access *access
}

// serve serves DescribeKey, by key id, alias or ARN.
func (s *kmsService) serve(q *request) (reply, *apiError) {
	var in struct{ KeyId string }
	if json.Unmarshal(q.body, &in) != nil || in.KeyId == "" {
		return reply{}, &apiError{
			status: 400, code: "ValidationException", message: "1 validation error detected: KeyId must not be null"}
	}
	q.resource = in.KeyId
	k, missing := s.keyNamed(in.KeyId, q.caller.account)
	if missing != nil {
		ask := s.access.ask(q.caller, "kms:DescribeKey", in.KeyId, q.caller.account, q.now, nil)
		if d := s.access.decide(ask, q.caller.account, finding{}, q.now); !d.Allowed {
			return reply{}, &apiError{status: 400, code: "AccessDeniedException", message: d.denial(ask, in.KeyId, true).message}
		}
		return reply{}, missing
	}
	q.resource = k.arn()
	if d, ask := s.access.decideOnKey(q.caller, "kms:DescribeKey", k, nil, q.now); !d.Allowed {
		return reply{}, &apiError{
			status: 400, code: "AccessDeniedException", message: d.denial(ask, q.resource, true).message}
	}
	body, _ := json.Marshal(map[string]any{"KeyMetadata": map[string]any{ // these types always encode
		"AWSAccountId": k.account.id, "KeyId": k.id, "Arn": k.arn(), "Enabled": true, "KeyState": "Enabled",
		"KeyManager": k.manager, "KeyUsage": "ENCRYPT_DECRYPT", "KeySpec": "SYMMETRIC_DEFAULT",
		"Origin": "AWS_KMS", "CreationDate": float64(k.created.Unix()), "MultiRegion": false,
	}})
	return reply{status: 200, header: http.Header{"Content-Type": {"application/x-amz-json-1.1"}}, body: body}, nil
}
