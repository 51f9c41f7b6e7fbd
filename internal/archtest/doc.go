// Package archtest enforces the architecture as tests: the allowed imports
// between packages, the rules for code in them, and the maximum length of a
// file. It has nothing to import.
//
// A tour: tree_test.go reads the sources, imports_test.go has the table of
// imports, code_test.go the rules for code, and docs_test.go the rules for
// documents. broken_test.go breaks each rule once, to show that the rule reports
// it.
package archtest
