package web

import (
	"encoding/json"
	"reflect"
	"strings"

	"s3share/internal/sim/awssim"
)

// An account is the current state of an AWS account.
type account struct {
	ID      string      `json:"id"`
	Name    string      `json:"name"`
	Buckets []bucket    `json:"buckets"`
	Users   []principal `json:"users"`
	Roles   []principal `json:"roles"`
	Groups  []groupSeen `json:"groups"`
}

type bucket struct {
	Name   string   `json:"name"`
	Keys   []string `json:"keys"`
	Policy string   `json:"policy"` // indented; "" for none
	Change *change  `json:"change,omitempty"`
}

// A change is the last change of a bucket's policy that the page saw.
type change struct {
	At     int64  `json:"at"`
	By     string `json:"by"` // bot or hand
	Before string `json:"before"`
	After  string `json:"after"`
	What   string `json:"what,omitempty"` // in the bot's words
}

type principal struct {
	Name     string        `json:"name"`
	ARN      string        `json:"arn"`
	UniqueID string        `json:"uniqueID"`
	Groups   []string      `json:"groups"`
	Policies []namedPolicy `json:"policies"`
}

type groupSeen struct {
	Name     string        `json:"name"`
	ARN      string        `json:"arn"`
	Members  []string      `json:"members"`
	Policies []namedPolicy `json:"policies"`
}

type namedPolicy struct {
	Name string `json:"name"`
	Text string `json:"text"`
}

// watched is the last seen state of a bucket's policy.
type watched struct {
	policy string
	change *change
}

func (p *page) lookAtAWS() (all []account) {
	for _, in := range p.w.AWS.Inventories() {
		managed := map[string]awssim.NamedPolicy{}
		for _, m := range in.Policies {
			managed[m.ARN] = m
		}
		a := account{ID: in.ID, Name: in.Name}
		for _, b := range in.Buckets {
			a.Buckets = append(a.Buckets,
				bucket{Name: b.Name, Keys: b.Keys, Policy: indent(b.Policy), Change: p.changeOf(b.Name, indent(b.Policy))})
		}
		for _, g := range in.Groups {
			a.Groups = append(a.Groups,
				groupSeen{Name: g.Name, ARN: g.ARN, Members: g.Members, Policies: texts(g.Inline, nil, nil)})
		}
		for _, u := range in.Users {
			a.Users = append(a.Users, principalOf(u, managed))
		}
		for _, r := range in.Roles {
			a.Roles = append(a.Roles, principalOf(r, managed))
		}
		all = append(all, a)
	}
	return all
}

func principalOf(in awssim.PrincipalInventory, managed map[string]awssim.NamedPolicy) principal {
	return principal{Name: in.Name, ARN: in.ARN, UniqueID: in.UniqueID, Groups: in.Groups,
		Policies: texts(in.Inline, in.Attached, managed)}
}

func texts(inline []awssim.NamedPolicy, attached []string, managed map[string]awssim.NamedPolicy) (list []namedPolicy) {
	for _, n := range inline {
		list = append(list, namedPolicy{n.Name, indent(n.Text)})
	}
	for _, arn := range attached {
		list = append(list, namedPolicy{arn, indent(managed[arn].Text)})
	}
	return list
}

// changeOf returns the last change of a bucket's policy, and detects a new one.
func (p *page) changeOf(name, policy string) *change {
	seen, before := p.policies[name]
	if !before {
		seen = &watched{policy: policy}
		p.policies[name] = seen
	}
	if seen.policy != policy {
		seen.change = &change{At: p.w.Clock.Now().UnixMilli(), By: whoChanged(seen.policy, policy), Before: seen.policy,
			After: policy}
		seen.policy = policy
	}
	if c := seen.change; c != nil && c.By == "bot" && c.What == "" { // the log entry may come after the snapshot
		c.What = p.log.lastWrite(name, c.At)
	}
	return seen.change
}

// whoChanged distinguishes the bot's changes from others. The bot changes only
// its own statements. A manual edit of only those statements is attributed to
// the bot.
func whoChanged(before, after string) string {
	if reflect.DeepEqual(theirs(before), theirs(after)) {
		return "bot"
	}
	return "hand"
}

// theirs are a policy's statements without the bot's.
func theirs(policy string) (list []map[string]any) {
	var doc struct{ Statement []map[string]any }
	if json.Unmarshal([]byte(policy), &doc) != nil {
		return nil
	}
	for _, st := range doc.Statement {
		if sid, _ := st["Sid"].(string); !strings.HasPrefix(sid, "S3Share") {
			list = append(list, st)
		}
	}
	return list
}
