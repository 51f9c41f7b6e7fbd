package awssim

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// maxSession is the longest session: a role's default, and the limit when a
// session of one role assumes another.
const maxSession = time.Hour

var (
	sessionName = regexp.MustCompile(`^[\w+=,.@-]{2,64}$`)
	externalID  = regexp.MustCompile(`^[\w+=,.@:/-]+$`)
)

// stsOps maps the operations of STS to their parameters.
var stsOps = map[string]string{
	"AssumeRole":        "RoleArn RoleSessionName ExternalId DurationSeconds",
	"GetCallerIdentity": "",
}

const stsNamespace = "https://sts.amazonaws.com/doc/2011-06-15/"

// stsService is STS.
type stsService struct {
	*core
	access *access
}

func (s *stsService) serve(q *request) (reply, *apiError) {
	do := s.getCallerIdentity
	if q.op == "AssumeRole" {
		do = s.assumeRole
	}
	result, err := do(q)
	if err != nil {
		return reply{}, err
	}
	return queryReply(q.op, stsNamespace, q.id, result), nil
}

// getCallerIdentity needs no permission, and no deny applies to it.
func (s *stsService) getCallerIdentity(q *request) (any, *apiError) {
	q.resource = "*"
	return struct{ Arn, UserId, Account string }{q.caller.arn(), q.caller.userid(), q.caller.account.id}, nil
}

// assumeRole decides as for a bucket, with the trust policy as the resource
// policy. The trust must always allow. The caller's own policies must allow too
// between accounts, or if the trust names an account as a whole.
func (s *stsService) assumeRole(q *request) (any, *apiError) {
	arn, name := q.params.Get("RoleArn"), q.params.Get("RoleSessionName")
	q.resource = arn
	lasts, err := sessionTerm(q)
	if err != nil {
		return nil, err
	}
	ctx := values{"sts:rolesessionname": {name}}
	if q.params.Has("ExternalId") {
		ctx["sts:externalid"] = []string{q.params.Get("ExternalId")}
	}
	denied := func() (any, *apiError) {
		return nil, &apiError{status: 403, code: "AccessDenied", message: fmt.Sprintf(
			"User: %s is not authorized to perform: sts:AssumeRole on resource: %s", q.caller.arn(), arn)}
	}
	if q.caller.root {
		return nil, &apiError{status: 403, code: "AccessDenied", message: "Roles may not be assumed by root accounts."}
	}
	p, _ := s.principalByARN(arn)
	r, ok := p.(*role)
	if !ok {
		return denied() // a caller without permission does not learn that the role is missing
	}
	ask := s.access.ask(q.caller, "sts:AssumeRole", arn, r.account, q.now, ctx)
	trust := resourceSays(namedPolicy{"the trust policy of role " + r.name, r.trust.doc}, ask)
	// Even within an account, assuming a role needs its trust.
	if d := s.access.decide(ask, r.account, trust, q.now); !d.Allowed || !trust.allowed {
		return denied()
	}
	session := caller{account: r.account, role: r, session: name, temporary: true, issued: q.now}
	return assumed(s.newKey(session, q.now.Add(lasts))), nil
}

// sessionTerm checks the parameters and returns the session's duration.
func sessionTerm(q *request) (time.Duration, *apiError) {
	lasts := maxSession
	if q.params.Has("DurationSeconds") {
		sec, err := strconv.Atoi(q.params.Get("DurationSeconds"))
		if err != nil || sec < 900 || sec > 43200 {
			return 0, validation("1 validation error detected: Value '%s' at 'durationSeconds' failed to satisfy constraint",
				q.params.Get("DurationSeconds"))
		}
		lasts = time.Duration(sec) * time.Second
	}
	switch {
	case lasts > maxSession && q.caller.role != nil:
		return 0, validation("The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by " +
			"role chaining.")
	case lasts > maxSession:
		return 0, validation("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
	case !sessionName.MatchString(q.params.Get("RoleSessionName")):
		return 0, validation("1 validation error detected: Value '%s' at 'roleSessionName' failed to satisfy constraint",
			q.params.Get("RoleSessionName"))
	case q.params.Has("ExternalId") && !validExternalID(q.params.Get("ExternalId")):
		return 0, validation("1 validation error detected: Value at 'externalId' failed to satisfy constraint")
	case !strings.HasPrefix(q.params.Get("RoleArn"), "arn:aws:iam::"):
		return 0, validation("%s is invalid", q.params.Get("RoleArn"))
	}
	return lasts, nil
}

func assumed(k *accessKey) any {
	var result struct {
		Credentials      struct{ AccessKeyId, SecretAccessKey, SessionToken, Expiration string }
		AssumedRoleUser  struct{ AssumedRoleId, Arn string }
		PackedPolicySize int
	}
	result.Credentials.AccessKeyId, result.Credentials.SecretAccessKey = k.id, k.secret
	result.Credentials.SessionToken = k.token
	result.Credentials.Expiration = iamDate(k.expires)
	result.AssumedRoleUser.AssumedRoleId, result.AssumedRoleUser.Arn = k.caller.userid(), k.caller.arn()
	return result
}

func validExternalID(id string) bool {
	return len(id) >= 2 && len(id) <= 1224 && externalID.MatchString(id)
}
