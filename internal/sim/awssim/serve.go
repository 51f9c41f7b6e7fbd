package awssim

import (
	"bytes"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// ServeHTTP answers as AWS does. Faults run outside the lock, the call itself
// inside.
func (w *World) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 64<<20))
	if err != nil {
		return // the client disconnected while sending
	}
	q := w.read(r, body)
	call := Call{Op: q.op, Service: q.service, Bucket: q.bucket, Time: w.now()}
	w.describe(q, &call)

	faults := w.faultsFor(call)
	refusal, there := before(r.Context(), faults, call)
	if !there {
		w.addCall(call)
		panic(http.ErrAbortHandler)
	}
	var out reply
	if refusal != nil {
		out = errorReply(q.service, r.Method, q.id, refusal)
	} else {
		out = w.act(q)
	}
	call.Status, call.Code, call.Time = out.status, out.code, q.now
	if q.resource != "" {
		call.Resource = q.resource
	}
	w.addCall(call)
	if !after(r.Context(), faults, call) {
		panic(http.ErrAbortHandler) // cuts the connection
	}
	if out.header.Get("Content-Type") == "" {
		out.header.Set("Content-Type", "application/xml")
	}
	out.header.Set("Date", q.now.UTC().Format(http.TimeFormat))
	out.header.Set("X-Amz-Request-Id", q.id)
	out.header.Set("X-Amzn-Requestid", q.id)
	out.send(rw)
}

// read determines the service and the operation.
func (w *World) read(r *http.Request, body []byte) *request {
	q := &request{Request: r, body: body, params: r.URL.Query(), now: w.now()}
	w.mu.Lock()
	q.id = w.mint("", 16)
	w.mu.Unlock()
	cred, _ := credentialOf(r)
	form := strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded")
	target := r.Header.Get("X-Amz-Target")
	switch {
	case strings.HasPrefix(target, "TrentService."):
		q.service, q.op = "kms", strings.TrimPrefix(target, "TrentService.")
	case cred.service == "iam" || cred.service == "sts" || cred.service == "" && form && r.URL.Path == "/":
		if form {
			q.params, _ = url.ParseQuery(string(body))
		}
		q.op, q.service = q.params.Get("Action"), "iam"
		if q.params.Get("Version") == "2011-06-15" {
			q.service = "sts"
		}
	case cred.service == "" || cred.service == "s3":
		q.service = "s3"
		q.readS3()
	default:
		q.service, q.op = cred.service, target
		if q.op == "" {
			q.op = r.Method + " " + r.URL.Path
		}
	}
	return q
}

// describe fills in the caller, for hooks and the log.
func (w *World) describe(q *request, call *Call) {
	w.mu.Lock()
	defer w.mu.Unlock()
	c, err := w.authenticate(q.Request, q.service, w.now())
	if err == nil {
		call.Account, call.Caller = c.account.id, c.arn()
	}
	if q.bucket != "" {
		call.Resource = "arn:aws:s3:::" + strings.TrimSuffix(q.bucket+"/"+q.key, "/")
	}
}

// act authorises the call and lets it take effect.
func (w *World) act(q *request) reply {
	w.mu.Lock()
	defer w.mu.Unlock()
	q.now = w.now()
	var out reply
	var err *apiError
	if what := unmodelled(q); what != "" {
		err = w.refuseUnmodelled(what)
	} else if q.caller, err = w.authenticate(q.Request, q.service, q.now); err == nil {
		switch q.service {
		case "s3":
			out, err = w.s3.serve(q)
		case "kms":
			out, err = w.kms.serve(q)
		case "sts":
			out, err = w.sts.serve(q)
		default:
			out, err = w.iam.serve(q)
		}
	}
	if err != nil {
		return errorReply(q.service, q.Method, q.id, err)
	}
	return out
}

// unmodelled describes the operation, or the part of one, that is not modelled.
// It is empty for a request that is fully modelled.
func unmodelled(q *request) string {
	var needs, takes string
	known := true
	switch q.service {
	case "s3":
		op := s3Ops[q.op]
		known = op.do != nil
		if rest := q.notTaken(op.takes); known && len(rest) > 0 {
			return "s3:" + q.op + " with " + strings.Join(rest, ", ")
		}
	case "iam":
		op := iamOps[q.op]
		known, needs, takes = op.do != nil, op.needs, op.takes
	case "sts":
		op, ok := stsOps[q.op]
		known, takes = ok, op
	case "kms":
		known = q.op == "DescribeKey" && !bytes.Contains(q.body, []byte(`"GrantTokens"`))
	default:
		known = false
	}
	if !known {
		return q.service + ":" + q.op
	}
	if q.service == "s3" || q.service == "kms" {
		return ""
	}
	var rest []string
	for _, name := range sortedKeys(q.params) {
		name, _, _ = strings.Cut(name, ".") // Tags.member.1.Key
		if !slices.Contains(strings.Fields(needs+" "+takes+" Action Version"), name) && !strings.HasPrefix(name, "X-Amz-") {
			rest = with(rest, name)
		}
	}
	if len(rest) > 0 {
		return q.service + ":" + q.op + " with " + strings.Join(rest, ", ")
	}
	return ""
}
