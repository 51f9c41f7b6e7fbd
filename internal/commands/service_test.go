package commands

import (
	"reflect"
	"strings"
	"testing"

	"s3share/internal/store"
)

// Only the parts that decide can reach a store that commits.
func TestPartsThatCommit(t *testing.T) {
	var parts []string
	for _, part := range reflect.VisibleFields(reflect.TypeFor[Service]()) {
		if canCommit(part.Type) {
			parts = append(parts, part.Name)
		}
	}
	if got := strings.Join(parts, " "); got != "Requests Decisions Endings freezer" {
		t.Errorf("able to commit are %s", got)
	}
}

// canCommit reports whether a type of this package has Commit, or a field that has it.
func canCommit(t reflect.Type) bool {
	if t.Implements(reflect.TypeFor[store.Committer]()) {
		return true
	}
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || t.PkgPath() != reflect.TypeFor[Service]().PkgPath() {
		return false
	}
	for i := range t.NumField() {
		if canCommit(t.Field(i).Type) {
			return true
		}
	}
	return false
}
