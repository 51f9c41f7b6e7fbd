//go:build !race

package worldtest

const slower = 1
