package slacksim

import (
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
)

const maxBody = 1 << 20

// A request is a call of the Web API. Its arguments may come from the query, a
// form or JSON.
type request struct {
	method string
	token  string
	args   object
}

// readRequest reads arguments from the query and from a form or JSON body. The
// token is in the Authorization header or in the form; Slack ignores a token in
// a JSON body. The returned request is never nil.
func readRequest(rw http.ResponseWriter, r *http.Request, name string) (*request, error) {
	req := &request{method: name, args: object{}}
	addValues(req.args, r.URL.Query())
	err := readBody(rw, r, req.args)
	if token, ok := req.args["token"].(string); ok && !isJSON(r) {
		req.token = token
	}
	delete(req.args, "token")
	if bearer, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		req.token = bearer
	}
	return req, err
}

func isJSON(r *http.Request) bool {
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return kind == "application/json"
}

func readBody(rw http.ResponseWriter, r *http.Request, args object) error {
	body := http.MaxBytesReader(rw, r.Body, maxBody)
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch kind {
	case "multipart/form-data":
		r.Body = body
		if err := r.ParseMultipartForm(maxBody); err != nil {
			return refuse("invalid_form_data")
		}
		addValues(args, r.PostForm)
		return nil
	case "application/x-www-form-urlencoded", "application/json", "":
	default:
		return refuse("invalid_post_type")
	}
	raw, err := io.ReadAll(body)
	if err != nil {
		return refuse("request_timeout")
	}
	if len(strings.TrimSpace(string(raw))) == 0 {
		return nil
	}
	if kind != "application/json" {
		values, err := url.ParseQuery(string(raw))
		if err != nil {
			return refuse("invalid_form_data")
		}
		addValues(args, values)
		return nil
	}
	var decoded any
	if err := json.Unmarshal(raw, &decoded); err != nil {
		return refuse("invalid_json")
	}
	fields, ok := decoded.(object)
	if !ok {
		return refuse("json_not_object")
	}
	for k, v := range fields {
		args[k] = v
	}
	return nil
}

func addValues(args object, values url.Values) {
	for k, v := range values {
		args[k] = v[len(v)-1]
	}
}

// str returns an argument as text. It is "" for an absent, null or structured
// argument.
func (r *request) str(name string) string {
	switch v := r.args[name].(type) {
	case string:
		return v
	case float64, bool:
		return fmt.Sprint(v)
	}
	return ""
}

func (r *request) flag(name string) bool {
	s := r.str(name)
	return s == "true" || s == "1"
}

// structure returns a structured argument. In a JSON body it is a JSON value,
// elsewhere a string that contains JSON. given is false if it is absent, null
// or empty.
func (r *request) structure(name string) (v any, given bool, err error) {
	switch v := r.args[name].(type) {
	case nil:
		return nil, false, nil
	case string:
		if v == "" {
			return nil, false, nil
		}
		var decoded any
		if err := json.Unmarshal([]byte(v), &decoded); err != nil {
			return nil, true, refuse("invalid_" + name + "_format")
		}
		return decoded, decoded != nil, nil
	default:
		return v, true, nil
	}
}
