package awssim

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"net/http"
	"strconv"
)

// An apiError is a refusal in AWS's words.
type apiError struct {
	status        int
	code, message string
	detail        string // the faulty value, if S3 names it
	bucket        string
	region        string // the bucket's region, if S3 sends it in a header
}

func (e *apiError) Error() string { return e.code + ": " + e.message }

// A reply is an HTTP response.
type reply struct {
	status int
	header http.Header
	body   []byte
	code   string // the error code, or ""
}

func (r reply) send(w http.ResponseWriter) {
	for k, v := range r.header {
		w.Header()[k] = v
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(r.body)))
	w.WriteHeader(r.status)
	_, _ = w.Write(r.body) // the client has disconnected
}

// empty is a reply without a body.
func empty(status int) reply { return reply{status: status, header: http.Header{}} }

// asXML is a reply with one XML element, named by v's XMLName.
func asXML(v any) reply {
	r := reply{status: 200, header: http.Header{"Content-Type": {"application/xml"}}}
	r.body = append([]byte(xml.Header), mustXML(v)...)
	return r
}

func mustXML(v any) []byte {
	body, err := xml.Marshal(v)
	if err != nil {
		panic(err) // encoding these types cannot fail
	}
	return body
}

// errorReply encodes an error in the service's protocol. A reply to HEAD has no
// body, so the client only gets the status.
func errorReply(service, method, requestID string, e *apiError) reply {
	r := reply{status: e.status, code: e.code, header: http.Header{"Content-Type": {"application/xml"}}}
	var body any
	switch service {
	case "s3":
		body = s3Error{Code: e.code, Message: e.message, Detail: e.detail, BucketName: e.bucket,
			RequestID: requestID, HostID: "awssim"}
		r.body = []byte(xml.Header)
	case "kms":
		r.header.Set("Content-Type", "application/x-amz-json-1.1")
		r.body, _ = json.Marshal(map[string]string{"__type": e.code, "message": e.message})
		return r
	default:
		kind := "Sender"
		if e.status >= 500 {
			kind = "Receiver"
		}
		body = queryError{Type: kind, Code: e.code, Message: e.message, RequestID: requestID}
		r.header.Set("Content-Type", "text/xml")
	}
	if e.region != "" && (method == http.MethodHead || e.code == "PermanentRedirect") {
		r.header.Set("X-Amz-Bucket-Region", e.region)
	}
	if method == http.MethodHead {
		r.body = nil
		return r
	}
	r.body = append(r.body, mustXML(body)...)
	return r
}

type s3Error struct {
	XMLName    xml.Name `xml:"Error"`
	Code       string
	Message    string
	Detail     string `xml:",omitempty"`
	BucketName string `xml:",omitempty"`
	RequestID  string `xml:"RequestId"`
	HostID     string `xml:"HostId"`
}

type queryError struct {
	XMLName   xml.Name `xml:"ErrorResponse"`
	Type      string   `xml:"Error>Type"`
	Code      string   `xml:"Error>Code"`
	Message   string   `xml:"Error>Message"`
	RequestID string   `xml:"RequestId"`
}

// queryReply wraps a result in the envelope of IAM and STS. A nil result means
// that the operation returns nothing.
func queryReply(op, namespace, requestID string, result any) reply {
	var b bytes.Buffer
	b.WriteString("<" + op + `Response xmlns="` + namespace + `">`)
	if result != nil {
		enc := xml.NewEncoder(&b)
		if err := enc.EncodeElement(result, xml.StartElement{Name: xml.Name{Local: op + "Result"}}); err != nil {
			panic(err)
		}
	}
	b.WriteString("<ResponseMetadata><RequestId>" + requestID + "</RequestId></ResponseMetadata></" + op + "Response>")
	return reply{status: 200, header: http.Header{"Content-Type": {"text/xml"}}, body: b.Bytes()}
}
