package commands

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"s3share/internal/commands/parse"
	"s3share/internal/grant"
)

// buckets lists the rules that let the caller request access. Other rules stay hidden.
func (q *Queries) buckets(ctx context.Context, c Invocation, t parse.Buckets) (Answer, error) {
	part, page := t.Part, t.Page
	by := q.directory.actor(ctx, c, c.By, q.rules.groupsThatRequest())
	var rules []grant.Rule
	for _, r := range q.rules.offersTo(by) {
		if strings.Contains(r.Bucket, part) {
			rules = append(rules, r)
		}
	}
	if len(rules) == 0 {
		return Answer{Text: "There is no bucket of that name that you may ask for. The people who run s3share can add " +
			"a rule."}, nil
	}
	if err := (filter{parse.Filter{Page: page}}).onPage(len(rules)); err != nil {
		return Answer{}, err
	}
	a := Answer{Text: "What you may ask for:"}
	if a.Rules, a.More = paginate(rules, page); a.More > 0 {
		a.Next = strings.Join(strings.Fields(fmt.Sprintf("/s3share buckets %s page %d", part, page+1)), " ")
	}
	return a, nil
}

// Approvals formats the number of approvals that a rule requires. It lists the number for each
// level if they differ.
func Approvals(r grant.Rule) string {
	need := make([]string, 0, len(r.Levels))
	for _, level := range r.Levels {
		need = append(need, strconv.Itoa(r.Quorum(level)))
	}
	if len(slices.Compact(slices.Clone(need))) == 1 {
		return need[0]
	}
	for i, level := range r.Levels {
		need[i] = level + " " + need[i]
	}
	return strings.Join(need, ", ")
}
