package awssim

import (
	"encoding/base64"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

const (
	iamNamespace = "https://iam.amazonaws.com/doc/2010-05-08/"
	stsNamespace = "https://sts.amazonaws.com/doc/2011-06-15/"
)

// An iamOp is one operation of IAM: the ARN it needs permission for, and what
// it does. The name of its action is its own.
type iamOp struct {
	on func(*request) string
	do func(*World, *request) (any, *apiError)
}

// serveQuery authorises and serves a call of IAM or STS.
func (w *World) serveQuery(q *request) (reply, *apiError) {
	if q.service == "sts" {
		result, err := w.serveSTS(q)
		if err != nil {
			return reply{}, err
		}
		return queryReply(q.op, stsNamespace, q.id, result), nil
	}
	if err := checkNames(q); err != nil {
		return reply{}, err
	}
	op := iamOps[q.op]
	q.resource = op.on(q)
	ctx := values{}
	if arn := q.params.Get("PolicyArn"); arn != "" && strings.HasSuffix(q.op, "RolePolicy") {
		ctx["iam:policyarn"] = []string{arn}
	}
	ask := w.ask(q.caller, "iam:"+q.op, q.resource, q.caller.account, q.now, ctx)
	if d := w.decide(ask, q.caller.account, finding{}, q.now); !d.Allowed {
		return reply{}, d.denial(ask, q.resource, true)
	}
	result, err := op.do(w, q)
	if err != nil {
		return reply{}, err
	}
	return queryReply(q.op, iamNamespace, q.id, result), nil
}

var (
	entityName = regexp.MustCompile(`^[\w+=,.@-]+$`)
	maxName    = map[string]int{"UserName": 64, "NewUserName": 64, "RoleName": 64, "GroupName": 128, "PolicyName": 128}
)

// checkNames refuses names that IAM could not have.
func checkNames(q *request) *apiError {
	for _, field := range sortedKeys(maxName) {
		v := q.params.Get(field)
		if !q.params.Has(field) {
			continue
		}
		name := lower(field[:1]) + field[1:]
		switch {
		case len(v) > maxName[field]:
			return validation("1 validation error detected: Value at '%s' failed to satisfy constraint: Member must have length less than or equal to %d", name, maxName[field])
		case !entityName.MatchString(v):
			return validation("The specified value for %s is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-", name)
		}
	}
	return nil
}

func validation(format string, args ...any) *apiError {
	return &apiError{status: 400, code: "ValidationError", message: fmt.Sprintf(format, args...)}
}

func noSuch(format string, args ...any) *apiError {
	return &apiError{status: 404, code: "NoSuchEntity", message: fmt.Sprintf(format, args...)}
}

func conflict(code, format string, args ...any) *apiError {
	return &apiError{status: 409, code: code, message: fmt.Sprintf(format, args...)}
}

// page cuts one page out of sorted names: those after the marker, as many as
// size says, or as many as by default. next is empty on the last page.
func (w *World) page(names []string, marker, size string, byDefault int) (page []string, next string, err error) {
	n := byDefault
	if w.cfg.PageSize > 0 {
		n = w.cfg.PageSize
	}
	if size != "" {
		if n, err = strconv.Atoi(size); err != nil || n < 1 {
			return nil, "", errors.New("The size of a page must be a number above zero.")
		}
		n = min(n, 1000)
	}
	if marker != "" {
		after, err := base64.URLEncoding.DecodeString(marker)
		if err != nil {
			return nil, "", errors.New("The marker is not one that was returned.")
		}
		at, found := slices.BinarySearch(names, string(after))
		if found {
			at++
		}
		names = names[at:]
	}
	if len(names) <= n {
		return names, "", nil
	}
	return names[:n], base64.URLEncoding.EncodeToString([]byte(names[n-1])), nil
}

// A pageEnd is what every list of IAM ends with.
type pageEnd struct {
	IsTruncated bool
	Marker      string `xml:",omitempty"`
}

// iamPage is page with IAM's parameters and errors.
func (w *World) iamPage(names []string, q *request) ([]string, pageEnd, *apiError) {
	names, next, err := w.page(names, q.params.Get("Marker"), q.params.Get("MaxItems"), 100)
	if err != nil {
		return nil, pageEnd{}, validation("%s", err)
	}
	return names, pageEnd{next != "", next}, nil
}
