package boltstore

import (
	"fmt"
	"reflect"
	"time"

	"s3share/internal/grant"
)

// told is the grant whose delivery in testdata/schema2full.db.gz has the posts of
// [toldPosts]. Beside it are three grants in which every field of schema 2
// has a value.
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
var toldKinds = []grant.Kind{
	grant.Ask, grant.Check, grant.Approve, grant.Applied, grant.Stuck, grant.Drift, grant.Drift, grant.AskMore,
	grant.Remind, grant.HandOver, grant.Warn, grant.Removed,
}

// toldPosts has the keys of schema 2. Posts that are redrawn have the event alone.
var toldPosts = []grant.Post{
	{Kind: "card", Event: 0, Channel: "C0ADMIN", TS: "1", Digest: "d"},
	{Kind: "consent", Event: 0*8 + 0, Channel: "D0BEN", TS: "2", Digest: "d"},
	{Kind: "received", Event: 1*8 + 0, Channel: "D0RITA", TS: "3", Digest: "d"},
	{Kind: "received", Event: 1*8 + 1, Channel: "D0BEN", TS: "4", Digest: "d"},
	{Kind: "alert", Event: 1*8 + 7, Channel: "D0RITA", TS: "5", Digest: "d"},
	{Kind: "thread", Event: 2*8 + 0, Channel: "C0ADMIN", TS: "6", Digest: "d"},
	{Kind: "granted", Event: 3*8 + 0, Digest: "d"},
	{Kind: "granted", Event: 3*8 + 1, Channel: "D0BEN", TS: "8", Digest: "d"},
	{Kind: "alert", Event: 4*8 + 0, Channel: "C0ADMIN", TS: "9", Digest: "d"},
	{Kind: "alert", Event: 4*8 + 1, Channel: "D0RITA", TS: "10", Digest: "d"},
	{Kind: "alert", Event: 4*8 + 2, Channel: "D0BEN", TS: "11", Digest: "d"},
	{Kind: "drift", Event: 5*8 + 0, Channel: "C0TEAM", TS: "12", Digest: "d"},
	{Kind: "alert", Event: 5*8 + 1, Channel: "D0RITA", TS: "13", Digest: "d"},
	{Kind: "alert", Event: 6*8 + 0, Channel: "C0TEAM", TS: "14", Digest: "d"},
	{Kind: "extension", Event: 7, Channel: "C0TEAM", TS: "15", Digest: "d"},
	{Kind: "alert", Event: 9*8 + 0, Channel: "C0ADMIN", TS: "16", Digest: "d"},
	{Kind: "reconfirm", Event: 10, Channel: "C0TEAM", TS: "17", Digest: "d"},
	{Kind: "warning", Event: 10*8 + 1, Channel: "D0BEN", TS: "18", Digest: "d"},
	{Kind: "ended", Event: 11*8 + 0, Channel: "D0RITA", TS: "19", Digest: "d"},
	{Kind: "ended", Event: 11*8 + 1, Channel: "D0BEN", TS: "20", Digest: "d"},
	{Kind: "thread", Event: 11*8 + 2, Channel: "C0TEAM", TS: "21", Digest: "d"},
	{Kind: "alert", Event: 11*8 + 3, Channel: "C0ADMIN", TS: "22", Digest: "d"},
}

// everyField returns a record in which every exported field has a value of its own.
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
