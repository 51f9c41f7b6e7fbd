package boltstore

import (
	"fmt"
	"reflect"
	"time"

	"s3share/internal/grant"
)

// told returns the grant of testdata/schema2full.db.gz whose delivery has posts of every kind.
// The file also has three grants with all fields of schema 2.
func told() grant.Grant {
	g := grant.Grant{
		ID: "T0LD0000", State: grant.Ended, AskedAt: noon,
		Requester: grant.Person{User: "U0RITA"}, Beneficiary: grant.Person{User: "U0BEN"},
		Bucket: grant.Bucket{Name: "bucket-told"}, Principal: grant.Principal{ARN: "arn:aws:iam::111111111111:user/told"},
	}
	for i, kind := range toldKinds {
		g.History = append(g.History, grant.Event{Kind: kind, At: noon.Add(time.Duration(i) * time.Minute)})
	}
	return g
}

// toldKinds is the history of the grant whose delivery is decoded.
var toldKinds = []grant.EventKind{
	grant.EventRequest, grant.EventCheck, grant.EventApprove, grant.EventApplied, grant.EventStalled, grant.EventDrift, grant.EventDrift, grant.EventRequestExtension,
	grant.EventRemind, grant.EventDelegated, grant.EventWarn, grant.EventRemoved,
}

// everyField returns a record that has a different value in every exported field.
func everyField[T any](n int) (v T) {
	n *= 1000
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
		v.SetString(fmt.Sprintf("text %d", *n))
	case reflect.Int, reflect.Int64:
		v.SetInt(int64(*n))
	case reflect.Uint64, reflect.Uint8:
		v.SetUint(uint64(*n))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i), n)
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), n)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0), n)
	case reflect.Map:
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		fill(key, n)
		fill(value, n)
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(key, value)
	default:
		panic("a record holds a " + v.Kind().String())
	}
}
