package awssim

import (
	"bytes"
	"crypto/md5"
	"encoding/xml"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

func (o object) etag() string { return fmt.Sprintf(`"%x"`, md5.Sum(o.body)) }

// getObject serves HeadObject too. Who may not list the bucket is not told
// that an object is missing.
func (w *World) getObject(q *request, b *bucket) (reply, *apiError) {
	o, ok := b.objects[q.key]
	if !ok {
		more := values{"aws:requestedregion": {b.Region}}
		if w.cfg.KeyIsPrefix {
			more["s3:prefix"] = []string{q.key}
		}
		may := w.ask(q.caller, "s3:ListBucket", b.arn(), b.owner, q.now, more)
		if d := w.decideOnBucket(may, b, q.now); !d.Allowed {
			return reply{}, d.denial(may, `"`+b.arn()+`"`, q.caller.account == b.owner)
		}
		return reply{}, &apiError{status: 404, code: "NoSuchKey", message: "The specified key does not exist."}
	}
	r := empty(http.StatusOK)
	r.header.Set("Content-Type", o.contentType)
	r.header.Set("Etag", o.etag())
	r.header.Set("Last-Modified", o.modified.UTC().Format(http.TimeFormat))
	r.header.Set("Accept-Ranges", "bytes")
	r.body = o.body
	return r, nil
}

func (w *World) putObject(q *request, b *bucket) (reply, *apiError) {
	acl := q.Header.Get("X-Amz-Acl")
	if b.Ownership == "BucketOwnerEnforced" && acl != "" && acl != "bucket-owner-full-control" {
		return reply{}, &apiError{status: 400, code: "AccessControlListNotSupported",
			message: "The bucket does not allow ACLs"}
	}
	body := q.body
	if q.Header.Get("X-Amz-Decoded-Content-Length") != "" {
		var err *apiError
		if body, err = unchunk(body); err != nil {
			return reply{}, err
		}
	}
	o := object{body: bytes.Clone(body), contentType: q.Header.Get("Content-Type"), modified: q.now}
	b.objects[q.key] = o
	r := empty(http.StatusOK)
	r.header.Set("Etag", o.etag())
	return r, nil
}

// unchunk takes the body out of the aws-chunked encoding: for each chunk its
// size in hex, perhaps a signature, and the bytes; then trailers.
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

func (w *World) deleteObject(q *request, b *bucket) (reply, *apiError) {
	delete(b.objects, q.key)
	return empty(http.StatusNoContent), nil
}

type listedObject struct {
	Key, LastModified, ETag string
	Size                    int
	StorageClass            string
	Owner                   *listedOwner
}

type listedOwner struct{ ID string }

type listing struct {
	XMLName      xml.Name `xml:"http://s3.amazonaws.com/doc/2006-03-01/ ListBucketResult"`
	Name         string
	Prefix       string
	Delimiter    string `xml:",omitempty"`
	EncodingType string `xml:",omitempty"`
	StartAfter   string `xml:",omitempty"`
	MaxKeys      int
	KeyCount     int
	IsTruncated  bool
	Token        string `xml:"ContinuationToken,omitempty"`
	Next         string `xml:"NextContinuationToken,omitempty"`
	Contents     []listedObject
	Prefixes     []listedPrefix `xml:"CommonPrefixes"`
}

type listedPrefix struct{ Prefix string }

func (w *World) listObjects(q *request, b *bucket) (reply, *apiError) {
	encode := func(s string) string { return s }
	if q.params.Get("encoding-type") == "url" {
		encode = func(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "%2F", "/") }
	}
	prefix, delimiter := q.params.Get("prefix"), q.params.Get("delimiter")
	size, ok := w.pageSize(q.params.Get("max-keys"), 1000, 0, math.MaxInt32)
	if !ok {
		return reply{}, invalidArgument(errors.New("Provided max-keys not an integer or within integer range"))
	}
	l := listing{Name: b.name, Prefix: encode(prefix), Delimiter: encode(delimiter), StartAfter: encode(q.params.Get("start-after")),
		EncodingType: q.params.Get("encoding-type"), MaxKeys: min(size, 1000), Token: q.params.Get("continuation-token")}

	names := listedNames(b, prefix, delimiter, q.params.Get("start-after"))
	names, next, err := page(names, l.Token, l.MaxKeys)
	if err != nil {
		return reply{}, invalidArgument(err)
	}
	var owner *listedOwner
	if q.params.Get("fetch-owner") == "true" {
		owner = &listedOwner{b.owner.id}
	}
	for _, name := range names {
		o, ok := b.objects[name]
		if !ok || delimiter != "" && strings.HasSuffix(name, delimiter) && strings.Contains(name[len(prefix):], delimiter) {
			l.Prefixes = append(l.Prefixes, listedPrefix{encode(name)})
			continue
		}
		l.Contents = append(l.Contents, listedObject{Key: encode(name), ETag: o.etag(), Size: len(o.body), Owner: owner,
			LastModified: o.modified.UTC().Format(s3Time), StorageClass: "STANDARD"})
	}
	l.KeyCount, l.IsTruncated, l.Next = len(names), next != "", next
	return asXML(l), nil
}

// listedNames are the keys, and the common prefixes in their place, in order.
func listedNames(b *bucket, prefix, delimiter, after string) (names []string) {
	for _, key := range sortedKeys(b.objects) {
		if !strings.HasPrefix(key, prefix) || key <= after {
			continue
		}
		name := key
		if rest := key[len(prefix):]; delimiter != "" && strings.Contains(rest, delimiter) {
			head, _, _ := strings.Cut(rest, delimiter)
			name = prefix + head + delimiter
		}
		if len(names) == 0 || names[len(names)-1] != name {
			names = append(names, name)
		}
	}
	return names
}

func invalidArgument(err error) *apiError {
	return &apiError{status: 400, code: "InvalidArgument", message: err.Error()}
}
