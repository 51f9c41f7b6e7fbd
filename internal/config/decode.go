package config

import (
	"slices"

	"s3share/internal/grant"
)

const userList, groupList = "[U0RITA]", "[S0PLATFORM]"

// decodeMain reads the main config file.
func decodeMain(root node, p *problems) file {
	t := p.table(root, "the config")
	f := file{include: t.text("include")}
	f.decodeSlack(t)
	f.approvers = t.people("approvers")
	f.auditors = t.people("auditors")
	f.responders = t.people("responders")
	f.decodeShared(t)
	f.requestTTL = t.term("request_ttl")
	f.warnBefore = t.terms("warn_before")
	f.maxPending = t.number("max_pending")
	f.sweepEvery = t.pause("sweep_every")
	f.decodeStore(t)
	f.audit = t.text("audit")
	f.listen = t.blank("listen")
	t.close(nil)
	return f
}

// mainOnly are the keys that are allowed in the main file only.
var mainOnly = []string{"include", "slack", "approvers", "auditors", "responders", "request_ttl", "warn_before",
	"max_pending", "sweep_every", "store", "audit", "listen"}

// decodeIncluded adds the contents of an included file.
func (f *file) decodeIncluded(root node, main *source, p *problems) {
	t := p.table(root, "an included file")
	f.decodeShared(t)
	elsewhere := map[string]string{}
	for _, key := range mainOnly {
		elsewhere[key] = key + " cannot stand in an included file: move it to " + main.name
	}
	t.close(elsewhere)
}

// decodeShared reads the keys that every file may have.
func (f *file) decodeShared(t *table) {
	for _, of := range t.tables("accounts", `[{ name: build, id: "111111111111" }]`, "an account") {
		f.accounts = append(f.accounts, decodeAccount(of))
	}
	for _, of := range t.tables("people", `[{ principal: "arn:…", users: [U0RITA] }]`, "an entry of people") {
		f.people = append(f.people, standing{mark: of.n.mark, principal: of.text("principal"),
			users: of.texts("users", userList)})
		of.close(nil)
	}
	for _, of := range t.tables("rules", "[{ bucket: my-bucket-*, account: nonprod }]", "a rule") {
		f.rules = append(f.rules, decodeRule(of))
	}
	if n, ok := t.get("levels"); ok {
		for _, e := range t.p.table(n, "levels").n.entries {
			of := t.p.table(e.value, "the level "+clip(e.key))
			if of.n.kind != mapKind {
				continue
			}
			f.levels = append(f.levels, level{mark: e.mark, name: e.key,
				object: of.texts("object", `["s3:GetObject"]`), bucket: of.texts("bucket", `["s3:ListBucket"]`)})
			of.close(nil)
		}
	}
}

func decodeAccount(t *table) account {
	a := account{mark: t.n.mark, name: t.text("name"), id: t.text("id"), region: t.text("region"),
		role: t.text("role"), externalID: t.text("external_id"), identity: t.text("identity")}
	t.close(nil)
	return a
}

func decodeRule(t *table) rule {
	r := rule{
		mark:     t.n.mark,
		bucket:   t.text("bucket"),
		account:  t.text("account"),
		region:   t.text("region"),
		prefixes: t.texts("prefixes", "[builds/*]"),
		levels:   t.texts("levels", "[read, write]"),
		maxTerm:  t.term("max_term"),
	}
	r.decodeApprovals(t)
	r.channel = t.text("channel")
	r.ownPrincipals = t.flag("own_principals")
	r.drift = t.text("drift")
	r.principals = t.texts("principals", `["arn:aws:iam::111111111111:user/*"]`)
	r.requesters = t.people("requesters")
	r.approvers = t.people("approvers")
	r.notify = t.people("notify")
	r.remindAfter = t.term("remind_after")
	r.escalateAfter = t.term("escalate_after")
	r.escalate = t.people("escalate")
	r.reasonPattern = t.text("reason_pattern")
	r.maxTotal = t.term("max_total")
	r.freeExtension = t.term("free_extension")
	r.decodeUnattended(t)
	t.close(nil)
	return r
}

func (r *rule) decodeUnattended(t *table) {
	for _, of := range t.tables("auto_approve", `[{ levels: [read], max_term: 2h, groups: [S0BUILD] }]`,
		"an auto_approve") {
		u := unattended{mark: of.n.mark, levels: of.texts("levels", "[read]"), weekTotal: of.term("week_total")}
		u.decode(of)
		r.auto = append(r.auto, u)
	}
	if n, ok := t.get("break_glass"); ok {
		of := t.p.table(n, "break_glass")
		r.breakGlass = &unattended{mark: n.mark}
		r.breakGlass.decode(of)
	}
	if n, ok := t.get("lapse_hours"); ok {
		of := t.p.table(n, "lapse_hours")
		r.hours = &hours{mark: n.mark, days: of.texts("days", "[mon, tue]"), from: of.text("from"), to: of.text("to"),
			zone: of.text("zone")}
		of.close(nil)
	}
}

func (u *unattended) decode(of *table) {
	u.people = people{mark: of.n.mark, users: of.texts("users", "[U0RITA]"), groups: of.texts("groups", "[S0BUILD]")}
	u.maxTerm, u.perDay = of.term("max_term"), of.number("per_day")
	of.close(nil)
}

// decodeApprovals reads one number, or numbers by level.
func (r *rule) decodeApprovals(t *table) {
	n, ok := t.get("approvals")
	switch {
	case !ok:
		r.approvals = absent[int](n)
	case n.kind != mapKind:
		r.approvals = t.p.number(n, "approvals")
	default:
		for _, e := range n.entries {
			r.levelApprovals = append(r.levelApprovals,
				levelApproval{e.mark, e.key, t.p.number(e.value, "approvals for "+clip(e.key))})
		}
	}
}

func (f *file) decodeSlack(t *table) {
	n, ok := t.get("slack")
	f.slack.adminChannel = absent[string](n)
	if !ok {
		return
	}
	of := t.p.table(n, "slack")
	if n.kind != mapKind {
		f.slack.adminChannel = bad[string](n)
		return
	}
	f.slack.adminChannel = of.text("admin_channel")
	f.slack.teams = of.texts("teams", "[T0TEAM]")
	of.close(nil)
}

func (f *file) decodeStore(t *table) {
	n, ok := t.get("store")
	f.store.mark = n.mark
	if !ok {
		return
	}
	of := t.p.table(n, "store")
	f.store.bbolt = of.text("bbolt")
	f.store.postgres = of.flag("postgres")
	of.close(nil)
}

// blank reads a text that may be empty: either "" or no value.
func (t *table) blank(key string) found[string] {
	i := slices.IndexFunc(t.n.entries, func(e entry) bool { return e.key == key })
	if i >= 0 && t.n.entries[i].value.kind == nullKind {
		t.asked = append(t.asked, key)
		return found[string]{mark: t.n.entries[i].mark, ok: true}
	}
	if i >= 0 && t.n.entries[i].value.kind == numberKind { // kept as written: 9090 is a port and no address
		t.asked = append(t.asked, key)
		return good(t.n.entries[i].value, t.n.entries[i].value.text)
	}
	return t.text(key)
}

func (t *table) people(key string) people {
	n, ok := t.get(key)
	if !ok {
		return people{mark: n.mark, users: absent[[]found[string]](n), groups: absent[[]found[string]](n)}
	}
	of := t.p.table(n, key)
	if n.kind != mapKind {
		return people{mark: n.mark, users: bad[[]found[string]](n), groups: bad[[]found[string]](n)}
	}
	p := people{mark: n.mark, users: of.texts("users", userList), groups: of.texts("groups", groupList)}
	of.close(nil)
	return p
}

func (t *table) terms(key string) found[[]found[grant.Term]] {
	nodes := t.list(key, "[2h, 15m]")
	list := found[[]found[grant.Term]]{mark: nodes.mark, ok: nodes.ok, bad: nodes.bad}
	for _, n := range nodes.v {
		if item := t.p.term(n, key); item.ok {
			list.v = append(list.v, item)
		}
	}
	return list
}
