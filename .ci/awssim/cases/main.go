// Command cases writes access decisions of awssim, one JSON object per line, for
// comparison with another evaluator. A seed determines the cases, so a
// difference can be reproduced.
//
//	go run ./.ci/awssim/cases -n 10000 -seed 1
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"time"

	"s3share/.ci/draw"
	"s3share/internal/sim/awssim"
)

const (
	ownerID   = "222222222222"
	granteeID = "111111111111"
	otherID   = "333333333333"
	orgID     = "o-abcdefghij"
	bucket    = "shared"
	bucketARN = "arn:aws:s3:::" + bucket
)

var now = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// A caseLine has the input for the other evaluator, and awssim's decision.
type caseLine struct {
	N         int             `json:"n"`
	Principal string          `json:"principal"` // the request's principal; the session's ARN for a role
	Account   string          `json:"account"`   // the principal's account
	Action    string          `json:"action"`
	Resource  string          `json:"resource"`
	Owner     string          `json:"owner"` // the bucket's account
	Context   map[string]any  `json:"context"`
	Identity  []namedPolicy   `json:"identity"`
	Bucket    json.RawMessage `json:"bucketPolicy,omitempty"`
	Allowed   bool            `json:"allowed"`
	Explicit  bool            `json:"explicit"` // denied by an explicit deny
	Why       string          `json:"why"`
}

type namedPolicy struct {
	Name   string          `json:"name"`
	Policy json.RawMessage `json:"policy"`
}

func main() {
	n := flag.Int("n", 10000, "the number of cases")
	seed := flag.Uint64("seed", 1, "the seed of the cases")
	flag.Parse()
	out := draw.NewLines(os.Stdout)
	defer out.Flush()
	refused := 0
	for i := 0; i < *n; {
		g := &generator{draw.New(*seed, uint64(i+refused))}
		c, err := g.draw()
		if err != nil { // S3 would refuse this policy
			refused++
			if refused > 2**n {
				fmt.Fprintln(os.Stderr, "awssim refuses most of the policies, the last with:", err)
				os.Exit(1)
			}
			continue
		}
		i++
		c.N = i
		out.Write(c)
	}
	fmt.Fprintf(os.Stderr, "%d cases from seed %d; %d more were not asked, because S3 would refuse the bucket policy\n",
		*n, *seed, refused)
}

// draw creates a world, asks it one question, and returns question and answer.
func (g *generator) draw() (*caseLine, error) {
	w := awssim.New(awssim.Config{Now: func() time.Time { return now }, OrgID: orgID})
	accounts := map[string]*awssim.Account{}
	for _, id := range []string{ownerID, granteeID, otherID} {
		accounts[id] = w.Account(id, id)
		for _, name := range users {
			accounts[id].User(name)
		}
		for _, name := range roles {
			accounts[id].Role(name, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow",`+
				`"Principal":{"AWS":"`+id+`"},"Action":"sts:AssumeRole"}]}`)
		}
	}
	accounts[ownerID].Bucket(bucket, awssim.BucketOptions{AllowPublic: true})

	who := g.caller()
	c := &caseLine{Owner: ownerID, Account: who.account, Principal: who.session()}
	c.Context = who.context(accounts[who.account])
	key := g.request(c)
	keys := map[string][]string{}
	for k, v := range g.requestKeys(c.Action) {
		c.Context[k] = v
		switch v := v.(type) {
		case string:
			keys[k] = []string{v}
		case []string:
			keys[k] = v
		}
	}
	if c.Action == "s3:ListBucket" && g.Chance(70) {
		key = g.Pick(prefixes)
		if key != "" {
			c.Context["s3:prefix"] = key
		}
	}
	if g.Chance(90) {
		text := g.policy(c, who, true)
		if err := accounts[ownerID].SetPolicy(bucket, text); err != nil {
			return nil, err
		}
		// The policy as written. The stored form has unique ids, which the
		// other evaluator does not know.
		c.Bucket = json.RawMessage(text)
	}
	c.Identity = g.identity(c, who, accounts[who.account])
	d := w.CanWith(who.arn(), c.Action, bucket, key, keys)
	c.Allowed, c.Why = d.Allowed, d.Why
	c.Explicit = len(d.Why) > 7 && d.Why[:7] == "Denied:"
	return c, nil
}

// identity gives the caller policies of each kind.
func (g *generator) identity(c *caseLine, who caller, a *awssim.Account) (list []namedPolicy) {
	if who.kind == "root" {
		return []namedPolicy{{"root",
			json.RawMessage(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`)}}
	}
	add := func(name string, give func(text string)) {
		text := g.policy(c, who, false)
		give(text)
		list = append(list, namedPolicy{name, json.RawMessage(text)})
	}
	var inline []string
	if g.Chance(60) {
		add("inline", func(text string) {
			if who.kind == "role" {
				inline = append(inline, text)
			} else {
				a.UserPolicy(who.name, "inline", text)
			}
		})
	}
	if who.kind == "role" && len(inline) > 0 {
		a.Role(who.name, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow",`+
			`"Principal":{"AWS":"`+a.ID()+`"},"Action":"sts:AssumeRole"}]}`, inline...)
	}
	if g.Chance(40) {
		add("managed", func(text string) {
			arn := a.ManagedPolicy("/", "managed", text)
			if who.kind == "role" {
				a.AttachToRole(who.name, arn)
			} else {
				a.AttachToUser(who.name, arn)
			}
		})
	}
	if who.kind == "user" && g.Chance(50) {
		add("group", func(text string) {
			a.Group("/s3share/", "s3share", text)
			a.Join(who.name, "s3share")
		})
	}
	return list
}
