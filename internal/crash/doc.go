// Package crash marks the points where a test kills the process.
//
// In the released program a point does nothing. Built with the tag crash, it kills
// the process if the directory S3SHARE_CRASH_POINTS contains a file with the
// point's name. It removes the file first, so the next start passes the point. A
// point cannot skip a check or change the program's behaviour before the kill.
//
// off.go is the released version, on.go the version with the tag.
package crash
