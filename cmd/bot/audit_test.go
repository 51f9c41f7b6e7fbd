package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"s3share/internal/audit"
	"s3share/internal/boltstore"
	"s3share/internal/grant"
	"s3share/internal/store"
)

// running opens a store and its log as a running bot does, and stores three
// entries.
func running(t *testing.T, dir string) (log string, head grant.Head, stop func()) {
	t.Helper()
	ctx := context.Background()
	db, err := boltstore.Open(boltstore.Config{Path: filepath.Join(dir, "s3share.db")})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		at := time.Date(2026, 11, 2, 12, i, 0, 0, time.UTC)
		if err := db.Commit(ctx, store.Tx{At: at, Entries: []grant.Entry{{At: at, Kind: "asked", Why: fmt.Sprint("reason ", i)}}}); err != nil {
			t.Fatal(err)
		}
	}
	log = filepath.Join(dir, "s3share-audit.jsonl")
	follower, err := audit.Open(ctx, audit.Config{Path: log, Source: db})
	if err != nil {
		t.Fatal(err)
	}
	if head, err = db.Verify(ctx); err != nil {
		t.Fatal(err)
	}
	return log, head, func() { follower.Close(); db.Close() }
}

// The output for a person who checks a log, while the bot runs and later.
func TestAuditVerify(t *testing.T) {
	dir := t.TempDir()
	log, head, stop := running(t, dir)
	whole, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(string(whole), "\n")
	posted := fmt.Sprintf("%d:%s", head.Seq, head.Hash)
	gone := strings.Repeat("0", 64)
	config := filepath.Join(dir, "config.yml")
	write(t, config, "slack: { admin_channel: C0ADMIN }\napprovers: { users: [U0ADMIN1] }\n"+
		"accounts:\n  - { name: nonprod, id: \"222222222222\", region: us-east-1 }\n  - { name: build, id: \"111111111111\" }\n"+
		"rules:\n  - { bucket: my-shared-bucket-*, account: nonprod }\naudit: "+log+"\n")
	good := "LOG is intact: 3 entries, the last is " + head.Hash + ".\n"
	for _, c := range []struct {
		name string
		log  string // "-": none
		args string
		code int
		want string // the expected output; LOG is the file
	}{
		{"good", string(whole), "LOG", 0, good},
		{"the log that the config names", string(whole), "", 0, good},
		{"good, with its head", string(whole), "--head " + posted + " LOG", 0, good + "The head " + posted + " is among them.\n"},
		{"one entry", lines[0], "LOG", 0, "LOG is intact: one entry, FIRST.\n"},
		{"empty", "", "LOG", 0, "LOG is intact: it has no entries.\n"},
		{"being written", string(whole)[:len(whole)-10], "LOG", 0, "LOG is intact: 2 entries, the last is PREV.\n" +
			"An incomplete line follows: the bot is writing it, or a crash cut it off and the bot repairs it at its next start.\n"},
		{"a reason edited", strings.Replace(string(whole), "reason 1", "reason 7", 1), "LOG", 1, "bot: LOG is not intact: line 2: entry 2 is not what was written\n"},
		{"a line deleted", lines[0] + lines[2], "LOG", 1, "bot: LOG is not intact: line 2: entry 2 is missing: entry 3 stands in its place\n"},
		{"good, with an earlier head", string(whole), "LOG --head " + posted, 0, good + "The head " + posted + " is among them.\n"},
		{"the tail cut off", lines[0], "--head " + posted + " LOG", 1, "bot: LOG is not intact: it ends with entry 1, and entry 3 was posted: it was cut or replaced\n"},
		{"replaced", string(whole), "--head 3:" + gone + " LOG", 1, "bot: LOG is not intact: entry 3 is " + head.Hash + ", and " + gone + " was posted: it was replaced\n"},
		{"no head", string(whole), "--head 3 LOG", 1, "bot: \"3\" is not a head of the chain (hint: it is SEQ:HASH, as the bot posted it in the admin channel)\n"},
		{"no log", "Dear diary,\n", "LOG", 1, "bot: LOG is not intact: line 1: reading a line: invalid character 'D' looking for beginning of value (hint: check that it is an audit log)\n"},
		{"no log, and no line", "Dear diary", "LOG", 1, "bot: LOG is not intact: line 1: it has no end, and does not begin as an entry does (hint: check that it is an audit log)\n"},
		{"text after its end", string(whole) + "and so on", "LOG", 1, "bot: LOG is not intact: line 4: it has no end, and does not begin as an entry does\n"},
		{"a directory", "-", filepath.Dir(log), 1, "bot: " + filepath.Dir(log) + " is a directory (hint: name the file in it)\n"},
		{"missing", "-", "LOG", 1, "bot: there is no audit log LOG (hint: the bot makes one at its first start)\n"},
		{"two logs", string(whole), "LOG LOG", 2, "bot: \"LOG\" is one word too many for bot audit verify (hint: bot audit verify --help shows how to use it)\n"},
		{"another flag", string(whole), "--tail LOG", 2, "bot: unknown flag: --tail (hint: bot audit verify --help lists the flags)\n"},
	} {
		os.Remove(log)
		if c.log != "-" {
			write(t, log, c.log)
		}
		args := append([]string{"--config", config, "audit", "verify"}, strings.Fields(strings.ReplaceAll(c.args, "LOG", log))...)
		var said bytes.Buffer
		code := command(context.Background(), args, &said, &said)
		want := strings.NewReplacer("LOG", log, "PREV", prevOf(lines[2]), "FIRST", prevOf(lines[1])).Replace(c.want)
		if code != c.code || said.String() != want {
			t.Errorf("%s: exit code %d\ngot  %swant %s", c.name, code, &said, want)
		}
	}
	stop()
	var said bytes.Buffer
	if code := command(context.Background(), []string{"audit", "verify"}, &said, &said); code != 1 || said.String() != "bot: no config file is named (hint: use --config FILE, or set S3SHARE_CONFIG)\n" {
		t.Errorf("without a config: %d, %s", code, &said)
	}
}

// A restart of the bot is no edit: the log continues and verifies.
func TestAuditVerifyAfterACrash(t *testing.T) {
	dir := t.TempDir()
	log, head, stop := running(t, dir)
	stop()
	whole, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	write(t, log, string(whole[:len(whole)-10]))
	_, _, stop = running(t, dir)
	defer stop()
	var said bytes.Buffer
	if code := command(context.Background(), []string{"audit", "verify", "--head", fmt.Sprintf("3:%s", head.Hash), log}, &said, &said); code != 0 || !strings.Contains(said.String(), "is intact: 6 entries") {
		t.Errorf("%d, %s", code, &said)
	}
}

// prevOf returns the previous hash in a line.
func prevOf(line string) string {
	_, rest, _ := strings.Cut(line, `"prev":"`)
	return rest[:64]
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
