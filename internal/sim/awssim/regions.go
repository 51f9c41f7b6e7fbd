package awssim

import (
	"net/http"
	"slices"
	"strings"
)

// optIn are the regions that an account must enable. There S3 refuses a request
// for the wrong region, while other regions redirect it.
// https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html
var optIn = strings.Fields("af-south-1 ap-east-1 ap-east-2 ap-south-2 ap-southeast-3 ap-southeast-4 ap-southeast-5 " +
	"ap-southeast-6 ap-southeast-7 ca-west-1 eu-central-2 eu-south-1 eu-south-2 il-central-1 me-central-1 " +
	"me-south-1 mx-central-1")

// elsewhere refuses a call that was signed for another region than the
// bucket's. The simulator has one address, so the signature alone tells the
// region of the endpoint. In us-east-1, GetBucketLocation is answered for all
// buckets.
func (q *request) elsewhere(b *bucket) *apiError {
	cred, _ := credentialOf(q.Request)
	switch {
	case cred.region == b.Region || q.op == "GetBucketLocation" && cred.region == "us-east-1":
		return nil
	case slices.Contains(optIn, cred.region) || slices.Contains(optIn, b.Region):
		return incompatible(b.Region)
	}
	return &apiError{status: http.StatusMovedPermanently, code: "PermanentRedirect", bucket: b.name, region: b.Region,
		message: "The bucket you are attempting to access must be addressed using the specified endpoint. Please send " +
			"all future requests to this endpoint."}
}

// incompatible is the refusal between unrelated regions. S3 names the bucket's
// region in the message, except us-east-1, which has no location name. Only the
// answer to HEAD has the header with the region.
func incompatible(region string) *apiError {
	name := region
	if region == "us-east-1" {
		name = "unspecified"
	}
	return &apiError{status: http.StatusBadRequest, code: "IllegalLocationConstraintException", region: region,
		message: "The " + name + " location constraint is incompatible for the region specific endpoint this request " +
			"was sent to."}
}
