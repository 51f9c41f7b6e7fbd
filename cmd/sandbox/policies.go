package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"slices"
	"strings"
)

func (w *world) has(ctx context.Context, s step) error {
	bucket, text, _ := strings.Cut(s.rest, " ")
	return w.until(ctx, func() (bool, string) {
		policy := w.policyOf(bucket)
		return strings.Contains(policy, text) == s.wanted, policy
	})
}

func (w *world) policyOf(bucket string) string { return w.owner().Policy(bucket) }

func (w *world) policy(_ context.Context, s step) error {
	bucket, text, write := strings.Cut(s.rest, " ")
	if write {
		return w.owner().SetPolicy(bucket, text)
	}
	policy := w.policyOf(bucket)
	if policy == "" {
		policy = "no policy"
	}
	fmt.Fprintln(s.out, "  "+policy)
	return nil
}

// adopt makes the change that the bot requests from the external account's
// administrator.
func (w *world) adopt(_ context.Context, s step) error {
	for _, m := range slices.Backward(w.seenIn("#s3-admins")) {
		if _, rest, ok := strings.Cut(m.Text, "```"); ok {
			policy, _, _ := strings.Cut(rest, "```")
			w.partner().UserPolicy(s.rest, "s3share", html.UnescapeString(policy))
			return nil
		}
	}
	return errors.New("no message has a policy in it")
}

// remember saves a bucket's policy for `same`.
func (w *world) remember(_ context.Context, s step) error {
	_, bucket, _ := strings.Cut(s.rest, " ")
	w.policies[bucket] = w.policyOf(bucket)
	return nil
}

func (w *world) same(ctx context.Context, s step) error {
	_, bucket, _ := strings.Cut(s.rest, " ")
	return w.until(ctx, func() (bool, string) {
		policy := w.policyOf(bucket)
		return policy == w.policies[bucket], policy + "\nand was " + w.policies[bucket]
	})
}

// add adds a statement to a bucket's policy, as another administrator would.
func (w *world) add(_ context.Context, s step) error {
	f := strings.SplitN(s.rest, " ", 3)
	if len(f) != 3 || f[0] != "statement" {
		return fmt.Errorf("it is: add statement BUCKET {…}")
	}
	var doc map[string]any
	if text := w.policyOf(f[1]); text == "" {
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
	return w.owner().SetPolicy(f[1], string(text))
}
