package reconcile

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"s3share/internal/awsaccess"
)

// unmanagedAlert is the prefix of the keys of alerts about unknown members. The account and the
// unique id follow.
const unmanagedAlert = "unknown member "

// tellUnmanagedMembers alerts operators once about each group member that no grant of this
// store added. The bot leaves them alone, as it leaves other people's statements. They
// have half of every access, so operators have to know them. found are the members by
// account and unique id, read the accounts whose groups were read.
func (p sweepPass) tellUnmanagedMembers(ctx context.Context, found map[string]awsaccess.Member,
	read map[string]bool) error {
	return p.alertEach(ctx, condition{
		prefix: unmanagedAlert,
		text: func(key string) string {
			p.r.log.WarnContext(ctx, "an unknown member of the group", "principal", found[key].ARN)
			return fmt.Sprintf("%s (%s) is in /s3share/s3share, but s3share did not add it. Remove it unless you added "+
				"it on purpose.",
				nameOf(found[key].ARN), found[key].ARN)
		},
		isOver: func(key string) bool {
			account, _, _ := strings.Cut(key, " ")
			_, still := found[key]
			return read[account] && !still
		},
		how: func(string) string { return "the unknown member left the group, or access was granted to it" },
	}, slices.Sorted(maps.Keys(found)))
}

// nameOf returns the last part of an ARN.
func nameOf(arn string) string { return arn[strings.LastIndexByte(arn, '/')+1:] }
