package awssim

import (
	"bytes"
	"crypto/md5"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// objectHeaders are stored with an object and returned with it.
var objectHeaders = strings.Fields(
	"Content-Type Cache-Control Content-Disposition Content-Encoding Content-Language Expires " +
		"X-Amz-Storage-Class X-Amz-Website-Redirect-Location")

const metadata = "X-Amz-Meta-"

// newObject builds an object from a write request's headers and body.
func newObject(q *request, body []byte) object {
	o := object{body: bytes.Clone(body), modified: q.now, header: http.Header{}, etag: fmt.Sprintf(`"%x"`, md5.Sum(body))}
	for _, name := range slices.Sorted(maps.Keys(q.Header)) {
		switch {
		case slices.Contains(objectHeaders, name):
			o.header[name] = q.Header[name]
		case strings.HasPrefix(name, metadata): // S3 stores these in lower case
			o.header[lower(name)] = q.Header[name]
		}
	}
	if o.header.Get("Content-Type") == "" {
		o.header.Set("Content-Type", "binary/octet-stream")
	}
	if e := strings.TrimPrefix(strings.TrimPrefix(o.header.Get("Content-Encoding"), "aws-chunked"), ","); e != "" {
		o.header.Set("Content-Encoding", e)
	} else {
		o.header.Del("Content-Encoding")
	}
	return o
}

// s3Objects are the operations of S3 on objects.
type s3Objects struct {
	*core
	access *access
	log    *callLog
}

// getObject serves HeadObject too. A caller who may not list the bucket gets
// 403 for a missing object.
func (s *s3Objects) getObject(q *request, b *bucket) (reply, *apiError) {
	o, ok := b.objects[q.key]
	if !ok {
		return reply{}, s.missing(q, b, q.key)
	}
	if status := unmet(q.Header, "", o); status == http.StatusNotModified {
		r := empty(status)
		r.header.Set("Etag", o.etag)
		return r, nil
	} else if status != 0 {
		return reply{}, preconditionFailed()
	}
	if q.op == "GetObject" {
		if err := s.mayUseKey(q, "kms:Decrypt", o.key, b, q.key); err != nil {
			return reply{}, err
		}
	}
	r := empty(http.StatusOK)
	maps.Copy(r.header, o.header)
	o.encryptedWith(r.header)
	r.header.Set("Etag", o.etag)
	r.header.Set("Last-Modified", o.modified.UTC().Format(http.TimeFormat))
	r.header.Set("Accept-Ranges", "bytes")
	if len(o.tags) > 0 {
		r.header.Set("X-Amz-Tagging-Count", strconv.Itoa(len(o.tags)))
	}
	r.body = o.body
	if err := ranged(q, o, &r); err != nil {
		return reply{}, err
	}
	return r, nil
}

// missing is the answer for a missing object.
func (s *s3Objects) missing(q *request, b *bucket, key string) *apiError {
	more := values{"aws:requestedregion": {b.Region}}
	if s.cfg.KeyIsPrefix {
		more["s3:prefix"] = []string{key}
	}
	may := s.access.ask(q.caller, "s3:ListBucket", b.arn(), b.owner, q.now, more)
	if d := s.access.decideOnBucket(may, b, q.now); !d.Allowed {
		return d.denial(may, `"`+b.arn()+`"`, q.caller.account == b.owner)
	}
	return &apiError{status: 404, code: "NoSuchKey", message: "The specified key does not exist."}
}

// unmet returns the status for a request whose conditions do not hold, or 0.
// The headers for a copy's source begin with prefix.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-requests.html
func unmet(h http.Header, prefix string, o object) int {
	tagged := func(list string) bool {
		for _, tag := range strings.Split(list, ",") {
			if tag = strings.TrimSpace(tag); tag == "*" || strings.Trim(tag, `"`) == strings.Trim(o.etag, `"`) {
				return true
			}
		}
		return false
	}
	since := func(name string) (after, given bool) {
		t, err := http.ParseTime(h.Get(prefix + name))
		return o.modified.Truncate(time.Second).After(t), err == nil
	}
	match, none := h.Get(prefix+"If-Match"), h.Get(prefix+"If-None-Match")
	after, given := since("If-Unmodified-Since")
	switch {
	case match != "" && !tagged(match), match == "" && given && after:
		return http.StatusPreconditionFailed
	}
	if after, given = since("If-Modified-Since"); none != "" && tagged(none) || none == "" && given && !after {
		return http.StatusNotModified
	}
	return 0
}

func preconditionFailed() *apiError {
	return &apiError{status: http.StatusPreconditionFailed, code: "PreconditionFailed",
		message: "At least one of the pre-conditions you specified did not hold"}
}

// ranged cuts a reply to the requested range. A request for several ranges gets
// the whole object.
func ranged(q *request, o object, r *reply) *apiError {
	spec, ok := strings.CutPrefix(q.Header.Get("Range"), "bytes=")
	if !ok || strings.Contains(spec, ",") {
		return nil
	}
	from, to, ok := parseRange(spec, len(o.body))
	switch {
	case !ok:
		return nil
	case from >= len(o.body) || from > to:
		return &apiError{status: http.StatusRequestedRangeNotSatisfiable, code: "InvalidRange",
			message: "The requested range is not satisfiable"}
	}
	r.status, r.body = http.StatusPartialContent, o.body[from:to+1]
	r.header.Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, to, len(o.body)))
	return nil
}

// parseRange parses "0-4", "5-" or "-5" for a body of the given size. Both ends
// are inclusive.
func parseRange(spec string, size int) (from, to int, ok bool) {
	first, last, ok := strings.Cut(spec, "-")
	if !ok {
		return 0, 0, false
	}
	a, errA := strconv.Atoi(first)
	z, errZ := strconv.Atoi(last)
	switch {
	case first == "" && errZ == nil:
		return max(0, size-z), size - 1, true
	case errA == nil && last == "":
		return a, size - 1, true
	case errA == nil && errZ == nil:
		return a, min(z, size-1), true
	}
	return 0, 0, false
}

func (s *s3Objects) putObject(q *request, b *bucket) (reply, *apiError) {
	body, err := q.payload()
	if err != nil {
		return reply{}, err
	}
	return s.write(q, b, newObject(q, body))
}

// write stores an object after all other checks, and answers with its ETag.
func (s *s3Objects) write(q *request, b *bucket, o object) (reply, *apiError) {
	if err := s.mayWrite(q, b, &o); err != nil {
		return reply{}, err
	}
	b.objects[q.key] = o
	r := empty(http.StatusOK)
	r.header.Set("Etag", o.etag)
	o.encryptedWith(r.header)
	return r, nil
}

// mayWrite checks the headers of a write, and sets the fields of o from them.
func (s *s3Objects) mayWrite(q *request, b *bucket, o *object) *apiError {
	old, exists := b.objects[q.key]
	match, none := q.Header.Get("If-Match"), q.Header.Get("If-None-Match")
	switch {
	case none != "" && none != "*":
		return s.log.refuseUnmodelled("s3:" + q.op + " with If-None-Match other than *")
	case none == "*" && exists, match != "" && exists && unmet(http.Header{"If-Match": {match}}, "", old) != 0:
		return preconditionFailed()
	case match != "" && !exists:
		return &apiError{status: 404, code: "NoSuchKey", message: "The specified key does not exist."}
	}
	if err := s.owned(q, b, o); err != nil {
		return err
	}
	if err := s.encrypt(q, b, o); err != nil {
		return err
	}
	if text := q.Header.Get("X-Amz-Tagging"); text != "" {
		if err := s.authorise(q, b, "s3:PutObjectTagging", q.key, nil); err != nil {
			return err
		}
		tags, bad := url.ParseQuery(text)
		if bad != nil {
			return &apiError{status: 400, code: "InvalidArgument",
				message: "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without " +
					"tag name duplicates."}
		}
		o.tags = map[string]string{}
		for key := range tags {
			o.tags[key] = tags.Get(key)
		}
		return checkTags(o.tags)
	}
	return nil
}

// payload returns a request's body with the aws-chunked encoding removed.
func (q *request) payload() ([]byte, *apiError) {
	if q.Header.Get("X-Amz-Decoded-Content-Length") == "" {
		return q.body, nil
	}
	return unchunk(q.body)
}

// unchunk removes the aws-chunked encoding. Each chunk has its size in hex, an
// optional signature, and its bytes; trailers follow.
func unchunk(in []byte) (out []byte, err *apiError) {
	for {
		head, rest, ok := bytes.Cut(in, []byte("\r\n"))
		size, _, _ := strings.Cut(string(head), ";")
		n, bad := strconv.ParseInt(size, 16, 32)
		switch {
		case ok && bad == nil && n == 0:
			return out, nil
		case !ok || bad != nil || int(n)+2 > len(rest):
			return nil, &apiError{status: 400, code: "IncompleteBody",
				message: "The request body terminated unexpectedly"}
		}
		out = append(out, rest[:n]...)
		in = rest[n+2:]
	}
}

func (s *s3Objects) deleteObject(q *request, b *bucket) (reply, *apiError) {
	delete(b.objects, q.key)
	return empty(http.StatusNoContent), nil
}

func invalidArgument(err error) *apiError {
	return &apiError{status: 400, code: "InvalidArgument", message: err.Error()}
}

func malformedXML() *apiError {
	return &apiError{status: 400, code: "MalformedXML",
		message: "The XML you provided was not well-formed or did not validate against our published schema"}
}

var errMaxKeys = errors.New("Provided max-keys not an integer or within integer range")
