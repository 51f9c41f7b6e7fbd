package reconcile

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"s3share/internal/awsaccess"
)

// unmanagedNote is the key of the note with the group members that were alerted, by account and
// unique id.
const unmanagedNote = "strangers"

// tellUnmanagedMembers alerts operators once about each group member that no grant of this
// store added. The bot leaves them alone, as it leaves other people's statements. They
// have half of every access, so operators have to know them. found are the members by
// account and unique id, read the accounts whose groups were read.
func (p sweepPass) tellUnmanagedMembers(ctx context.Context, found map[string]awsaccess.Member,
	read map[string]bool) error {
	text := func(key string) string {
		p.r.log.WarnContext(ctx, "a member of the group whom no grant put there", "principal", found[key].ARN)
		return fmt.Sprintf("%s is in the group /s3share/s3share, and no grant of mine ever put them there. The group alone "+
			"opens nothing, but it is half of every access: take them out unless you know why they are in it. I leave "+
			"them alone.", found[key].ARN)
	}
	return p.alertOnce(ctx, unmanagedNote, slices.Sorted(maps.Keys(found)), text, func(key string) bool {
		account, _, _ := strings.Cut(key, " ")
		_, still := found[key]
		return read[account] && !still
	})
}
