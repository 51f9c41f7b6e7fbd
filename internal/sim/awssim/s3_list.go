package awssim

import (
	"encoding/xml"
	"math"
	"net/url"
	"strings"
)

type listedObject struct {
	Key, LastModified, ETag string
	Size                    int
	StorageClass            string
	Owner                   *listedOwner
}

type listedOwner struct{ ID string }

// A listing is the answer of ListObjectsV2, or of ListObjects with a marker
// instead of the token.
type listing struct {
	XMLName      xml.Name `xml:"http://s3.amazonaws.com/doc/2006-03-01/ ListBucketResult"`
	Name         string
	Prefix       string
	Delimiter    string  `xml:",omitempty"`
	EncodingType string  `xml:",omitempty"`
	Marker       *string // ListObjects only
	NextMarker   string  `xml:",omitempty"`
	StartAfter   string  `xml:",omitempty"`
	MaxKeys      int
	KeyCount     *int // ListObjectsV2 only
	IsTruncated  bool
	Token        string `xml:"ContinuationToken,omitempty"`
	Next         string `xml:"NextContinuationToken,omitempty"`
	Contents     []listedObject
	Prefixes     []listedPrefix `xml:"CommonPrefixes"`
}

type listedPrefix struct{ Prefix string }

// encoding returns the function that encodes keys in a list.
func (q *request) encoding() func(string) string {
	if q.params.Get("encoding-type") != "url" {
		return func(s string) string { return s }
	}
	return func(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "%2F", "/") }
}

func (s *s3Objects) listObjectsV2(q *request, b *bucket) (reply, *apiError) {
	after := q.params.Get("start-after")
	l, names, err := s.list(q, b, after)
	if err != nil {
		return reply{}, err
	}
	l.Token, l.StartAfter = q.params.Get("continuation-token"), q.encoding()(after)
	names, next, bad := page(names, l.Token, l.MaxKeys)
	if bad != nil {
		return reply{}, invalidArgument(bad)
	}
	count := len(names)
	l.KeyCount, l.IsTruncated, l.Next = &count, next != "", next
	l.add(q, b, names, q.params.Get("fetch-owner") == "true")
	return asXML(l), nil
}

// listObjects is the older form. NextMarker is returned only with a delimiter.
func (s *s3Objects) listObjects(q *request, b *bucket) (reply, *apiError) {
	marker := q.params.Get("marker")
	l, names, err := s.list(q, b, marker)
	if err != nil {
		return reply{}, err
	}
	names, next, _ := page(names, "", l.MaxKeys)
	spelled := q.encoding()(marker)
	l.Marker, l.IsTruncated = &spelled, next != ""
	if l.IsTruncated && l.Delimiter != "" {
		l.NextMarker = q.encoding()(names[len(names)-1])
	}
	l.add(q, b, names, true)
	return asXML(l), nil
}

// list builds the parts that both forms share: the frame, and all names after
// the marker.
func (s *s3Objects) list(q *request, b *bucket, after string) (listing, []string, *apiError) {
	encode := q.encoding()
	prefix, delimiter := q.params.Get("prefix"), q.params.Get("delimiter")
	size, ok := s.pageSize(q.params.Get("max-keys"), 1000, 0, math.MaxInt32)
	if !ok {
		return listing{}, nil, invalidArgument(errMaxKeys)
	}
	return listing{Name: b.name, Prefix: encode(prefix), Delimiter: encode(delimiter),
			EncodingType: q.params.Get("encoding-type"), MaxKeys: min(size, 1000)},
		listedNames(sortedKeys(b.objects), prefix, delimiter, after), nil
}

// add adds one page of names to the listing.
func (l *listing) add(q *request, b *bucket, names []string, owners bool) {
	encode, prefix, delimiter := q.encoding(), q.params.Get("prefix"), q.params.Get("delimiter")
	var owner *listedOwner
	if owners {
		owner = &listedOwner{b.owner.id}
	}
	for _, name := range names {
		o, ok := b.objects[name]
		if !ok || delimiter != "" && strings.HasSuffix(name, delimiter) && strings.Contains(name[len(prefix):], delimiter) {
			l.Prefixes = append(l.Prefixes, listedPrefix{encode(name)})
			continue
		}
		l.Contents = append(l.Contents, listedObject{Key: encode(name), ETag: o.etag, Size: len(o.body), Owner: owner,
			LastModified: o.modified.UTC().Format(s3Time), StorageClass: "STANDARD"})
	}
}

// listedNames returns the keys in order. Keys under a common prefix are
// replaced by that prefix. A common prefix at the end of a page is not
// repeated.
func listedNames(keys []string, prefix, delimiter, after string) (names []string) {
	for _, key := range keys {
		if !strings.HasPrefix(key, prefix) || key <= after {
			continue
		}
		name := key
		if rest := key[len(prefix):]; delimiter != "" && strings.Contains(rest, delimiter) {
			head, _, _ := strings.Cut(rest, delimiter)
			name = prefix + head + delimiter
		}
		if name <= after && name != key {
			continue
		}
		if len(names) == 0 || names[len(names)-1] != name {
			names = append(names, name)
		}
	}
	return names
}
