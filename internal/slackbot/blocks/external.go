package blocks

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"s3share/internal/alarm"
	"s3share/internal/grant"
)

// HandedOver gives the operators the policy for the admin of an external account. A superseded or
// ended handover is not sent.
func HandedOver(g grant.Grant, event int) []Notice {
	if g.State != grant.Approved && g.State != grant.Active || g.Last(grant.EventDelegated) != &g.History[event] {
		return nil
	}
	name, _ := Subject(g)
	where := ""
	if set := g.Principal.PermissionSet(); set != "" {
		where = fmt.Sprintf(". It is a role of Identity Center: add the policy to the permission set %s, inline or as a "+
			"customer managed policy", Safe(set, 64))
	}
	text := fmt.Sprintf("%s It has to be attached to %s %s%s:\n```%s```", sendPolicy(g), name, Until(g.ExpiresAt), where,
		Safe(spread(g.History[event].Why), 30_000))
	return []Notice{{Kind: PostAlert, To: ToAdmins, Message: Message{Text: text}}}
}

// sendPolicy is the first sentence of a handover.
func sendPolicy(g grant.Grant) string {
	return fmt.Sprintf("`%s` (%s): send this policy to the admin of *%s*.", g.ID, Summary(g),
		Safe(g.Principal.Account, 64))
}

// handoverEnd returns the message of a handover that is replaced, or whose access has ended.
func handoverEnd(g grant.Grant, event int) (m Message, ok bool) {
	switch {
	case g.Last(grant.EventDelegated) != &g.History[event]:
		return Message{Text: alarm.Struck(sendPolicy(g)) + " Replaced by the newer policy below."}, true
	case g.State == grant.Ended:
		return Message{Text: alarm.Struck(sendPolicy(g)) + " " + removePolicy(g)}, true
	}
	return Message{}, false
}

// removePolicy tells the operators that the policy is no longer needed.
func removePolicy(g grant.Grant) string {
	return fmt.Sprintf("Access ended: the bucket no longer allows it. The admin of *%s* can remove the policy.",
		Safe(g.Principal.Account, 64))
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

// takenBack answers in the thread of the last handover.
func takenBack(g grant.Grant) []Notice {
	if !slices.ContainsFunc(g.Parts, func(p grant.Part) bool { return p.Kind == grant.ByAdmin }) {
		return nil
	}
	last := -1
	for i, ev := range g.History {
		if ev.Kind == grant.EventDelegated {
			last = i
		}
	}
	if last < 0 {
		return nil
	}
	return []Notice{{Kind: PostThread, To: ToAlertThread, About: last, Message: Message{Text: removePolicy(g)}}}
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
		return fmt.Sprintf("Everyone with the permission set %s gets this access. If the permission set keeps its policy, "+
			"the bucket policy alone opens and closes access. I can't see whether it does.", Safe(set, 64))
	}
	return fmt.Sprintf("Everyone with the permission set %s gets this access. The permission set keeps its policy for "+
		"good: the bucket policy alone opens and closes access.", Safe(set, 64))
}

// otherHalf explains the missing half of a grant for an external principal.
func otherHalf(g grant.Grant) string {
	return fmt.Sprintf("Access works once the admin of *%s* has applied the policy that the operators of s3share have. "+
		"I can't see whether they did.", Safe(g.Principal.Account, 64))
}
