package awssim

import (
	"net/http"
	"strings"
	"time"
)

// A caller is the identity behind a call, or a possible one: see [World.Can].
type caller struct {
	account *Account
	root    bool
	user    *user
	role    *role  // the role of a session
	session string // the session's name

	temporary bool      // true for the credentials of a session
	issued    time.Time // time of issue
}

// id is the caller's id in stored policies.
func (c caller) id() string {
	switch {
	case c.user != nil:
		return c.user.id
	case c.role != nil:
		return c.role.id
	}
	return c.account.id
}

// arn is the caller's ARN. A role's caller has the ARN of its session.
func (c caller) arn() string {
	switch {
	case c.user != nil:
		return c.user.arn()
	case c.role != nil:
		return "arn:aws:sts::" + c.account.id + ":assumed-role/" + c.role.name + "/" + c.session
	}
	return "arn:aws:iam::" + c.account.id + ":root"
}

// userid is aws:userid, and the UserId of GetCallerIdentity.
func (c caller) userid() string {
	if c.role != nil {
		return c.role.id + ":" + c.session
	}
	return c.id()
}

// An accessKey is a pair of credentials: permanent, or temporary with a token
// and an expiry.
type accessKey struct {
	id, secret string
	caller     caller
	token      string
	expires    time.Time // zero for permanent keys
}

var noExpiry time.Time

// newKey creates credentials for a caller. Temporary ones get a token.
func (c *core) newKey(of caller, expires time.Time) *accessKey {
	k := &accessKey{caller: of, expires: expires}
	if expires.IsZero() {
		k.id = c.mint("AKIA", 16)
	} else {
		k.id = c.mint("ASIA", 16)
		k.token = c.mint("IQoJb3JpZ2luX2Vj", 48) + c.mint("", 48)
	}
	k.secret = c.mint("", 40)
	c.keys[k.id] = k
	return k
}

// A credential is the identity that a request's signature claims.
type credential struct {
	keyID, service, token string
	region                string // the region that the client signed for
	presigned             bool
	missing               bool // the request has no credential
}

// credentialOf parses a SigV4 header or presigned query. It is false if the
// credential is malformed.
func credentialOf(r *http.Request) (credential, bool) {
	presigned := false
	scope, token := "", r.Header.Get("X-Amz-Security-Token")
	header := r.Header.Get("Authorization")
	query := r.URL.Query()
	switch {
	case header != "":
		fields, ok := strings.CutPrefix(header, "AWS4-HMAC-SHA256 ")
		if !ok {
			return credential{}, false
		}
		part := map[string]string{}
		for _, f := range strings.Split(fields, ",") {
			k, v, _ := strings.Cut(strings.TrimSpace(f), "=")
			part[k] = v
		}
		if part["SignedHeaders"] == "" || part["Signature"] == "" {
			return credential{}, false
		}
		scope = part["Credential"]
	case query.Get("X-Amz-Credential") != "":
		presigned = true
		scope, token = query.Get("X-Amz-Credential"), query.Get("X-Amz-Security-Token")
		if query.Get("X-Amz-Signature") == "" {
			return credential{}, false
		}
	default:
		return credential{missing: true}, true
	}
	part := strings.Split(scope, "/")
	if len(part) != 5 || part[0] == "" || part[4] != "aws4_request" {
		return credential{}, false
	}
	return credential{keyID: part[0], service: part[3], token: token, region: part[2], presigned: presigned}, true
}

// authenticate finds the caller by access key.
func (c *core) authenticate(r *http.Request, service string, now time.Time) (caller, *apiError) {
	cred, ok := credentialOf(r)
	fail := func(why string) (caller, *apiError) { return caller{}, authError(service, why) }
	if !ok {
		return fail("malformed")
	}
	if cred.missing {
		return fail("missing")
	}
	k := c.keys[cred.keyID]
	switch {
	case k == nil, k.token != "" && cred.token == "":
		return fail("unknown")
	case k.token != cred.token:
		return fail("token")
	case !k.expires.IsZero() && !now.Before(k.expires):
		return fail("expired")
	case k.caller.role != nil && c.principals[k.caller.role.id] == nil:
		return fail("token")
	}
	return k.caller, nil
}

// authError is each service's refusal of a caller that it cannot identify.
func authError(service, why string) *apiError {
	byService := map[string]map[string]*apiError{
		"s3": {
			"missing":   {status: 403, code: "AccessDenied", message: "Access Denied"},
			"malformed": {status: 400, code: "AuthorizationHeaderMalformed", message: "The authorization header is malformed."},
			"unknown": {status: 403, code: "InvalidAccessKeyId",
				message: "The AWS Access Key Id you provided does not exist in our records."},
			"token":   {status: 400, code: "InvalidToken", message: "The provided token is malformed or otherwise invalid."},
			"expired": {status: 400, code: "ExpiredToken", message: "The provided token has expired."},
		},
		"query": {
			"missing": {status: 403, code: "MissingAuthenticationToken", message: "Request is missing Authentication Token"},
			"malformed": {status: 400, code: "IncompleteSignature",
				message: "The request signature does not conform to AWS standards."},
			"unknown": {status: 403, code: "InvalidClientTokenId",
				message: "The security token included in the request is invalid."},
			"token": {status: 403, code: "InvalidClientTokenId",
				message: "The security token included in the request is invalid."},
			"expired": {status: 403, code: "ExpiredToken", message: "The security token included in the request is expired"},
		},
		"kms": {
			"missing": {status: 400, code: "MissingAuthenticationTokenException", message: "Missing Authentication Token"},
			"malformed": {status: 400, code: "IncompleteSignatureException",
				message: "The request signature does not conform to AWS standards."},
			"unknown": {status: 400, code: "UnrecognizedClientException",
				message: "The security token included in the request is invalid."},
			"token": {status: 400, code: "UnrecognizedClientException",
				message: "The security token included in the request is invalid."},
			"expired": {status: 400, code: "ExpiredTokenException",
				message: "The security token included in the request is expired"},
		},
	}
	errors, ok := byService[service]
	if !ok {
		errors = byService["query"]
	}
	return errors[why]
}

func callerOf(p principal) caller {
	if r, ok := p.(*role); ok {
		return caller{account: r.account, role: r, session: "session", temporary: true, issued: r.created}
	}
	u := p.(*user)
	return caller{account: u.account, user: u}
}

// boundary returns the permissions boundary of a user or role, or nil.
func (c caller) boundary() *managedPolicy {
	switch {
	case c.user != nil:
		return c.user.boundary
	case c.role != nil:
		return c.role.boundary
	}
	return nil
}

// callerNamed finds a caller by the name that a test or person uses.
func (c *core) callerNamed(name string) (caller, bool) {
	if strings.HasPrefix(name, "arn:") {
		if p, ok := c.principalByARN(name); ok {
			return callerOf(p), true
		}
		part := strings.SplitN(name, ":", 6)
		if a := c.accounts[part[min(4, len(part)-1)]]; a != nil && part[len(part)-1] == "root" {
			return caller{account: a, root: true}, true
		}
		return caller{}, false
	}
	account, rest, _ := strings.Cut(name, "/")
	for _, a := range c.accounts {
		if a.name != account {
			continue
		}
		if r, ok := strings.CutPrefix(rest, "role/"); ok && a.roles[lower(r)] != nil {
			return callerOf(a.roles[lower(r)]), true
		}
		if u := a.users[lower(rest)]; u != nil {
			return callerOf(u), true
		}
	}
	return caller{}, false
}
