package awssim

import (
	"crypto/md5"
	"encoding/xml"
	"fmt"
	"maps"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// minPart is the smallest size of all parts except the last.
const minPart = 5 << 20

// s3Uploads are the operations of S3 on uploads in parts.
type s3Uploads struct {
	*core
	objects *s3Objects
	log     *callLog
}

func (s *s3Uploads) createMultipartUpload(q *request, b *bucket) (reply, *apiError) {
	o := newObject(q, nil)
	if err := s.objects.mayWrite(q, b, &o); err != nil {
		return reply{}, err
	}
	u := &upload{id: s.mint("", 40), key: q.key, by: q.caller, object: o, parts: map[int]object{}}
	b.uploads[u.id] = u
	type begun struct {
		XMLName               xml.Name `xml:"http://s3.amazonaws.com/doc/2006-03-01/ InitiateMultipartUploadResult"`
		Bucket, Key, UploadId string
	}
	return asXML(begun{Bucket: b.name, Key: u.key, UploadId: u.id}), nil
}

func (q *request) upload(b *bucket) (*upload, *apiError) {
	if u := b.uploads[q.params.Get("uploadId")]; u != nil && u.key == q.key {
		return u, nil
	}
	return nil, &apiError{status: 404, code: "NoSuchUpload",
		message: "The specified upload does not exist. The upload ID may be invalid, or the upload may have been " +
			"aborted or completed."}
}

func (q *request) partNumber() (int, *apiError) {
	n, err := strconv.Atoi(q.params.Get("partNumber"))
	if err != nil || n < 1 || n > 10_000 {
		return 0, &apiError{status: 400, code: "InvalidArgument",
			message: "Part number must be an integer between 1 and 10000, inclusive"}
	}
	return n, nil
}

func (s *s3Uploads) uploadPart(q *request, b *bucket) (reply, *apiError) {
	u, err := q.upload(b)
	if err != nil {
		return reply{}, err
	}
	n, err := q.partNumber()
	if err != nil {
		return reply{}, err
	}
	if err := s.objects.mayUseKey(q, "kms:Decrypt", u.object.key, b, q.key); err != nil {
		return reply{}, err
	}
	body, err := q.payload()
	if err != nil {
		return reply{}, err
	}
	part := newObject(q, body)
	u.parts[n] = part
	r := empty(http.StatusOK)
	r.header.Set("Etag", part.etag)
	return r, nil
}

func (s *s3Uploads) uploadPartCopy(q *request, b *bucket) (reply, *apiError) {
	u, err := q.upload(b)
	if err != nil {
		return reply{}, err
	}
	n, err := q.partNumber()
	if err != nil {
		return reply{}, err
	}
	from, err := s.objects.source(q)
	if err != nil {
		return reply{}, err
	}
	body := from.body
	if spec, ok := strings.CutPrefix(q.Header.Get("X-Amz-Copy-Source-Range"), "bytes="); ok {
		first, last, valid := parseRange(spec, len(body))
		if !valid || first > last || first >= len(body) {
			return reply{}, &apiError{
				status: 400, code: "InvalidArgument",
				message: "The x-amz-copy-source-range value must be of the form bytes=first-last"}
		}
		body = body[first : last+1]
	}
	part := newObject(q, body)
	u.parts[n] = part
	return asXML(copied{XMLName: xml.Name{Space: s3Namespace, Local: "CopyPartResult"}, ETag: part.etag,
		LastModified: q.now.UTC().Format(s3Time)}), nil
}

func (s *s3Uploads) completeMultipartUpload(q *request, b *bucket) (reply, *apiError) {
	u, err := q.upload(b)
	if err != nil {
		return reply{}, err
	}
	var wanted struct {
		Parts []struct {
			PartNumber int
			ETag       string
		} `xml:"Part"`
	}
	if xml.Unmarshal(q.body, &wanted) != nil || len(wanted.Parts) == 0 {
		return reply{}, malformedXML()
	}
	var parts []object
	before := 0
	for _, p := range wanted.Parts {
		part, ok := u.parts[p.PartNumber]
		switch {
		case p.PartNumber <= before:
			return reply{}, &apiError{
				status: 400, code: "InvalidPartOrder",
				message: "The list of parts was not in ascending order. Parts must be ordered by part number."}
		case !ok || strings.Trim(p.ETag, `"`) != strings.Trim(part.etag, `"`):
			return reply{}, &apiError{
				status: 400, code: "InvalidPart", message: "One or more of the specified parts could not be found. " +
					"The part may not have been uploaded, or the specified entity tag may not match the part's entity tag."}
		}
		parts, before = append(parts, part), p.PartNumber
	}
	whole, sums := u.object, []byte(nil)
	for i, part := range parts {
		if i < len(parts)-1 && len(part.body) < minPart {
			return reply{}, &apiError{
				status: 400, code: "EntityTooSmall", message: "Your proposed upload is smaller than the minimum allowed size"}
		}
		sum := md5.Sum(part.body)
		whole.body, sums = append(whole.body, part.body...), append(sums, sum[:]...)
	}
	whole.etag, whole.modified = fmt.Sprintf(`"%x-%d"`, md5.Sum(sums), len(parts)), q.now
	if _, exists := b.objects[u.key]; exists && q.Header.Get("If-None-Match") == "*" {
		return reply{}, preconditionFailed()
	}
	b.objects[u.key] = whole
	delete(b.uploads, u.id)
	type complete struct {
		XMLName                     xml.Name `xml:"http://s3.amazonaws.com/doc/2006-03-01/ CompleteMultipartUploadResult"`
		Location, Bucket, Key, ETag string
	}
	return asXML(complete{Location: "/" + b.name + "/" + u.key, Bucket: b.name, Key: u.key, ETag: whole.etag}), nil
}

func (s *s3Uploads) abortMultipartUpload(q *request, b *bucket) (reply, *apiError) {
	u, err := q.upload(b)
	if err != nil {
		return reply{}, err
	}
	delete(b.uploads, u.id)
	return empty(http.StatusNoContent), nil
}

type listedPart struct {
	PartNumber         int
	LastModified, ETag string
	Size               int
}

func (s *s3Uploads) listParts(q *request, b *bucket) (reply, *apiError) {
	u, err := q.upload(b)
	if err != nil {
		return reply{}, err
	}
	type list struct {
		XMLName               xml.Name `xml:"http://s3.amazonaws.com/doc/2006-03-01/ ListPartsResult"`
		Bucket, Key, UploadId string
		Initiator             listedOwner
		Owner                 listedOwner
		StorageClass          string
		PartNumberMarker      int
		NextPartNumberMarker  int
		MaxParts              int
		IsTruncated           bool
		Part                  []listedPart
	}
	size, ok := s.pageSize(q.params.Get("max-parts"), 1000, 0, math.MaxInt32)
	if !ok {
		return reply{}, invalidArgument(errMaxKeys)
	}
	l := list{Bucket: b.name, Key: u.key, UploadId: u.id, Initiator: listedOwner{u.by.arn()},
		Owner:        listedOwner{b.owner.id},
		StorageClass: "STANDARD", MaxParts: min(size, 1000)}
	l.PartNumberMarker, _ = strconv.Atoi(q.params.Get("part-number-marker")) // 0 if absent
	for _, n := range slices.Sorted(maps.Keys(u.parts)) {
		switch part := u.parts[n]; {
		case n <= l.PartNumberMarker:
		case len(l.Part) == l.MaxParts:
			l.IsTruncated = true
		default:
			l.Part = append(l.Part, listedPart{n, part.modified.UTC().Format(s3Time), part.etag, len(part.body)})
			l.NextPartNumberMarker = n
		}
	}
	return asXML(l), nil
}

func (s *s3Uploads) listMultipartUploads(q *request, b *bucket) (reply, *apiError) {
	type one struct {
		Key, UploadId    string
		Initiator, Owner listedOwner
		StorageClass     string
		Initiated        string
	}
	type list struct {
		XMLName      xml.Name `xml:"http://s3.amazonaws.com/doc/2006-03-01/ ListMultipartUploadsResult"`
		Bucket       string
		KeyMarker    string
		Prefix       string `xml:",omitempty"`
		EncodingType string `xml:",omitempty"`
		MaxUploads   int
		IsTruncated  bool
		Upload       []one
	}
	encode := q.encoding()
	l := list{Bucket: b.name, Prefix: encode(q.params.Get("prefix")), EncodingType: q.params.Get("encoding-type"),
		MaxUploads: 1000}
	for _, id := range sortedKeys(b.uploads) {
		if u := b.uploads[id]; strings.HasPrefix(u.key, q.params.Get("prefix")) {
			l.Upload = append(l.Upload, one{encode(u.key), u.id, listedOwner{u.by.arn()}, listedOwner{b.owner.id}, "STANDARD",
				u.object.modified.UTC().Format(s3Time)})
		}
	}
	slices.SortStableFunc(l.Upload, func(a, b one) int { return strings.Compare(a.Key, b.Key) })
	return asXML(l), nil
}
