package awssim

import (
	"encoding/xml"
	"net/http"
	"net/url"
	"strings"
)

// list returns the values of a header that may be repeated and may contain
// commas.
func (q *request) list(name string) (all []string) {
	for _, line := range q.Header.Values(name) {
		for _, one := range strings.Split(line, ",") {
			all = append(all, strings.TrimSpace(one))
		}
	}
	return all
}

// deleteObjects needs permission for each object and reports the result for
// each. The call itself always succeeds.
func (s *s3Objects) deleteObjects(q *request, b *bucket) (reply, *apiError) {
	var wanted struct {
		Quiet   bool
		Objects []struct {
			Key                                     string
			VersionId, ETag, LastModifiedTime, Size *string
		} `xml:"Object"`
	}
	body, err := q.payload()
	switch {
	case err != nil:
		return reply{}, err
	case xml.Unmarshal(body, &wanted) != nil || len(wanted.Objects) == 0 || len(wanted.Objects) > 1000:
		return reply{}, malformedXML()
	}
	type deleted struct{ Key string }
	type failed struct{ Key, Code, Message string }
	var out struct {
		XMLName xml.Name `xml:"http://s3.amazonaws.com/doc/2006-03-01/ DeleteResult"`
		Deleted []deleted
		Error   []failed
	}
	for _, o := range wanted.Objects {
		if o.VersionId != nil || o.ETag != nil || o.LastModifiedTime != nil || o.Size != nil {
			return reply{}, s.log.refuseUnmodelled("s3:DeleteObjects with more than a Key")
		}
	}
	for _, o := range wanted.Objects {
		if err := s.authorise(q, b, "s3:DeleteObject", o.Key, nil); err != nil {
			out.Error = append(out.Error, failed{o.Key, err.code, err.message})
			continue
		}
		delete(b.objects, o.Key)
		if !wanted.Quiet {
			out.Deleted = append(out.Deleted, deleted{o.Key})
		}
	}
	return asXML(out), nil
}

// source finds the source object of a copy and checks the permission to read
// it. It may be in another bucket and another account.
func (s *s3Objects) source(q *request) (object, *apiError) {
	path, err := url.PathUnescape(strings.TrimPrefix(q.Header.Get("X-Amz-Copy-Source"), "/"))
	if err != nil || strings.Contains(path, "?versionId=") || strings.HasPrefix(path, "arn:") {
		return object{}, s.log.refuseUnmodelled("s3:" + q.op + " of a version or through an access point")
	}
	name, key, _ := strings.Cut(path, "/")
	from := s.buckets[name]
	if from == nil {
		return object{}, &apiError{
			status: 404, code: "NoSuchBucket", message: "The specified bucket does not exist", bucket: name}
	}
	if err := expectOwner(q.Header.Get("X-Amz-Source-Expected-Bucket-Owner"), from); err != nil {
		return object{}, err
	}
	if err := s.authorise(q, from, "s3:GetObject", key, from.objectContext(key)); err != nil {
		return object{}, err
	}
	o, ok := from.objects[key]
	if !ok {
		return object{}, s.missing(q, from, key)
	}
	if err := s.mayUseKey(q, "kms:Decrypt", o.key, from, key); err != nil {
		return object{}, err
	}
	if unmet(q.Header, "X-Amz-Copy-Source-", o) != 0 {
		return object{}, preconditionFailed()
	}
	return o, nil
}

// copyObject copies bytes, metadata and tags. The request may replace metadata
// and tags.
func (s *s3Objects) copyObject(q *request, b *bucket) (reply, *apiError) {
	from, err := s.source(q)
	if err != nil {
		return reply{}, err
	}
	replaced := q.Header.Get("X-Amz-Metadata-Directive") == "REPLACE"
	same := strings.Trim(q.Header.Get("X-Amz-Copy-Source"), "/") == b.name+"/"+q.key
	if same && !replaced && q.Header.Get("X-Amz-Storage-Class") == "" &&
		q.Header.Get("X-Amz-Server-Side-Encryption") == "" {
		return reply{}, &apiError{
			status: 400, code: "InvalidRequest",
			message: "This copy request is illegal because it is trying to copy an object to itself " +
				"without changing the object's metadata, storage class, website redirect location or encryption attributes."}
	}
	o := newObject(q, from.body)
	if !replaced {
		o.header = from.header.Clone()
	}
	if q.Header.Get("X-Amz-Tagging-Directive") != "REPLACE" {
		q.Header.Del("X-Amz-Tagging")
		if o.tags = from.tags; len(o.tags) > 0 {
			if err := s.authorise(q, b, "s3:PutObjectTagging", q.key, nil); err != nil {
				return reply{}, err
			}
		}
	}
	if _, err := s.write(q, b, o); err != nil {
		return reply{}, err
	}
	return asXML(copied{XMLName: xml.Name{Space: s3Namespace, Local: "CopyObjectResult"}, ETag: o.etag,
		LastModified: o.modified.UTC().Format(s3Time)}), nil
}

const s3Namespace = "http://s3.amazonaws.com/doc/2006-03-01/"

type copied struct {
	XMLName            xml.Name
	ETag, LastModified string
}

func (s *s3Buckets) deleteBucket(_ *request, b *bucket) (reply, *apiError) {
	if len(b.objects) > 0 {
		return reply{}, &apiError{
			status: 409, code: "BucketNotEmpty", message: "The bucket you tried to delete is not empty", bucket: b.name}
	}
	delete(s.buckets, b.name)
	return empty(http.StatusNoContent), nil
}
