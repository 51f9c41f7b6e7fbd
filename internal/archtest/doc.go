// Package archtest holds the shape of the house, as tests: who may import
// whom, what may not be in a package, and how long a file may get. There is
// nothing in it to import.
//
// A tour: tree_test.go reads the sources, imports_test.go says who may know
// whom, code_test.go what code may not do, and broken_test.go breaks every
// rule once, so that each is known to notice.
package archtest
