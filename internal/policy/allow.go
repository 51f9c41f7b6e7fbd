package policy

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Allow is one statement as the bot writes it. Writing it without an end
// (Before) is an error.
type Allow struct {
	Sid       string
	Principal string // ARN
	Actions   []string
	Resources []string
	Prefixes  []string  // values of StringLike on s3:prefix; nil: not narrowed
	Before    time.Time // DateLessThan on aws:CurrentTime, rounded down to a second
	NotBefore time.Time // DateGreaterThanEquals, rounded up; zero: from now on
	Via       string    // StringEquals on kms:ViaService; "": not narrowed
}

// MarshalJSON returns the statement as JSON, or an error if it is incomplete.
func (a Allow) MarshalJSON() ([]byte, error) {
	text, err := a.text()
	return []byte(text), err
}

func (a Allow) text() (string, error) {
	if strings.Contains(a.Principal, "*") || a.Principal == "" {
		return "", fmt.Errorf("statement %s: %q is not one principal", a.Sid, a.Principal)
	}
	if err := a.check(); err != nil {
		return "", err
	}
	w := a.wire()
	w.Principal = &wirePrincipal{AWS: a.Principal}
	return encode(w), nil
}

func (a Allow) check() error {
	switch {
	case a.Before.IsZero():
		return fmt.Errorf("statement %s has no end", a.Sid)
	case a.Before.UTC().Year() < 1 || a.Before.UTC().Year() > 9999:
		return fmt.Errorf("statement %s ends in a year that ISO 8601 cannot write", a.Sid)
	case a.NotBefore.UTC().Year() < 1 || a.NotBefore.UTC().Year() > 9998:
		return fmt.Errorf("statement %s begins in a year that ISO 8601 cannot write", a.Sid)
	case len(a.Actions) == 0 || len(a.Resources) == 0:
		return errors.New("statement " + a.Sid + " has no actions or no resources")
	}
	return nil
}

// wireStatement is the JSON form of a statement. A list of one element is
// written as that element: it is shorter, and AWS returns it so.
type wireStatement struct {
	Sid       string `json:",omitempty"`
	Effect    string
	Principal *wirePrincipal `json:",omitempty"`
	Action    any
	Resource  any
	Condition wireCondition `json:",omitempty"`
}

type wirePrincipal struct{ AWS string }

type wireCondition map[string]map[string]any

// wire returns a without its principal. Only a bucket policy has a principal.
func (a Allow) wire() wireStatement {
	condition := wireCondition{"DateLessThan": {"aws:CurrentTime": stamp(a.Before)}}
	if !a.NotBefore.IsZero() {
		// Rounded up, so that the statement never starts early.
		from := a.NotBefore.Add(time.Second - time.Nanosecond)
		condition["DateGreaterThanEquals"] = map[string]any{"aws:CurrentTime": stamp(from)}
	}
	if a.Prefixes != nil {
		condition["StringLike"] = map[string]any{"s3:prefix": oneOrMany(a.Prefixes)}
	}
	if a.Via != "" {
		condition["StringEquals"] = map[string]any{"kms:ViaService": a.Via}
	}
	return wireStatement{
		Sid: a.Sid, Effect: "Allow",
		Action: oneOrMany(a.Actions), Resource: oneOrMany(a.Resources),
		Condition: condition,
	}
}

// stamp formats t for IAM: UTC with Z, whole seconds. Format cuts the fraction
// off, which rounds down.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }

func oneOrMany(list []string) any {
	if len(list) == 1 {
		return list[0]
	}
	return list
}

// encode returns v as JSON without the HTML escapes of encoding/json. They
// would add bytes that AWS counts.
func encode(v any) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic("policy: " + err.Error()) // cannot be: v holds text only
	}
	return strings.TrimSuffix(b.String(), "\n")
}
