package commands

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"s3share/internal/commands/parse"
	"s3share/internal/grant"
)

// buckets lists the rules that let the caller request access. Other rules stay hidden.
func (q *Queries) buckets(ctx context.Context, c Invocation, t parse.Buckets) (Answer, error) {
	by := q.directory.actor(ctx, c, c.By, q.rules.groupsThatRequest())
	rules := slices.DeleteFunc(q.rules.offersTo(by),
		func(r grant.Rule) bool { return !strings.Contains(r.Bucket, t.Part) })
	if len(rules) == 0 {
		named := ""
		if t.Part != "" {
			named = " with `" + clip(t.Part) + "` in its name"
		}
		return Answer{Text: "You can request no bucket" + named + ". The operators of s3share can add a rule."}, nil
	}
	a := Answer{Text: "Buckets that you can request:"}
	var err error
	a.Rules, a.Page, err = paginate(rules, t.Page, strings.TrimSpace("buckets "+t.Part))
	return a, err
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
