package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// base is a valid config. The tests below change one line of it.
const base = `slack:
  admin_channel: C0ADMIN
approvers: { users: [U0ADMIN1, U0ADMIN2] }
accounts:
  - name: nonprod
    id: "222222222222"
    role: arn:aws:iam::222222222222:role/s3share
  - name: build
    id: "111111111111"
rules:
  - bucket: fixtures
    account: nonprod
`

const (
	channelLine   = "  admin_channel: C0ADMIN\n"
	approversLine = "approvers: { users: [U0ADMIN1, U0ADMIN2] }\n"
	nameLine      = "  - name: build\n"
	idLine        = "    id: \"111111111111\"\n"
	roleLine      = "    role: arn:aws:iam::222222222222:role/s3share\n"
	bucketLine    = "  - bucket: fixtures\n"
	accountLine   = "    account: nonprod\n"
	rulesLine     = "rules:\n"
)

// write creates files in a new directory, and returns the path of the first.
func write(t *testing.T, files ...string) string {
	t.Helper()
	dir := t.TempDir()
	for i := 0; i < len(files); i += 2 {
		name := filepath.Join(dir, files[i])
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(files[i+1]), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, files[0])
}

// mistakes loads the files and returns Load's error, without the directory.
func mistakes(t *testing.T, files ...string) string {
	t.Helper()
	path := write(t, files...)
	_, err := Load(path)
	if err == nil {
		return ""
	}
	return strings.ReplaceAll(err.Error(), filepath.Dir(path)+"/", "")
}
