package policy

import (
	"strings"
	"time"
)

// A Caller is the principal of a grant, or the bot itself, with the properties
// that conditions of foreign statements can test.
type Caller struct {
	Access
	UniqueID string    // of the user or role; "" if unknown
	Boundary bool      // it has a permissions boundary
	Owner    string    // id of the bucket's account; "" if unknown
	Now      time.Time // zero: at any time
}

// anything returns c, with all S3 actions if it has none.
func (c Caller) anything() Caller {
	if len(c.Object) == 0 && len(c.BucketActions) == 0 {
		c.Object, c.BucketActions = []string{"s3:*"}, []string{"s3:*"}
	}
	return c
}

// requests describes the signed HTTPS requests that c sends to the bucket. S3
// requires TLS 1.2 or newer, and current clients use signature version 4.
func (c Caller) requests() requests {
	rs := direct()
	rs["aws:securetransport"] = exactly("true")
	rs["s3:tlsversion"] = exactly("1.2", "1.3")
	rs["s3:signatureversion"] = exactly("AWS4-HMAC-SHA256")
	if !c.Now.IsZero() {
		rs["aws:currenttime"] = known{from: c.Now}
	}
	if c.Owner != "" {
		rs["aws:resourceaccount"], rs["s3:resourceaccount"] = exactly(c.Owner), exactly(c.Owner)
	}
	c.identify(rs)
	return rs
}

// identify adds the condition keys that identify c.
func (c Caller) identify(rs requests) {
	f := strings.SplitN(c.Principal, ":", 6)
	if len(f) != 6 {
		return
	}
	rs["aws:principalarn"], rs["aws:principalaccount"] = exactly(c.Principal), exactly(f[4])
	switch kind, name, _ := strings.Cut(f[5], "/"); kind {
	case "user":
		rs["aws:principaltype"], rs["aws:userid"] = exactly("User"), exactly("AIDA*")
		rs["aws:username"] = exactly(name[strings.LastIndex(name, "/")+1:])
		rs["aws:federatedprovider"] = absent
		if c.UniqueID != "" {
			rs["aws:userid"] = exactly(c.UniqueID)
		}
	case "role":
		rs["aws:principaltype"], rs["aws:userid"], rs["aws:username"] = exactly("AssumedRole"), exactly("AROA*"), absent
		if c.UniqueID != "" {
			rs["aws:userid"] = exactly(c.UniqueID + ":*")
		}
	}
}

// requestsFor returns the requests that the statement a allows: a listing has
// one of its prefixes.
func (c Caller) requestsFor(a Allow) requests {
	rs := c.requests()
	if len(a.Prefixes) > 0 {
		rs["s3:prefix"] = exactly(a.Prefixes...)
	}
	return rs
}
