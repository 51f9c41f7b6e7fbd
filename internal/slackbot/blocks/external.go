package blocks

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"s3share/internal/grant"
)

// HandedOver gives the operators the policy for the admin of an external account. A superseded or
// ended handover is not sent.
func HandedOver(g grant.Grant, event int) []Notice {
	if g.State != grant.Approved && g.State != grant.Active || g.Last(grant.EventDelegated) != &g.History[event] {
		return nil
	}
	name, on := Subject(g)
	account := Safe(g.Principal.Account, 64)
	where := ""
	if set := g.Principal.PermissionSet(); set != "" {
		where = fmt.Sprintf(". That is a role of Identity Center: the permission set %s needs the policy, as its inline "+
			"policy or as a customer managed one", Safe(set, 64))
	}
	text := fmt.Sprintf("The grantee half of `%s` (%s, %s) is in the hands of the admin of %s. Give them this policy "+
		"for %s; it belongs there until %s%s:\n```%s```",
		g.ID, name, on, account, name, When(g.ExpiresAt), where, Safe(spread(g.History[event].Why), 30_000))
	return []Notice{{Kind: PostAlert, To: ToAdmins, Message: Message{Text: text}}}
}

// spread formats a policy with indentation.
func spread(policy string) string {
	var b bytes.Buffer
	if json.Indent(&b, []byte(policy), "", "  ") != nil {
		b.Reset()
		b.WriteString(policy)
	}
	return strings.ReplaceAll(b.String(), "`", `\u0060`) // AWS reads the same, and it cannot end the code block
}

// takenBack tells the operators that the policy is no longer needed.
func takenBack(g grant.Grant) []Notice {
	if !slices.ContainsFunc(g.Parts, func(p grant.Part) bool { return p.Kind == grant.ByAdmin }) {
		return nil
	}
	name, on := Subject(g)
	text := fmt.Sprintf("`%s` (%s, %s) has ended. The bucket does not allow it any more; if the admin of %s has put the "+
		"other half in place, it can go.", g.ID, name, on, Safe(g.Principal.Account, 64))
	return []Notice{{Kind: PostAlert, To: ToAdmins, Message: Message{Text: text}}}
}

// Could is can for confirmed access. For an external account it is "may", because the bot cannot
// see the grantee half.
func Could(g grant.Grant) string {
	if g.Principal.External {
		return "may"
	}
	return "can"
}

// permanent explains a grant for the role of a permission set.
func permanent(g grant.Grant) string {
	set := g.Principal.PermissionSet()
	switch {
	case set == "":
		return ""
	case g.Principal.External:
		return fmt.Sprintf("For everyone with the permission set %s. Where the permission set carries the grantee half, "+
			"the bucket half alone opens and closes access. I cannot see whether it does.", Safe(set, 64))
	}
	return fmt.Sprintf("For everyone with the permission set %s. The permission set carries the grantee half for good: "+
		"the bucket half alone opens and closes access.", Safe(set, 64))
}

// otherHalf explains the missing half of a grant for an external principal.
func otherHalf(g grant.Grant) string {
	return fmt.Sprintf("The other half is in the hands of the admin of %s, and those who run s3share have the policy "+
		"for them. It opens once both are there, which I cannot see.", Safe(g.Principal.Account, 64))
}

// reason returns the reason of an event for people. It hides the policy of a handover, which only
// operators need.
func reason(ev grant.Event) string {
	if ev.Kind == grant.EventDelegated {
		return ""
	}
	return ev.Why
}
