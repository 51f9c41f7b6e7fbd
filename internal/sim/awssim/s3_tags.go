package awssim

import (
	"cmp"
	"encoding/xml"
	"net/http"
	"slices"
)

// A tagging is a set of tags in XML.
type tagging struct {
	XMLName xml.Name `xml:"http://s3.amazonaws.com/doc/2006-03-01/ Tagging"`
	Tags    []tag    `xml:"TagSet>Tag"`
}

type tag struct{ Key, Value string }

func taggingOf(tags map[string]string) tagging {
	t := tagging{Tags: []tag{}}
	for _, key := range sortedKeys(tags) {
		t.Tags = append(t.Tags, tag{key, tags[key]})
	}
	return t
}

// checkTags enforces the limits on an object's tags.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html
func checkTags(tags map[string]string) *apiError {
	if len(tags) > 10 {
		return &apiError{status: 400, code: "BadRequest", message: "Object tags cannot be greater than 10"}
	}
	for key, value := range tags {
		if key == "" || len([]rune(key)) > 128 || len([]rune(value)) > 256 {
			return &apiError{status: 400, code: "InvalidTag", message: "The TagKey you have provided is invalid"}
		}
	}
	return nil
}

func getObjectTagging(_ *request, _ *bucket, o object) (reply, *apiError) {
	return asXML(taggingOf(o.tags)), nil
}

func putObjectTagging(q *request, b *bucket, o object) (reply, *apiError) {
	var wanted struct {
		Tags []tag `xml:"TagSet>Tag"`
	}
	if xml.Unmarshal(q.body, &wanted) != nil {
		return reply{}, malformedXML()
	}
	o.tags = map[string]string{}
	for _, t := range wanted.Tags {
		if _, twice := o.tags[t.Key]; twice {
			return reply{}, &apiError{status: 400, code: "InvalidTag", message: "Cannot provide multiple Tags with the same key"}
		}
		o.tags[t.Key] = t.Value
	}
	if err := checkTags(o.tags); err != nil {
		return reply{}, err
	}
	b.objects[q.key] = o
	return empty(http.StatusOK), nil
}

func deleteObjectTagging(q *request, b *bucket, o object) (reply, *apiError) {
	o.tags = nil
	b.objects[q.key] = o
	return empty(http.StatusNoContent), nil
}

func (s *s3Buckets) getBucketTagging(_ *request, b *bucket) (reply, *apiError) {
	if len(b.Tags) == 0 {
		return reply{}, &apiError{status: 404, code: "NoSuchTagSet", message: "The TagSet does not exist", bucket: b.name}
	}
	return asXML(taggingOf(b.Tags)), nil
}

// getObjectAttributes returns the requested attributes. It also needs the
// permission to read the object.
func (s *s3Objects) getObjectAttributes(q *request, b *bucket) (reply, *apiError) {
	if err := s.authorise(q, b, "s3:GetObject", q.key, b.objectContext(q.key)); err != nil {
		return reply{}, err
	}
	o, ok := b.objects[q.key]
	if !ok {
		return reply{}, s.missing(q, b, q.key)
	}
	type attributes struct {
		XMLName      xml.Name `xml:"http://s3.amazonaws.com/doc/2006-03-01/ GetObjectAttributesResponse"`
		ETag         string   `xml:",omitempty"`
		StorageClass string   `xml:",omitempty"`
		ObjectSize   *int
	}
	var a attributes
	asked := q.list("X-Amz-Object-Attributes")
	modelled := []string{"ETag", "StorageClass", "ObjectSize"}
	if i := slices.IndexFunc(asked, func(name string) bool { return !slices.Contains(modelled, name) }); i >= 0 {
		return reply{}, s.log.refuseUnmodelled("s3:GetObjectAttributes of " + asked[i])
	}
	if slices.Contains(asked, "ETag") {
		a.ETag = o.etag[1 : len(o.etag)-1]
	}
	if slices.Contains(asked, "StorageClass") {
		a.StorageClass = cmp.Or(o.header.Get("X-Amz-Storage-Class"), "STANDARD")
	}
	if slices.Contains(asked, "ObjectSize") {
		size := len(o.body)
		a.ObjectSize = &size
	}
	r := asXML(a)
	r.header.Set("Last-Modified", o.modified.UTC().Format(http.TimeFormat))
	return r, nil
}
