// Package deploy contains the CloudFormation templates for the accounts that the
// bot uses, and evaluates them as CloudFormation does.
//
// It knows nothing of the bot. Its tests check that the templates allow exactly
// the bot's calls. The sandbox creates its accounts from the templates, and so
// checks that these permissions suffice.
//
// deploy.go has the templates and their resources; resolve.go replaces
// references and conditions.
package deploy

import (
	"embed"
	"encoding/json"
	"fmt"

	"github.com/goccy/go-yaml/ast"
)

//go:embed owner-account.yml grantee-account.yml
var templates embed.FS

// Parameters are the parameters of a deployment. A list is joined by commas.
// AWS::AccountId, AWS::Partition and AWS::URLSuffix are parameters too.
type Parameters map[string]string

// A Template is one of the two templates, with its references resolved.
type Template struct {
	Parameters map[string]Parameter
	Resources  map[string]Resource
}

// A Parameter is a parameter's declaration in the template.
type Parameter struct{ Type, Default, Description, AllowedPattern string }

// A Resource is a resource that the template creates.
type Resource struct {
	Type       string
	Properties map[string]any
}

// Owner returns the template of an account that owns buckets.
func Owner(p Parameters) (Template, error) { return read("owner-account.yml", p) }

// Grantee returns the template of an account whose users and roles receive
// access.
func Grantee(p Parameters) (Template, error) { return read("grantee-account.yml", p) }

// Document returns a policy document of a resource as JSON: a role's trust
// policy, a managed policy, or a role's inline policy.
func (r Resource) Document() (string, error) {
	document := r.Properties["PolicyDocument"]
	if inline, ok := r.Properties["Policies"].([]any); ok && len(inline) == 1 {
		document = inline[0].(map[string]any)["PolicyDocument"]
	}
	return encode(r, document)
}

// Trust returns the trust policy of a role as JSON.
func (r Resource) Trust() (string, error) {
	return encode(r, r.Properties["AssumeRolePolicyDocument"])
}

func encode(r Resource, document any) (string, error) {
	if document == nil {
		return "", fmt.Errorf("the %s has no such policy", r.Type)
	}
	text, err := json.Marshal(document)
	return string(text), err
}

func read(name string, p Parameters) (Template, error) {
	text, err := templates.ReadFile(name)
	if err != nil {
		return Template{}, err
	}
	t, err := resolve(text, p)
	if err != nil {
		return Template{}, fmt.Errorf("reading %s: %w", name, err)
	}
	return t, nil
}

func resolve(text []byte, given Parameters) (t Template, err error) {
	body, err := parse(text)
	if err != nil {
		return t, err
	}
	declared := section(body, "Parameters")
	if err := into(&t.Parameters, declared, noTags{}); err != nil {
		return t, err
	}
	r := resolver{given: given, declared: t.Parameters, conditions: conditions(section(body, "Conditions"))}
	return t, into(&t.Resources, section(body, "Resources"), r)
}

// into decodes a part of a template into target, as if it were JSON.
func into(target any, n ast.Node, tag tagger) error {
	value, err := plain(n, tag)
	if err != nil {
		return err
	}
	text, err := json.Marshal(value)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, target)
}
