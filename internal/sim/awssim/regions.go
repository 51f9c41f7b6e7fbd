package awssim

import (
	"net/http"
	"slices"
	"strings"
)

// optIn are the regions that an account has to turn on: S3 there refuses what
// it redirects elsewhere.
// https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html
var optIn = strings.Fields("af-south-1 ap-east-1 ap-east-2 ap-south-2 ap-southeast-3 ap-southeast-4 ap-southeast-5 " +
	"ap-southeast-6 ap-southeast-7 ca-west-1 eu-central-2 eu-south-1 eu-south-2 il-central-1 me-central-1 me-south-1 mx-central-1")

// elsewhere refuses a call that was signed for another region than the
// bucket's. Everything here is one address, so the signature alone says which
// region's endpoint the client meant. GetBucketLocation is answered in
// us-east-1 for every bucket.
func (q *request) elsewhere(b *bucket) *apiError {
	cred, _ := credentialOf(q.Request)
	switch {
	case cred.region == b.Region || q.op == "GetBucketLocation" && cred.region == "us-east-1":
		return nil
	case slices.Contains(optIn, cred.region) || slices.Contains(optIn, b.Region):
		return incompatible(b.Region)
	}
	return &apiError{status: http.StatusMovedPermanently, code: "PermanentRedirect", bucket: b.name, region: b.Region,
		message: "The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future requests to this endpoint."}
}

// incompatible is the refusal of a region that has nothing to do with the
// other. S3 names the bucket's region, except for us-east-1, which has no name
// as a location. Of the answers to it only those to HEAD have the header that
// names the region.
func incompatible(region string) *apiError {
	name := region
	if region == "us-east-1" {
		name = "unspecified"
	}
	return &apiError{status: http.StatusBadRequest, code: "IllegalLocationConstraintException", region: region,
		message: "The " + name + " location constraint is incompatible for the region specific endpoint this request was sent to."}
}
