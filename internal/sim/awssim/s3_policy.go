package awssim

import (
	"encoding/xml"
	"net/http"
)

func (s *s3Buckets) getBucketPolicy(q *request, b *bucket) (reply, *apiError) {
	p := b.policy.seen(q.now, s.cfg.Settle)
	if p == nil {
		return reply{}, noPolicy(b)
	}
	r := empty(http.StatusOK)
	r.header.Set("Content-Type", "application/json")
	r.body = []byte(s.render(p))
	return r, nil
}

func noPolicy(b *bucket) *apiError {
	return &apiError{status: 404, code: "NoSuchBucketPolicy",
		message: "The bucket policy does not exist", bucket: b.name}
}

func (s *s3Buckets) putBucketPolicy(q *request, b *bucket) (reply, *apiError) {
	p, err := s.checkBucketPolicy(b, string(q.body))
	if err != nil {
		return reply{}, err
	}
	b.policy.write(p, q.now, s.cfg.Settle)
	return empty(http.StatusNoContent), nil
}

// deleteBucketPolicy succeeds without a policy too.
func (s *s3Buckets) deleteBucketPolicy(q *request, b *bucket) (reply, *apiError) {
	b.policy.write(nil, q.now, s.cfg.Settle)
	return empty(http.StatusNoContent), nil
}

func (s *s3Buckets) getBucketPolicyStatus(q *request, b *bucket) (reply, *apiError) {
	p := b.policy.seen(q.now, s.cfg.Settle)
	if p == nil {
		return reply{}, noPolicy(b)
	}
	type status struct {
		XMLName  xml.Name `xml:"http://s3.amazonaws.com/doc/2006-03-01/ PolicyStatus"`
		IsPublic bool
	}
	return asXML(status{IsPublic: public(p.doc)}), nil
}
