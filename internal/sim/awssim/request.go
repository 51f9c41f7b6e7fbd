package awssim

import (
	"net/http"
	"net/url"
	"time"
)

// A request is one call while a service handles it.
type request struct {
	*http.Request
	service string
	op      string
	body    []byte
	params  url.Values // S3: the query; IAM and STS: the form
	bucket  string
	key     string
	id      string // the request id
	now     time.Time
	caller  caller

	resource string // the requested resource, once known
}
