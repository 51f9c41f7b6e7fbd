// Command cases writes internal/policy's answers on other people's bucket
// policies, one JSON object per line, with requests that let another evaluator
// check them. The policies are drawn from a seed, or have the shape of public
// templates. A difference can therefore be reproduced.
//
//	go run ./.ci/policy/cases -n 800 -seed 1
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"slices"
	"time"

	"s3share/.ci/draw"
	"s3share/internal/policy"
)

const (
	ownerID   = "222222222222"
	granteeID = "111111111111"
	otherID   = "333333333333"
	bucket    = "shared"
	bucketARN = "arn:aws:s3:::" + bucket
	grantee   = "arn:aws:iam::" + granteeID + ":user/test.user"
	other     = "arn:aws:iam::" + granteeID + ":user/ci/ben"
	bot       = "arn:aws:iam::" + ownerID + ":role/s3share"
)

// contexts is the number of contexts for each request about a denial.
const contexts = 6

var now = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// A request is one question to the other evaluator. Unsigned, if set, asks the
// same request again without a signature.
type request struct {
	Principal string         `json:"principal"` // "" for an unsigned request
	Action    string         `json:"action"`
	Resource  string         `json:"resource"`
	Context   map[string]any `json:"context"`
	Unsigned  map[string]any `json:"unsigned,omitempty"` // the context of the same request without a signature
}

// A denial is policy's answer on one Deny statement and one caller.
type denial struct {
	Statement json.RawMessage `json:"statement"`
	Told      bool            `json:"told"`
	Certain   bool            `json:"certain"`
	Requests  []request       `json:"requests"` // each in several contexts, one after the other
	Contexts  int             `json:"contexts"` // number of contexts
}

// A caseLine is one policy with the answers of package policy.
type caseLine struct {
	N        int             `json:"n"`
	Shape    string          `json:"shape,omitempty"`
	Version  string          `json:"version"`
	Allows   json.RawMessage `json:"allows"` // the Allow statements
	Public   bool            `json:"public"`
	Delegate bool            `json:"delegates"` // the group's policy alone would give access
	Whole    json.RawMessage `json:"whole"`     // all statements
	Closed   bool            `json:"closed"`    // the same as Delegate, with the Deny statements too
	Named    bool            `json:"named"`     // the grantee already has access by name
	Members  []request       `json:"members"`   // requests of the grantee, and of a member that no statement names
	Denials  []denial        `json:"denials,omitempty"`
	Writes   []denial        `json:"writes,omitempty"` // about the bot's own writes
}

func main() {
	n := flag.Int("n", 800, "the number of drawn policies")
	seed := flag.Uint64("seed", 1, "the seed of the policies")
	flag.Parse()
	out := draw.NewLines(os.Stdout)
	defer out.Flush()
	for i, s := range shapes {
		g := &generator{Source: draw.New(*seed, uint64(i))}
		c := g.judge(s.version(), s.statements)
		c.N, c.Shape = i+1, s.name
		out.Write(c)
	}
	for i := range *n {
		g := &generator{Source: draw.New(*seed, uint64(1000+i))}
		version := "2012-10-17"
		if g.Chance(5) {
			version, g.old = "2008-10-17", true
		}
		c := g.judge(version, g.statements())
		c.N = len(shapes) + i + 1
		out.Write(c)
	}
	fmt.Fprintf(os.Stderr, "%d drawn policies from seed %d, and %d shapes\n", *n, *seed, len(shapes))
}

func document(version string, statements []statement) policy.Document {
	doc, err := policy.Parse(draw.JSON(map[string]any{"Version": version, "Statement": statements}))
	if err != nil {
		panic(err)
	}
	return doc
}

// judge gets the answers of package policy, and draws the requests.
func (g *generator) judge(version string, all []statement) caseLine {
	var allows, denies []statement
	for _, s := range all {
		if s["Effect"] == "Allow" {
			allows = append(allows, s)
		} else {
			denies = append(denies, s)
		}
	}
	c := caseLine{Version: version, Allows: draw.JSON(append([]statement{}, allows...))}
	doc := document(version, append([]statement{}, allows...))
	holders := policy.Holders{Account: granteeID, Name: "build", Principal: grantee, Owner: ownerID}
	delegates := func(doc policy.Document) bool {
		return slices.ContainsFunc(doc.Delegations(bucket, holders, []string{"s3:GetObject", "s3:PutObject", "s3:ListBucket"}),
			func(f policy.Finding) bool { return f.Blocks })
	}
	c.Whole = draw.JSON(append([]statement{}, all...))
	c.Delegate, c.Closed = delegates(doc), delegates(document(version, append([]statement{}, all...)))
	c.Named = len(doc.AlreadyNames(holders)) > 0
	for _, f := range doc.Obstacles(policy.Caller{Access: policy.Access{Principal: grantee}}) {
		c.Public = c.Public || f.Kind == policy.Public
	}
	c.Members = g.members(allows)
	for _, s := range denies {
		c.Denials = append(c.Denials, g.denial(version, s))
		c.Writes = append(c.Writes, g.ownWrites(version, s)...)
	}
	return c
}

// denial asks about one Deny statement and a grant that reads builds/.
func (g *generator) denial(version string, s statement) denial {
	ask := policy.Access{Principal: grantee, Bucket: bucket, Prefix: "builds", Object: []string{"s3:GetObject"},
		BucketActions: []string{"s3:ListBucket"}}
	found := document(version, []statement{s}).Obstacles(
		policy.Caller{Access: ask, UniqueID: uniqueID(grantee), Owner: ownerID, Now: now})
	d := denial{Statement: draw.JSON(s), Told: len(found) > 0, Contexts: contexts}
	if d.Told {
		d.Certain = found[0].Certain
	}
	for _, r := range []request{
		{Action: "s3:GetObject", Resource: bucketARN + "/builds/a.txt"},
		{Action: "s3:GetObject", Resource: bucketARN + "/builds/secret/k.txt"},
		{Action: "s3:GetObject", Resource: g.filled(
			bucketARN+"/builds/${aws:username}/x", map[string]any{"aws:username": "test.user"})},
		{Action: "s3:ListBucket", Resource: bucketARN},
	} {
		r.Principal = grantee
		for range d.Contexts {
			d.Requests = append(d.Requests, g.within(r, []statement{s}, true))
		}
	}
	return d
}

// ownWrites asks about one Deny and the bot's write and deletion of the policy.
func (g *generator) ownWrites(version string, s statement) (all []denial) {
	found := document(version, []statement{s}).WriteDenials(
		policy.Caller{Access: policy.Access{Principal: bot, Bucket: bucket}, Owner: ownerID, Now: now})
	d := denial{Statement: draw.JSON(s), Told: len(found) > 0, Contexts: contexts}
	if d.Told {
		d.Certain = found[0].Certain
	}
	for _, action := range []string{"s3:PutBucketPolicy", "s3:DeleteBucketPolicy"} {
		for range d.Contexts {
			d.Requests = append(d.Requests,
				g.within(request{Principal: bot, Action: action, Resource: bucketARN}, []statement{s}, true))
		}
	}
	return append(all, d)
}
