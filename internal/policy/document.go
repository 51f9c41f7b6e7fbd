package policy

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Limits of a bucket policy in bytes (AmazonS3 userguide, add-bucket-policy).
// AWS does not document how it counts, so [Document.Fits] keeps a reserve.
const (
	MaxBucketPolicy   = 20 * 1024
	SpareBucketPolicy = 1024
)

const newVersion = "2012-10-17"

// Document is one policy document, kept as it was read. It is immutable: an
// edit returns a new one. The zero Document has no statements and stands for a
// bucket without a policy.
type Document struct {
	head    string // the text up to the statements; "" for a new document
	items   []item
	gap     string // white space before the list's closing bracket
	tail    string // the text after the statements
	version string // of head or tail, decoded; "" if it has none
	lone    bool   // Statement was an object, not a list
}

// An item is a statement with the white space around the comma before it.
type item struct {
	beforeComma, afterComma string
	statement               Statement
}

// Parse reads a policy document without loss: [Document.Bytes] returns text
// again. Its error is a sentence that describes the fault. A statement that is
// a JSON object but makes no sense is not an error here; see [Statement.Err].
func Parse(text []byte) (Document, error) {
	if err := checkJSON(text); err != nil {
		return Document{}, err
	}
	t := string(text)
	start := skipSpace(t, 0)
	if t[start] != '{' {
		return Document{}, errors.New("the policy is not a JSON object")
	}
	all := members(t, start)
	if name, found := repeated(all); found {
		return Document{}, fmt.Errorf("the policy has more than one %q", name)
	}
	d := Document{}
	at := slices.IndexFunc(all, func(m member) bool { return m.name == "Statement" })
	if at < 0 {
		return d, errors.New("the policy has no Statement")
	}
	if v := slices.IndexFunc(all, func(m member) bool { return m.name == "Version" }); v >= 0 {
		d.version = all[v].value.of(t)
		if d.version[0] == '"' {
			d.version = unquote(d.version)
		}
	}
	where := all[at].value
	d.head, d.tail = t[:where.from], t[where.to:]
	if err := d.read(t, where); err != nil {
		return Document{}, err
	}
	return d, nil
}

// read splits the value of Statement, at where in t, into items.
func (d *Document) read(t string, where span) error {
	switch t[where.from] {
	case '{':
		d.lone = true
		d.items = []item{{statement: newStatement(where.of(t))}}
		return nil
	case '[':
	default:
		return errors.New("the policy's Statement is neither an object nor a list")
	}
	found, bracket := elements(t, where.from)
	end := where.from + 1
	for i, s := range found {
		if t[s.from] != '{' {
			return fmt.Errorf("statement %d of the policy is not an object", i+1)
		}
		it := item{statement: newStatement(s.of(t)), afterComma: t[end:s.from]}
		if i > 0 {
			it.beforeComma, it.afterComma, _ = strings.Cut(t[end:s.from], ",")
		}
		d.items = append(d.items, it)
		end = s.to
	}
	d.gap = t[end:bracket]
	return nil
}

// Statements returns the statements in their order.
func (d Document) Statements() []Statement {
	all := make([]Statement, len(d.items))
	for i, it := range d.items {
		all[i] = it.statement
	}
	return all
}

// IsEmpty reports whether d has no statements. S3 rejects such a policy: delete
// it instead of writing it.
func (d Document) IsEmpty() bool { return len(d.items) == 0 }

// Bytes returns the text to send to AWS. Text that was read stays unchanged,
// white space included. Added statements are compact. A new document gets the
// Version 2012-10-17. A document that was read keeps its Version, or none,
// because the Version decides how variables in foreign statements are read.
func (d Document) Bytes() []byte {
	head, tail := d.head, d.tail
	if head == "" {
		head, tail = `{"Version":"`+newVersion+`","Statement":`, "}"
	}
	var b strings.Builder
	b.WriteString(head)
	if d.lone && len(d.items) == 1 {
		b.WriteString(d.items[0].statement.raw)
	} else {
		d.writeList(&b)
	}
	b.WriteString(tail)
	return []byte(b.String())
}

func (d Document) writeList(b *strings.Builder) {
	b.WriteString("[")
	for i, it := range d.items {
		if i > 0 {
			b.WriteString(it.beforeComma)
			b.WriteString(",")
		}
		b.WriteString(it.afterComma)
		b.WriteString(it.statement.raw)
	}
	b.WriteString(d.gap)
	b.WriteString("]")
}

// Size returns the size of d in bytes, as AWS is assumed to count: all bytes
// sent, white space included. If AWS counts less, a grant is refused too early.
// That costs less than a write that AWS rejects after the approval.
func (d Document) Size() int { return len(d.Bytes()) }

// Fits reports whether AWS will certainly accept a document of this size.
func (d Document) Fits() bool { return d.Size() <= MaxBucketPolicy-SpareBucketPolicy }

// Without returns d without the statements that match drop.
func (d Document) Without(drop func(Statement) bool) Document {
	d.items = slices.DeleteFunc(slices.Clone(d.items), func(it item) bool { return drop(it.statement) })
	return d
}

// With returns d with add appended in order. It panics if one of them is
// incomplete. Most of all it panics without Before, so that no statement
// without an end can be written.
func (d Document) With(add ...Allow) Document {
	d.items = slices.Clone(d.items)
	for _, a := range add {
		raw, err := a.text()
		if err != nil {
			panic("policy: " + err.Error())
		}
		d.items = append(d.items, item{statement: newStatement(raw)})
	}
	return d
}

// effectiveVersion is the Version that AWS applies to d.
func (d Document) effectiveVersion() string {
	switch {
	case d.head == "":
		return newVersion
	case d.version == "":
		return "2008-10-17" // IAM UG reference_policies_elements_version
	}
	return d.version
}
