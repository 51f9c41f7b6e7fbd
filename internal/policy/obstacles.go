package policy

import (
	"fmt"
	"slices"
	"strings"
)

// Obstacles returns warnings about statements that could stop the grant from
// working: a Deny that a signed HTTPS request of c can match, a statement that
// makes the policy public, a deleted principal, an unreadable statement.
// Without a principal or actions, c stands for all of them. Callers remove the
// bot's own statements from d first.
func (d Document) Obstacles(c Caller) (all []Finding) {
	for i, s := range d.Statements() {
		v, name := s.look(), d.name(i)
		if v.err != nil {
			all = append(all, d.finding(Unreadable, i, "%s is ambiguous (%v) and may block this access. Ask the "+
				"bucket's owner to rewrite it.",
				name, v.err))
		}
		for _, id := range s.Orphans() {
			all = append(all, d.finding(Orphan, i, "%s names %s, a deleted user or role, so S3 refuses "+
				"every change of this policy. Ask the bucket's owner to remove it.", name, id))
		}
		if hit, keys := v.hits(c, d.isModern()); v.effect == "Deny" && hit != never {
			f := d.finding(Denial, i, "%s %s this access: it denies %s to %s%s.", d.denyName(i), blocks(hit), v.what(),
				v.whom(c.Principal), depending(keys))
			if c.Principal != "" {
				f.Hint = fmt.Sprintf("Ask the bucket's owner to exempt %s.", c.Principal)
			}
			f.Certain = hit == always
			all = append(all, f)
		}
		if v.isPublic() {
			all = append(all, d.finding(Public, i, "%s allows %s to everybody, so the policy is "+
				"public: with RestrictPublicBuckets on, S3 blocks all access from other accounts; with "+
				"BlockPublicPolicy on, it refuses any change of the policy.", name, v.what()))
		}
	}
	return all
}

// AlreadyNames returns warnings about statements that already allow something
// to the grant's own principal, by Principal or by a condition on
// aws:PrincipalArn. Such a statement has no effect until the principal's own
// account allows the same; the grantee half does. Callers remove the bot's own
// statements from d first.
func (d Document) AlreadyNames(h Holders) (all []Finding) {
	for i, s := range d.Statements() {
		v := s.look()
		if v.err != nil || v.effect != "Allow" || !v.names(h, d.isModern()) {
			continue
		}
		on := ""
		if keys := v.conditionKeys(); len(keys) > 0 {
			on = ", depending on " + list(keys)
		}
		all = append(all, d.finding(Named, i, "%s already allows %s to this "+
			"principal%s; this takes effect too while the principal has any access through s3share.", d.name(i), v.what(), on))
	}
	return all
}

func (v *view) names(h Holders, modern bool) bool {
	if slices.Contains(v.who["AWS"], h.Principal) {
		return true
	}
	inAccount := slices.ContainsFunc(v.who["AWS"], func(p string) bool { return sameAccount(p) == h.Account })
	byARN := func(c condition) bool { return strings.EqualFold(c.key, "aws:PrincipalArn") }
	if !inAccount && !v.forEverybody() || !slices.ContainsFunc(v.conditions, byARN) || v.delegatesTo(h, modern) != "" {
		return false
	}
	rs := Caller{Access: Access{Principal: h.Principal}}.requests()
	return !slices.ContainsFunc(v.conditions, func(c condition) bool { return c.holds(rs, modern) == never })
}

// name is a statement's name in a sentence: its Sid if no other statement has
// it, otherwise its place.
func (d Document) name(i int) string {
	sid := d.items[i].statement.Sid()
	others := slices.ContainsFunc(slices.Concat(d.items[:i], d.items[i+1:]),
		func(it item) bool { return it.statement.Sid() == sid })
	switch {
	case sid == "":
		return fmt.Sprintf("Statement %d", i+1)
	case others:
		return fmt.Sprintf("Statement %d (%q)", i+1, sid)
	}
	return fmt.Sprintf("Statement %q", sid)
}

// hits returns for how many of c's requests the statement applies. If that is
// maybe, keys are the condition keys that decide it.
func (v *view) hits(c Caller, modern bool) (hit truth, keys []string) {
	reach := v.isFor(c)
	if reach == never {
		return never, nil
	}
	for _, want := range c.anything().wants() {
		for _, action := range want.Actions {
			for _, resource := range want.Resources {
				there, of := v.reaches(resource, modern)
				if there == never || !v.mayAct(action) {
					continue
				}
				one, on := v.conditionsHold(c.requestsFor(want), modern)
				if one = min(reach, there, one); one != never {
					hit, keys = max(hit, one), append(append(keys, of...), on...)
				}
			}
		}
	}
	if hit == always {
		return hit, nil
	}
	return hit, set(keys, asIs)
}

// conditionsHold reports whether all conditions hold. If maybe, keys decide it.
func (v *view) conditionsHold(rs requests, modern bool) (all truth, keys []string) {
	all = always
	for _, c := range v.conditions {
		switch one := c.holds(rs, modern); one {
		case never:
			return never, nil
		case maybe:
			all, keys = maybe, append(keys, c.key)
		}
	}
	return all, keys
}

// isFor reports whether the statement's principal is the caller. The answer is
// maybe without a principal, and for a principal that does not show its ARN.
func (v *view) isFor(c Caller) truth {
	arn := strings.SplitN(c.Principal, ":", 6)
	inAccount := func(p string) bool { return len(arn) == 6 && sameAccount(p) == arn[4] }
	names := func(p string) bool { return p == c.Principal || p == "*" || inAccount(p) }
	switch {
	case c.Principal == "" || v.who == nil && v.notWho == nil:
		return maybe
	case v.notWho != nil && c.Boundary:
		return always // IAM UG reference_policies_elements_notprincipal
	case v.notWho != nil:
		// NotPrincipal exempts a principal only if its account is listed too
		// (IAM UG reference_policies_elements_notprincipal).
		listed := v.notWho["AWS"]
		spared := slices.Contains(listed, "*") ||
			slices.Contains(listed, c.Principal) && slices.ContainsFunc(listed, inAccount)
		return truthOf(!spared)
	case v.forEverybody() || slices.ContainsFunc(v.who["AWS"], names):
		return always
	case v.who["CanonicalUser"] != nil ||
		slices.ContainsFunc(v.who["AWS"], func(p string) bool { return len(arn) == 6 && isSessionOf(p, arn) }):
		return maybe
	}
	return never
}

// isSessionOf reports whether p is a session of the role, given as the parts of
// its ARN.
func isSessionOf(p string, role []string) bool {
	f := strings.SplitN(p, ":", 6)
	name := role[5][strings.LastIndex(role[5], "/")+1:]
	return len(f) == 6 && f[2] == "sts" && f[4] == role[4] &&
		strings.HasPrefix(role[5], "role/") && strings.HasPrefix(f[5], "assumed-role/"+name+"/")
}

func (v *view) mayAct(action string) bool {
	if v.notActions != nil {
		return !slices.ContainsFunc(v.notActions, func(p string) bool { return actionCovers(p, action) })
	}
	return v.touches([]string{action})
}

// reaches reports whether the statement applies to resources that match the
// pattern. If maybe, keys are the variables that decide it.
func (v *view) reaches(resource string, modern bool) (there truth, keys []string) {
	if v.notResources != nil {
		there = always
		for _, p := range v.notResources {
			switch on := variables(p); {
			case modern && len(on) > 0: // a variable without a value makes the statement void
				there, keys = min(maybe, there), append(keys, on...)
			case covers(p, resource):
				return never, nil
			}
		}
		return there, keys
	}
	if v.resources == nil {
		return always, nil
	}
	for _, p := range v.resources {
		switch {
		case !Overlap(loosen(p), resource):
		case modern && len(variables(p)) > 0:
			there, keys = max(there, maybe), append(keys, variables(p)...)
		default:
			return always, nil
		}
	}
	return there, keys
}
