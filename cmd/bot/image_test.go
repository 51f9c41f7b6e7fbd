package main

import (
	"os"
	"strings"
	"testing"
)

// TestDockerfile checks the Dockerfile against the docs' promises about the
// image. It is fast; .ci/image builds and runs the image, which takes minutes.
func TestDockerfile(t *testing.T) {
	text, err := os.ReadFile("../../Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	stages := strings.Split("\n"+string(text), "\nFROM ")[1:]
	if len(stages) != 2 {
		t.Fatalf("%d stages, want one that builds and one that is shipped", len(stages))
	}
	build, image := stages[0], stages[1]
	for _, c := range []struct{ stage, line, why string }{
		{build, "go mod verify", "modules must be those of go.sum"},
		{build, "CGO_ENABLED=0 ", "an empty image has no C library"},
		{build, " -mod=readonly ", "a build may not choose other modules"},
		{build, " -trimpath ", "the same bytes from any directory"},
		{build, " -buildvcs=false ", "the same bytes from an archive"},
		{build, "-buildid= ", "the same bytes each time"},
		{build, "-X main.version=${VERSION}", "bot version"},
		{image, "scratch\n", "no shell, no package manager"},
		{image, "/etc/ssl/certs/ca-certificates.crt", "TLS to AWS and Slack"},
		{image, "\nUSER 65532:65532\n", "not root, and by number, so that a cluster can see it"},
		{image, "--chown=65532:65532 /out/state /state\n", "the user may write there"},
		{image, "\nVOLUME /state\n", "the state outlives the container"},
		{image, "\nWORKDIR /state\n", "relative paths of the config are there"},
		{image, "\nENTRYPOINT [\"/bot\"]\n", "signals reach the bot, not a shell"},
	} {
		if !strings.Contains(c.stage, c.line) {
			t.Errorf("there is no %q: %s", strings.TrimSpace(c.line), c.why)
		}
	}
	if strings.Contains(image, "\nRUN ") || strings.Contains(image, "\nENV SLACK") || strings.Contains(image, "\nENV AWS") {
		t.Error("the image runs something, or carries a credential")
	}
	for _, line := range strings.Split(string(text), "\n") {
		if from, isFrom := strings.CutPrefix(line, "FROM "); isFrom && strings.Contains(strings.Fields(from)[0], "/") {
			t.Errorf("%q depends on a registry of its own", line)
		}
	}
}
