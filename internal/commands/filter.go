package commands

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"s3share/internal/grant"
)

// perPage is how many lines one answer shows.
const perPage = 20

// A filter is what narrows a list: the words after it, in any order.
type filter struct {
	id        grant.ID
	bucket    string
	prefix    string           // in the bucket; "" is all of it
	principal *grant.Principal // nil: any
	typedAs   string           // how the principal was typed; the path of one comes only in an ARN
	person    string           // a Slack user id
	page      int              // from 1
	csv       bool
}

var mention = regexp.MustCompile(`^<@([UW][A-Z0-9]+)(?:\|[^>]*)?>$`)

// readFilter reads the words of a filter. csv is for history alone.
func (s *Service) readFilter(ctx context.Context, args []word) (filter, error) {
	f := filter{page: 1}
	for i := 0; i < len(args); i++ {
		text := args[i].text
		switch w := lower(text); {
		case w == "page":
			if i++; i == len(args) {
				return f, grant.Refuse("Which page?").WithHint("Like `page 2`.")
			}
			n, err := strconv.Atoi(args[i].text)
			if err != nil || n < 1 {
				return f, grant.Refuse("%q is no number of a page.", clip(args[i].text)).WithHint("Like `page 2`.")
			}
			f.page = n
		case w == "csv":
			f.csv = true
		case mention.MatchString(text):
			f.person = mention.FindStringSubmatch(text)[1]
		default:
			if err := s.readTarget(ctx, text, &f); err != nil {
				return f, err
			}
		}
	}
	return f, nil
}

// readTarget reads a bucket, a principal or an id, by what it can be. A bucket
// may be called database, which could be an id: it is one if there is that grant.
func (s *Service) readTarget(ctx context.Context, text string, f *filter) error {
	if id, err := grant.ParseID(text); err == nil {
		if _, err := s.Store.Get(ctx, id); !errors.Is(err, grant.ErrNotFound) {
			f.id = id
			return err
		}
	}
	if p, err := grant.ParsePrincipal(text, s.Rules.Accounts); err == nil {
		f.principal, f.typedAs = &p, text
		return nil
	}
	if bucket, prefix, err := grant.ParseTarget(text); err == nil {
		f.bucket, f.prefix = bucket, prefix
		return nil
	}
	return grant.Refuse("%q is nothing that can be listed.", clip(text)).WithHint("%s", listUsage)
}

// narrow lets the store find less, where it has an index.
func (f filter) narrow(q *grant.Query) {
	if f.bucket != "" {
		q.Bucket = f.bucket
	}
	if f.byARN() {
		q.Principal = f.principal.ARN
	}
}

func (f filter) byARN() bool { return f.principal != nil && strings.HasPrefix(f.typedAs, "arn:") }

// only keeps what the filter lets through.
func (s *Service) only(f filter, gs []grant.Grant) (kept []grant.Grant) {
	for _, g := range gs {
		if (f.id == "" || g.ID == f.id) && (f.bucket == "" || g.Bucket.Name == f.bucket && g.Reaches(f.prefix)) && f.isFor(g.Principal) &&
			(f.person == "" || g.Requester.User == f.person || g.Beneficiary.User == f.person ||
				slices.Contains(g.Behind, f.person) || slices.Contains(s.Rules.PeopleBehind(g.Principal.ARN), f.person)) {
			kept = append(kept, g)
		}
	}
	return kept
}

// isFor reports whether a principal is the one that was typed. A name says nothing
// of the path that IAM has for it, so it goes by the account, the kind and the name.
func (f filter) isFor(p grant.Principal) bool {
	switch {
	case f.principal == nil:
		return true
	case f.byARN():
		return p.ARN == f.principal.ARN
	}
	return p.AccountID == f.principal.AccountID && p.Kind == f.principal.Kind && p.Name == f.principal.Name
}

// typed is the filter as somebody would type it, with a space in front.
func (f filter) typed() string {
	var b strings.Builder
	for _, s := range []string{string(f.id), strings.TrimSuffix(f.bucket+"/"+f.prefix, "/"), f.typedAs} {
		if s != "" {
			b.WriteString(" " + s)
		}
	}
	if f.person != "" {
		b.WriteString(" <@" + f.person + ">")
	}
	return b.String()
}

// onPage refuses a page after the last of n lines: an empty list would read as if
// there were nothing at all.
func (f filter) onPage(n int) error {
	if last := (n + perPage - 1) / perPage; f.page > last {
		return grant.Refuse("There is no page %d: the last is page %d.", f.page, last)
	}
	return nil
}

// cut returns one page, and how many there are after it.
func cut[T any](all []T, page int) (shown []T, more int) {
	from := min((page-1)*perPage, len(all))
	to := min(from+perPage, len(all))
	return all[from:to], len(all) - to
}
