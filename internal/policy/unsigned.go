package policy

import (
	"fmt"
	"slices"
	"strings"
)

// delegatesByDenial describes the principals that v delegates to because of
// another statement; otherwise "". If v allows everyone and a Deny stops unsigned
// requests there, only signed requests remain, and each account decides which of
// its own principals send them.
func (d Document) delegatesByDenial(v *view, h Holders, itself string, actions []string) string {
	modern := d.isModern()
	if v.effect != "Allow" || !v.forEverybody() ||
		slices.ContainsFunc(v.conditions, func(c condition) bool { return c.excludes(h, modern) }) {
		return ""
	}
	closing := 0
	for i, s := range d.Statements() {
		w := s.look()
		switch {
		case w.effect != "Deny":
		case w.stopsAll(v, h, itself, actions, modern):
			return ""
		case closing == 0 && w.stopsUnsigned(modern) && v.meets(w, itself, actions):
			closing = i + 1
		}
	}
	if closing == 0 {
		return ""
	}
	return fmt.Sprintf("every account, %s among them (statement %d denies it to unsigned requests)", h.Name, closing)
}

// stopsUnsigned reports whether the Deny v may apply to unsigned requests, and
// depends on a property that only signed requests have.
func (v *view) stopsUnsigned(modern bool) bool {
	signed := v.signedKeys(modern)
	if !v.forEverybody() || v.notWho == nil && len(signed) == 0 || slices.Contains(v.notWho["AWS"], "*") {
		return false
	}
	rs := direct()
	for _, key := range append(signed, "aws:PrincipalIsAWSService") {
		rs[strings.ToLower(key)] = absent
	}
	// IAM UG reference_policies_variables: an unsigned request may show these.
	rs["aws:userid"] = known{values: []string{"anonymous"}, optional: true}
	rs["aws:principaltype"] = known{values: []string{"Anonymous"}, optional: true}
	hit, _ := v.conditionsHold(rs, modern)
	return hit != never
}

// stopsAll reports whether the Deny v stops each request of holders that the
// statement may allow.
func (v *view) stopsAll(may *view, h Holders, itself string, actions []string, modern bool) bool {
	ofAccount := func(p string) bool {
		f := strings.SplitN(p, ":", 6)
		return p == "*" || sameAccount(p) == h.Account || len(f) == 6 && f[4] == h.Account
	}
	if hit, _ := v.conditionsHold(h.requests(), modern); hit != always || !v.forEverybody() ||
		slices.ContainsFunc(v.notWho["AWS"], ofAccount) {
		return false
	}
	if v.notActions != nil || v.notResources != nil {
		return false // it may, and a blocker is the safe answer
	}
	for _, resource := range []string{itself, itself + "/*"} {
		covered := v.resources == nil || slices.ContainsFunc(v.resources, func(p string) bool { return covers(p, resource) })
		if there, _ := may.reaches(resource, modern); there != never && !covered {
			return false
		}
	}
	allowed := may.actions
	if allowed == nil {
		allowed = actions
	}
	return !slices.ContainsFunc(allowed, func(a string) bool {
		return !slices.ContainsFunc(v.actions, func(p string) bool { return actionCovers(p, a) })
	})
}

// meets reports whether v and w may both apply to one of the actions, in the
// bucket or on the bucket itself.
func (v *view) meets(w *view, itself string, actions []string) bool {
	for _, resource := range []string{itself, itself + "/*"} {
		onBucket := resource == itself
		takes := func(a string) bool {
			objects, bucket := AppliesTo(a)
			return objects == bucket || bucket == onBucket
		}
		hit := func(a string) bool { return takes(a) && v.acts(w, a, takes) }
		if v.meetsOn(w, resource) && slices.ContainsFunc(actions, hit) {
			return true
		}
	}
	return false
}

// meetsOn reports whether v and w may both apply to a resource that matches the
// pattern.
func (v *view) meetsOn(w *view, resource string) bool {
	own := v.resources
	if own == nil {
		own = []string{resource}
	}
	return slices.ContainsFunc(own, func(p string) bool {
		there, _ := w.reaches(loosen(p), true)
		mine, _ := v.reaches(resource, true)
		return Overlap(loosen(p), resource) && mine != never && there != never
	})
}

// acts reports whether v and w may both apply to an action that matches the
// pattern a and is taken.
func (v *view) acts(w *view, a string, takes func(string) bool) bool {
	own, others := v.actions, w.actions
	if own == nil {
		own = []string{a}
	}
	if others == nil {
		others = own
	}
	return slices.ContainsFunc(own, func(p string) bool {
		return takes(p) && actionsOverlap(p, a) && v.mayAct(p) && slices.ContainsFunc(others, func(q string) bool {
			return takes(q) && actionsOverlap(p, q) && actionsOverlap(q, a) && w.mayAct(q)
		})
	})
}
