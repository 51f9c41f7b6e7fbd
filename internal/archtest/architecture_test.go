package archtest

import (
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Each answer in docs/architecture.md is one existing file, and the page shows
// its picture.
func TestArchitecturePage(t *testing.T) {
	page, err := os.ReadFile("../../docs/architecture.md")
	if err != nil {
		t.Fatal(err)
	}
	text := string(page)
	if !strings.Contains(text, "](architecture.svg)") {
		t.Error("docs/architecture.md does not show architecture.svg: link to it")
	}
	_, way, _ := strings.Cut(text, "\n## One request's way\n")
	way, changes, found := strings.Cut(way, "\n## Where do I change …\n")
	if !found {
		t.Fatal("docs/architecture.md lacks one of its two sections")
	}
	for name, table := range map[string]string{"One request's way": way, "Where do I change": changes} {
		rows := regexp.MustCompile(`(?m)^\| ([^|]+) \|.*$`).FindAllStringSubmatch(table, -1)
		if len(rows) == 0 {
			t.Errorf("%s: no table", name)
			continue
		}
		for _, row := range rows[1:] { // after the heading
			files := regexp.MustCompile("`((?:internal|cmd|deploy)/[^`]+)`").FindAllStringSubmatch(row[0], -1)
			if len(files) != 1 {
				t.Errorf("%s: %q names %d files instead of one", name, row[1], len(files))
				continue
			}
			if at, err := os.Stat(filepath.Join("..", "..", files[0][1])); err != nil || at.IsDir() {
				t.Errorf("%s: %q names %s, which is no file: name the file that has it now", name, row[1], files[0][1])
			}
		}
		if name == "Where do I change" && len(rows)-1 < 20 {
			t.Errorf("%s: %d rows instead of at least 20", name, len(rows)-1)
		}
	}
}

// The picture is well-formed XML, has a title for readers who cannot see it, and
// colours for a dark page.
func TestArchitecturePicture(t *testing.T) {
	picture, err := os.ReadFile("../../docs/architecture.svg")
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"<title", "<desc", "prefers-color-scheme: dark"} {
		if !strings.Contains(string(picture), part) {
			t.Errorf("docs/architecture.svg lacks %s", part)
		}
	}
	for d := xml.NewDecoder(strings.NewReader(string(picture))); ; {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatalf("docs/architecture.svg: %v", err)
		}
	}
}
