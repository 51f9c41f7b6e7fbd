package policy_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestViews(t *testing.T) {
	type seen struct {
		Sid, Effect         string
		Principals, Orphans []string
	}
	for _, c := range []struct {
		text string
		want seen
	}{
		{`{}`, seen{}},
		{`{"Sid":"a","Effect":"Allow"}`, seen{Sid: "a", Effect: "Allow"}},
		{`{"\u0053id":"\u0061"}`, seen{Sid: "a"}},
		{`{"Principal":"*"}`, seen{Principals: []string{"*"}}},
		{`{"Principal":{"AWS":"*"}}`, seen{Principals: []string{"*"}}},
		{`{"Principal":{"AWS":"111111111111"}}`, seen{Principals: []string{"111111111111"}}},
		{`{"Principal":{"AWS":["b","a"],"Service":"s3"}}`, seen{Principals: []string{"b", "a"}}},
		{`{"Principal":{"Service":"s3.amazonaws.com"}}`, seen{}},
		{`{"NotPrincipal":{"AWS":"b"}}`, seen{}},
		{`{"Principal":{"AWS":["AIDAJQABLZS4A3QDU576Q","x"]}}`, seen{Principals: []string{"AIDAJQABLZS4A3QDU576Q", "x"}, Orphans: []string{"AIDAJQABLZS4A3QDU576Q"}}},
		{`{"NotPrincipal":{"AWS":"AROAJQABLZS4A3QDU576Q"}}`, seen{Orphans: []string{"AROAJQABLZS4A3QDU576Q"}}},
		{`{"Principal":{"AWS":["AIDA","AIDAx","AGPAJQABLZS4","AIDA1:s","xAIDA1"]}}`, seen{Principals: []string{"AIDA", "AIDAx", "AGPAJQABLZS4", "AIDA1:s", "xAIDA1"}}},
	} {
		s := statement(t, c.text)
		got := seen{s.Sid(), s.Effect(), s.AWSPrincipals(), s.Orphans()}
		if diff := cmp.Diff(c.want, got); diff != "" || s.Err() != nil {
			t.Errorf("%s: %v (-want +got):\n%s", c.text, s.Err(), diff)
		}
	}
}

// A statement with two possible readings is unreadable, and never the bot's.
func TestAmbiguousStatementsAreUnreadable(t *testing.T) {
	const sid = `"Sid":"S3ShareABCDEFGH"`
	for _, c := range []struct{ text, want string }{
		{`{` + sid + `,"Sid":"other"}`, `it has more than one "Sid"`},
		{`{` + sid + `,"sid":"other"}`, `it has more than one "sid"`},
		{`{` + sid + `,"\u0053id":"other"}`, `it has more than one "Sid"`},
		{`{` + sid + `,"ſid":"other"}`, `it has more than one "ſid"`},
		{`{` + sid + `,"effect":"Deny"}`, `it has "effect" for an element that is spelled otherwise`},
		{`{` + sid + `,"X":1,"x":2}`, `it has more than one "x"`},
		{`{` + sid + `,"Effect":1}`, `its Effect is not text`},
		{`{` + sid + `,"Principal":"arn:aws:iam::1:root"}`, `its Principal is the text "arn:aws:iam::1:root"`},
		{`{` + sid + `,"Principal":[]}`, `its Principal is neither an object nor "*"`},
		{`{` + sid + `,"Principal":{"AWS":"a","AWS":"b"}}`, `it has more than one "AWS"`},
		{`{` + sid + `,"Principal":{"AWS":{}}}`, `its Principal is not text`},
		{`{` + sid + `,"Principal":"*","NotPrincipal":"*"}`, `it has both Principal and NotPrincipal`},
		{`{` + sid + `,"Action":[],"NotAction":[]}`, `it has both Action and NotAction`},
		{`{` + sid + `,"Resource":"a","NotResource":"a"}`, `it has both Resource and NotResource`},
		{`{` + sid + `,"Action":["a",["b"]]}`, `its Action is not text`},
		{`{` + sid + `,"Action":null}`, `its Action is not text`},
		{`{` + sid + `,"Condition":[]}`, `its Condition is not an object`},
		{`{` + sid + `,"Condition":{"Bool":true}}`, `its condition "Bool" is not an object`},
		{`{` + sid + `,"Condition":{"Bool":{"a":null}}}`, `its condition on "a" is not a value`},
		{`{` + sid + `,"Condition":{"Bool":{"a":"1","A":"2"}}}`, `it has more than one "A"`},
		{`{` + sid + `,"Condition":{"DateLessThan":{},"dateLessThan":{}}}`, `it has more than one "dateLessThan"`},
	} {
		s := statement(t, c.text)
		if s.Err() == nil || s.Err().Error() != c.want {
			t.Errorf("%s\n got %v\nwant %s", c.text, s.Err(), c.want)
		}
		if s.Sid() != "" || s.Effect() != "" || s.AWSPrincipals() != nil || string(s.Raw()) != c.text {
			t.Errorf("%s was read after all", c.text)
		}
	}
}

func TestExpiry(t *testing.T) {
	at := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		condition string
		want      time.Time
	}{
		{`{"DateLessThan":{"aws:CurrentTime":"2026-11-23T12:00:00Z"}}`, at},
		{`{"DateLessThan":{"aws:CurrentTime":["2026-11-23T12:00:00Z"]}}`, at},
		{`{"dateLessthan":{"AWS:currenttime":"2026-11-23T14:00:00+02:00"}}`, at},
		{`{"DateLessThan":{"aws:CurrentTime":"1795435200"}}`, at},
		{`{"DateLessThan":{"aws:CurrentTime":1795435200}}`, at},
		{`{"DateLessThan":{"aws:CurrentTime":"2026-11-23"}}`, at.Add(-12 * time.Hour)},
		{`{"DateLessThan":{"aws:CurrentTime":["2026-11-23T12:00:00Z","2026-11-24T12:00:00Z"]}}`, time.Time{}},
		{`{"DateLessThan":{"aws:CurrentTime":[]}}`, time.Time{}},
		{`{"DateLessThan":{"aws:CurrentTime":"2026-11-23T12:00Z"}}`, at},
		{`{"DateLessThan":{"aws:CurrentTime":"soon"}}`, time.Time{}},
		{`{"DateLessThan":{"aws:CurrentTime":"2026"}}`, time.Time{}}, // a year, not a number of seconds
		{`{"DateLessThan":{"aws:EpochTime":"2026-11-23T12:00:00Z"}}`, time.Time{}},
		{`{"DateLessThanEquals":{"aws:CurrentTime":"2026-11-23T12:00:00Z"}}`, time.Time{}},
		{`{"DateGreaterThan":{"aws:CurrentTime":"2026-11-23T12:00:00Z"}}`, time.Time{}},
		{`{}`, time.Time{}},
	} {
		got, ok := statement(t, `{"Condition":`+c.condition+`}`).Expiry()
		if !got.Equal(c.want) || ok == c.want.IsZero() {
			t.Errorf("%s: %v, %v", c.condition, got, ok)
		}
	}
}

func TestGrantsTo(t *testing.T) {
	const id = "AIDAJQABLZS4A3QDU576Q"
	for _, c := range []struct {
		text string
		want bool
	}{
		{`{"Effect":"Allow","Principal":{"AWS":"` + id + `"}}`, true},
		{`{"Effect":"Allow","Principal":{"AWS":["` + id + `"]}}`, true},
		{`{"Effect":"Allow","Principal":{"AWS":["` + id + `","x"]}}`, false},
		{`{"Effect":"Allow","Principal":{"AWS":"` + id + `","Service":"s3"}}`, false},
		{`{"Effect":"Allow","Principal":{"AWS":"` + id + `X"}}`, false},
		{`{"Effect":"Allow","NotPrincipal":{"AWS":"` + id + `"}}`, false},
		{`{"Effect":"Deny","Principal":{"AWS":"` + id + `"}}`, false},
		{`{"Effect":"Allow"}`, false},
	} {
		if got := statement(t, c.text).GrantsTo(id); got != c.want {
			t.Errorf("%s: %v", c.text, got)
		}
	}
}
