//go:build !unix

package boltstore

import "fmt"

// onAFullDisk does nothing: this system cannot limit the file size of one process.
func onAFullDisk(string) int { fmt.Println("done"); return 0 }
