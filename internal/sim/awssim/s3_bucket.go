package awssim

import (
	"cmp"
	"encoding/xml"
	"errors"
	"net/http"
	"regexp"
	"strings"
)

const s3Time = "2006-01-02T15:04:05.000Z"

// s3Buckets are the operations of S3 on buckets.
type s3Buckets struct {
	*core
	access *access
	log    *callLog
}

func (s *s3Buckets) headBucket(_ *request, b *bucket) (reply, *apiError) {
	r := empty(http.StatusOK)
	r.header.Set("X-Amz-Bucket-Region", b.Region)
	r.header.Set("X-Amz-Access-Point-Alias", "false")
	return r, nil
}

func (s *s3Buckets) getBucketLocation(_ *request, b *bucket) (reply, *apiError) {
	type location struct {
		XMLName xml.Name `xml:"http://s3.amazonaws.com/doc/2006-03-01/ LocationConstraint"`
		Region  string   `xml:",chardata"`
	}
	if b.Region == "us-east-1" {
		return asXML(location{}), nil // us-east-1 has an empty location
	}
	return asXML(location{Region: b.Region}), nil
}

func (s *s3Buckets) getOwnershipControls(_ *request, b *bucket) (reply, *apiError) {
	if b.Ownership == "none" {
		return reply{}, &apiError{status: 404, code: "OwnershipControlsNotFoundError",
			message: "The bucket ownership controls were not found", bucket: b.name}
	}
	type controls struct {
		XMLName   xml.Name `xml:"http://s3.amazonaws.com/doc/2006-03-01/ OwnershipControls"`
		Ownership string   `xml:"Rule>ObjectOwnership"`
	}
	return asXML(controls{Ownership: b.Ownership}), nil
}

func (s *s3Buckets) getEncryption(_ *request, b *bucket) (reply, *apiError) {
	type encryption struct {
		XMLName   xml.Name `xml:"http://s3.amazonaws.com/doc/2006-03-01/ ServerSideEncryptionConfiguration"`
		Algorithm string   `xml:"Rule>ApplyServerSideEncryptionByDefault>SSEAlgorithm"`
		Key       string   `xml:"Rule>ApplyServerSideEncryptionByDefault>KMSMasterKeyID,omitempty"`
		BucketKey bool     `xml:"Rule>BucketKeyEnabled"`
	}
	e := encryption{Algorithm: "AES256", Key: b.KMSKeyARN, BucketKey: b.BucketKey}
	if b.KMSKeyARN != "" {
		e.Algorithm = "aws:kms"
	}
	return asXML(e), nil
}

func (s *s3Buckets) getPublicAccessBlock(_ *request, b *bucket) (reply, *apiError) {
	if *b.PublicAccess == (PublicAccess{}) {
		return reply{}, &apiError{status: 404, code: "NoSuchPublicAccessBlockConfiguration",
			message: "The public access block configuration was not found", bucket: b.name}
	}
	type block struct {
		XMLName xml.Name `xml:"http://s3.amazonaws.com/doc/2006-03-01/ PublicAccessBlockConfiguration"`
		PublicAccess
	}
	return asXML(block{PublicAccess: *b.PublicAccess}), nil
}

func (s *s3Buckets) getVersioning(_ *request, b *bucket) (reply, *apiError) {
	type versioning struct {
		XMLName xml.Name `xml:"http://s3.amazonaws.com/doc/2006-03-01/ VersioningConfiguration"`
		Status  string   `xml:",omitempty"`
	}
	return asXML(versioning{Status: b.Versioning}), nil
}

func (s *s3Buckets) listBuckets(q *request, _ *bucket) (reply, *apiError) {
	type entry struct {
		Name         string
		CreationDate string
		BucketRegion string
		BucketArn    string
	}
	type list struct {
		XMLName xml.Name `xml:"http://s3.amazonaws.com/doc/2006-03-01/ ListAllMyBucketsResult"`
		Owner   string   `xml:"Owner>ID"`
		Buckets []entry  `xml:"Buckets>Bucket"`
		Token   string   `xml:"ContinuationToken,omitempty"`
		Prefix  string   `xml:",omitempty"`
	}
	l := list{Owner: q.caller.account.id, Prefix: q.params.Get("prefix")}
	var names []string
	region := q.params.Get("bucket-region")
	for _, name := range sortedKeys(s.buckets) {
		b := s.buckets[name]
		if b.owner == q.caller.account && strings.HasPrefix(name, l.Prefix) && (region == "" || region == b.Region) {
			names = append(names, name)
		}
	}
	size, ok := s.pageSize(q.params.Get("max-buckets"), 10000, 1, 10000)
	if !ok {
		return reply{}, invalidArgument(errors.New("Argument max-buckets must be an integer between 1 and 10000."))
	}
	names, token, err := page(names, q.params.Get("continuation-token"), size)
	if err != nil {
		return reply{}, invalidArgument(err)
	}
	for _, name := range names {
		b := s.buckets[name]
		l.Buckets = append(l.Buckets, entry{name, b.created.UTC().Format(s3Time), b.Region, b.arn()})
	}
	l.Token = token
	return asXML(l), nil
}

var bucketName = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)

func (s *s3Buckets) createBucket(q *request, _ *bucket) (reply, *apiError) {
	var wanted struct {
		LocationConstraint     string
		Bucket, Location, Tags *struct{}
	}
	if len(q.body) > 0 && xml.Unmarshal(q.body, &wanted) != nil {
		return reply{}, &apiError{status: 400, code: "MalformedXML",
			message: "The XML you provided was not well-formed or did not validate against our published schema"}
	}
	if wanted.Bucket != nil || wanted.Location != nil || wanted.Tags != nil {
		return reply{}, s.log.refuseUnmodelled("s3:CreateBucket with more than a LocationConstraint")
	}
	if cred, _ := credentialOf(q.Request); cred.region != "us-east-1" && wanted.LocationConstraint != cred.region {
		return reply{}, incompatible(cmp.Or(wanted.LocationConstraint, "us-east-1"))
	}
	switch b := s.buckets[q.bucket]; {
	case !bucketName.MatchString(q.bucket):
		return reply{}, &apiError{status: 400, code: "InvalidBucketName",
			message: "The specified bucket is not valid.", bucket: q.bucket}
	case b != nil && b.owner == q.caller.account:
		return reply{}, &apiError{status: 409, code: "BucketAlreadyOwnedByYou", bucket: q.bucket,
			message: "Your previous request to create the named bucket succeeded and you already own it."}
	case b != nil:
		return reply{}, &apiError{status: 409, code: "BucketAlreadyExists", bucket: q.bucket,
			message: "The requested bucket name is not available. The bucket namespace is shared by all users of the " +
				"system. Please select a different name and try again."}
	}
	q.caller.account.newBucket(q.bucket, BucketOptions{
		Region: wanted.LocationConstraint, Ownership: q.Header.Get("X-Amz-Object-Ownership"),
	})
	r := empty(http.StatusOK)
	r.header.Set("Location", "/"+q.bucket)
	return r, nil
}
