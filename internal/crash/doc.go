// Package crash marks the points at which a test kills the process.
//
// In the released program a point is nothing. Built with the tag crash, it kills
// the process if a file with the point's name is in the directory that
// S3SHARE_CRASH_POINTS names; it removes the file first, so the next start passes
// that point. It can neither skip a check nor change what the program does before
// it dies.
package crash
