package storetest

import (
	"fmt"
	"reflect"
	"time"

	"s3share/internal/grant"
	"s3share/internal/store"
)

// small returns a minimal grant with a test's edits.
func small(id grant.ID, edits ...func(*grant.Grant)) grant.Grant {
	g := grant.Grant{
		ID: id, State: grant.Pending, AskedAt: noon,
		Requester: grant.Person{Team: "T0TEAM", User: "U0RITA"},
		Bucket:    grant.Bucket{Name: "my-shared-bucket-20932", AccountID: "222222222222"},
		Principal: grant.Principal{ARN: "arn:aws:iam::111111111111:user/test.user"},
	}
	for _, edit := range edits {
		edit(&g)
	}
	return g
}

// full returns a record with a different value in each field, including fields
// that are added later.
func full[T any]() T {
	var v T
	n := 0
	fill(reflect.ValueOf(&v).Elem(), &n)
	return v
}

func fill(v reflect.Value, n *int) {
	*n++
	if v.Type() == reflect.TypeFor[time.Time]() {
		v.Set(reflect.ValueOf(noon.Add(time.Duration(*n) * time.Millisecond)))
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(fmt.Sprintf("text %d <&>\u2028\"", *n))
	case reflect.Int, reflect.Int64, reflect.Int32:
		v.SetInt(int64(*n))
	case reflect.Uint64, reflect.Uint32:
		v.SetUint(uint64(*n))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				fill(v.Field(i), n)
			}
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), n)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		fill(v.Index(0), n)
		fill(v.Index(1), n)
	case reflect.Map:
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		fill(key, n)
		fill(value, n)
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(key, value)
	default:
		panic("a record holds a " + v.Kind().String() + ", of which the suite makes none")
	}
}

func entry(id grant.ID, kind string) grant.Entry {
	return grant.Entry{At: noon, Kind: kind, Grant: id, State: grant.Pending, Why: "because",
		Facts: map[string]string{"bucket": "b", "after": "{}"}}
}

// everything returns a change that stores a new record of each kind.
func everything(name string) store.Tx {
	id := grant.ID(name)
	return store.Tx{
		At:         noon,
		Grants:     []grant.Grant{small(id)},
		Deliveries: []store.Delivery{{ID: id, Told: 1}},
		Documents:  []store.Document{{Key: "note " + name, JSON: "text"}},
		DueTimes: []grant.DueTime{{Worker: grant.TimerWorker, ID: id, At: noon},
			{Worker: grant.NoticeWorker, ID: id, At: noon}},
		Entries: []grant.Entry{entry(id, "asked"), entry(id, "checked")},
		Causes:  []string{"cause of " + name},
	}
}

// A trace is the visible effect of a change.
type trace struct {
	grants, deliveries, notes string
	life, slack               int
	entries                   uint64
}

func (s *subject) traces(c store.Tx) (tr trace) {
	s.Helper()
	for _, g := range c.Grants {
		tr.grants += fmt.Sprintf("%+v;", s.get(g.ID))
	}
	for _, d := range c.Deliveries {
		have, err := s.Delivery(ctx, d.ID)
		if err != nil {
			s.Fatal(err)
		}
		tr.deliveries += fmt.Sprintf("%+v;", have)
	}
	for _, n := range c.Documents {
		have, _ := s.document(n.Key)
		tr.notes += fmt.Sprintf("%+v;", have)
	}
	tr.life, tr.slack = len(s.due(grant.TimerWorker, forever)), len(s.due(grant.NoticeWorker, forever))
	tr.entries = s.head().Seq
	return tr
}
