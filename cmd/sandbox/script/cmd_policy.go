package script

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"slices"
	"strings"
)

func (a accounts) has(ctx context.Context, line step) error {
	bucket, text, _ := strings.Cut(line.rest, " ")
	return until(ctx, func() (bool, string) {
		policy := a.w.Owner().Policy(bucket)
		return strings.Contains(policy, text) == line.wanted, policy
	})
}

func (a accounts) policy(_ context.Context, line step) error {
	bucket, text, write := strings.Cut(line.rest, " ")
	if write {
		text, err := a.withStatements(bucket, text)
		if err != nil {
			return err
		}
		return a.w.SetPolicy(bucket, text)
	}
	policy := a.w.Owner().Policy(bucket)
	if policy == "" {
		policy = "no policy"
	}
	fmt.Fprintln(line.out, "  "+policy)
	return nil
}

// withStatements returns a policy to write by hand: `nothing` is none, and a Sid
// in the place of a statement is the statement that now has it.
func (a accounts) withStatements(bucket, text string) (string, error) {
	if text == "nothing" {
		return "", nil
	}
	var doc map[string]any
	if json.Unmarshal([]byte(text), &doc) != nil {
		return text, nil // AWS refuses it in its own words
	}
	list, _ := doc["Statement"].([]any)
	if !slices.ContainsFunc(list, func(one any) bool { _, short := one.(string); return short }) {
		return text, nil
	}
	for i, one := range list {
		sid, short := one.(string)
		if !short {
			continue
		}
		if list[i] = statement(a.w.Owner().Policy(bucket), sid); list[i] == nil {
			return "", fmt.Errorf("the policy of %s has no statement %s", bucket, sid)
		}
	}
	b, err := json.Marshal(doc)
	return string(b), err
}

// statement returns the statement of a policy with a Sid, or nil.
func statement(policy, sid string) any {
	var doc struct{ Statement []map[string]any }
	json.Unmarshal([]byte(policy), &doc) //nolint:errcheck // a policy that is no JSON has no statements
	for _, s := range doc.Statement {
		if s["Sid"] == sid {
			return s
		}
	}
	return nil
}

// adopt makes the change that the bot requests from the external account's
// administrator.
func (a accounts) adopt(_ context.Context, line step) error {
	for _, m := range slices.Backward(a.screen.messages("#s3-admins")) {
		if _, rest, ok := strings.Cut(m.Text, "```"); ok {
			policy, _, _ := strings.Cut(rest, "```")
			a.w.Partner().UserPolicy(line.rest, "s3share", html.UnescapeString(policy))
			return nil
		}
	}
	return errors.New("no message has a policy in it")
}

// fill writes a policy that is almost as long as AWS accepts.
func (a accounts) fill(_ context.Context, line step) error {
	var all []string
	for n := range 170 {
		all = append(all, fmt.Sprintf(
			`{"Effect":"Deny","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::%s/%03d/*"}`, line.rest, n))
	}
	return a.w.SetPolicy(line.rest, `{"Version":"2012-10-17","Statement":[`+strings.Join(all, ",")+`]}`)
}

// remember saves a bucket's policy for `same`.
func (a accounts) remember(_ context.Context, line step) error {
	_, bucket, _ := strings.Cut(line.rest, " ")
	a.saved[bucket] = a.w.Owner().Policy(bucket)
	return nil
}

func (a accounts) same(ctx context.Context, line step) error {
	_, bucket, _ := strings.Cut(line.rest, " ")
	return until(ctx, func() (bool, string) {
		policy := a.w.Owner().Policy(bucket)
		return policy == a.saved[bucket], policy + "\nand was " + a.saved[bucket]
	})
}

// add adds a statement to a bucket's policy, as another administrator would.
func (a accounts) add(_ context.Context, line step) error {
	f := strings.SplitN(line.rest, " ", 3)
	if len(f) != 3 || f[0] != "statement" {
		return errors.New("usage: add statement BUCKET {…}")
	}
	var doc map[string]any
	if text := a.w.Owner().Policy(f[1]); text == "" {
		doc = map[string]any{"Version": "2012-10-17"}
	} else if err := json.Unmarshal([]byte(text), &doc); err != nil {
		return err
	}
	list, several := doc["Statement"].([]any)
	if one := doc["Statement"]; one != nil && !several {
		list = []any{one}
	}
	doc["Statement"] = append(list, json.RawMessage(f[2]))
	text, err := json.Marshal(doc)
	if err != nil {
		return err
	}
	return a.w.SetPolicy(f[1], string(text))
}
