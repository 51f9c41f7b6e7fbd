// Package archtest enforces the architecture as tests: the allowed imports
// between packages, the rules for code in them, the maximum length of a file,
// and plain English. It has nothing to import.
//
// A tour: tree_test.go reads the sources. The rules are in imports_test.go,
// which has the table of imports, code_test.go, docs_test.go, tour_test.go for
// package comments, and prose_test.go for turns of phrase. broken_test.go breaks
// each rule once, to show that the rule reports it.
package archtest
