package policy

import (
	"errors"
	"fmt"
	"slices"
)

// A view holds the elements of a statement, read once. A nil list is an absent
// element; an empty list was present.
type view struct {
	sid, effect             string
	who, notWho             principals
	actions, notActions     []string
	resources, notResources []string
	conditions              []condition
	unknown                 []string // members that policies do not have, as "name: text"
	err                     error
}

// principals are the values of Principal by their type: AWS, Service,
// Federated, CanonicalUser.
type principals map[string][]string

// A condition is one key under one operator, both as written.
type condition struct {
	operator, key string
	values        []string
}

var elementNames = []string{"Sid", "Effect", "Principal", "NotPrincipal",
	"Action", "NotAction", "Resource", "NotResource", "Condition"}

var principalTypes = []string{"AWS", "Service", "Federated", "CanonicalUser"}

// readView reads a statement. If any part is ambiguous, the view holds only an
// error.
func readView(raw string) *view {
	v := &view{}
	all, err := uniqueMembers(raw, 0)
	for _, m := range all {
		if err = v.read(m.name, m.value.of(raw)); err != nil {
			break
		}
	}
	if err == nil {
		err = v.check()
	}
	if err != nil {
		return &view{err: err}
	}
	return v
}

func (v *view) read(name, text string) (err error) {
	switch name {
	case "Sid":
		v.sid, err = readString(name, text)
	case "Effect":
		v.effect, err = readString(name, text)
	case "Principal":
		v.who, err = readPrincipals(name, text)
	case "NotPrincipal":
		v.notWho, err = readPrincipals(name, text)
	case "Action":
		v.actions, err = readStrings(name, text)
	case "NotAction":
		v.notActions, err = readStrings(name, text)
	case "Resource":
		v.resources, err = readStrings(name, text)
	case "NotResource":
		v.notResources, err = readStrings(name, text)
	case "Condition":
		v.conditions, err = readConditions(text)
	default:
		if slices.ContainsFunc(elementNames, func(known string) bool { return fold(known) == fold(name) }) {
			return fmt.Errorf("it has %q for an element that is spelled otherwise", name)
		}
		v.unknown = append(v.unknown, fmt.Sprintf("%q: %s", name, compact(text)))
	}
	return err
}

func (v *view) check() error {
	switch {
	case v.who != nil && v.notWho != nil:
		return errors.New("it has both Principal and NotPrincipal")
	case v.actions != nil && v.notActions != nil:
		return errors.New("it has both Action and NotAction")
	case v.resources != nil && v.notResources != nil:
		return errors.New("it has both Resource and NotResource")
	}
	return nil
}

// uniqueMembers returns the members of the object at text[i], and an error if
// two share a name. The caller ensures that an object is there.
func uniqueMembers(text string, i int) ([]member, error) {
	all := members(text, i)
	if name, found := repeated(all); found {
		return nil, fmt.Errorf("it has more than one %q", name)
	}
	return all, nil
}

func readString(name, text string) (string, error) {
	if text[0] != '"' {
		return "", fmt.Errorf("its %s is not text", name)
	}
	return unquote(text), nil
}

// readStrings reads one string or a list of them.
func readStrings(name, text string) ([]string, error) {
	if text[0] != '[' {
		s, err := readString(name, text)
		return []string{s}, err
	}
	found, _ := elements(text, 0)
	all := make([]string, len(found))
	for i, at := range found {
		s, err := readString(name, at.of(text))
		if err != nil {
			return nil, err
		}
		all[i] = s
	}
	return all, nil
}

func readPrincipals(name, text string) (principals, error) {
	if text[0] == '"' {
		if s := unquote(text); s != "*" {
			return nil, fmt.Errorf("its %s is the text %q", name, s)
		}
		return principals{"AWS": {"*"}}, nil
	}
	if text[0] != '{' {
		return nil, fmt.Errorf("its %s is neither an object nor \"*\"", name)
	}
	all, err := uniqueMembers(text, 0)
	if err != nil {
		return nil, err
	}
	who := principals{}
	for _, m := range all {
		misspelt := func(known string) bool { return known != m.name && fold(known) == fold(m.name) }
		if slices.ContainsFunc(principalTypes, misspelt) {
			return nil, fmt.Errorf("its %s has %q for a type that is spelled otherwise", name, m.name)
		}
		if who[m.name], err = readStrings(name, m.value.of(text)); err != nil {
			return nil, err
		}
	}
	return who, nil
}

func readConditions(text string) (all []condition, err error) {
	if text[0] != '{' {
		return nil, errors.New("its Condition is not an object")
	}
	operators, err := uniqueMembers(text, 0)
	for _, op := range operators {
		if text[op.value.from] != '{' {
			return nil, fmt.Errorf("its condition %q is not an object", op.name)
		}
		keys, err := uniqueMembers(text, op.value.from)
		if err != nil {
			return nil, err
		}
		for _, key := range keys {
			values, err := readScalars(key.name, key.value.of(text))
			if err != nil {
				return nil, err
			}
			all = append(all, condition{op.name, key.name, values})
		}
	}
	return all, err
}

// readScalars reads the values of a condition. AWS returns bare numbers and
// booleans as text, so they are read as text.
func readScalars(key, text string) (all []string, err error) {
	found := []span{{0, len(text)}}
	if text[0] == '[' {
		found, _ = elements(text, 0)
	}
	all = make([]string, len(found))
	for i, at := range found {
		switch value := at.of(text); value[0] {
		case '"':
			all[i] = unquote(value)
		case '{', '[', 'n':
			return nil, fmt.Errorf("its condition on %q is not a value", key)
		default:
			all[i] = value
		}
	}
	return all, nil
}
