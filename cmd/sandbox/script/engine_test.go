package script

import (
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"s3share/cmd/sandbox/world"
)

// The errors of lines that need no bot. They are the help of a person at the
// prompt and of the author of a scenario.
func TestMistakes(t *testing.T) {
	w, err := world.New(world.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	w.Patience = time.Millisecond
	p := New(w)
	for line, want := range map[string]string{
		"show rita 'x'":                      `"show" is not a step or a person. Did you mean shows? `,
		"frobnicate":                         "\"frobnicate\" is not a step or a person; `help` lists all steps",
		"ritta press Approve":                `"ritta" is not a step or a person. Did you mean rita? `,
		"rita, ad press Approve":             `"ad" is not a step or a person`,
		"home crowd1001 'x'":                 `"crowd1001" is not a step or a person`,
		"/s3share help":                      "name the person who types it, like `rita /s3share …`",
		"rita press Approve":                 "the bot is stopped; `start` starts it",
		"shows #builds 'x'":                  `"#builds" is not a place; use #s3-admins, #data-team or one of rita, `,
		"count rita 'x' == 1":                "it is 0",
		"can build/nobody s3:GetObject a/b":  "the check failed: ",
		"policy not-there":                   "not-there",
		"clock -2h":                          "the clock of AWS and Slack cannot go back",
		"clock to tomorrow":                  "usage: clock to tue 09:05",
		"within x shows rita 'x'":            "usage: within 10m shows …",
		"slack leaves carol":                 "usage: slack down, slack up, ",
		"slack crowd 1001":                   "usage: slack down, slack up, ",
		"aws delay PutBucketPolicy":          "usage: aws fail OP CODE[/STATUS] [N], ",
		"always may build/test.user s3:* a":  "usage: always can WHO ACTION BUCKET/KEY",
		"repeat 1 shows rita 'x'":            "usage: repeat 1-30 …",
		"repeat 3-4 count rita 'x' == 1":     "with 3: it is 0",
		"start with the posted head":         "no audit head was posted yet",
		"store damage nothing":               "no such file",
		"either shows rita 'a' | told b == ": "end the line with == 2, <= 2 or >= 2",
	} {
		if err := p.Do(t.Context(), line, io.Discard); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", line, err, want)
		}
	}
	if err := p.Play(t.Context(), "\nwith settle 1s\nclock +1h\n\nrita, ad dance", io.Discard); err == nil ||
		!strings.HasPrefix(err.Error(), "line 5: rita, ad dance: ") {
		t.Errorf("the failed line is reported as %v", err)
	}
}

func TestVariants(t *testing.T) {
	names, scripts := Variants("with settle 2s\neach OP PutObject | GetObject\nbefore $OP kill\n")
	if !slices.Equal(names, []string{"PutObject", "GetObject"}) || !strings.Contains(scripts[1], "before GetObject kill\n") {
		t.Errorf("%q %q", names, scripts)
	}
	if d := Settle(scripts[0]); d != 2*time.Second {
		t.Errorf("it settles in %v", d)
	}
	if names, scripts := Variants("sweeps"); len(names) != 1 || names[0] != "" || scripts[0] != "sweeps" {
		t.Errorf("a script without variants: %q %q", names, scripts)
	}
}

func TestExpand(t *testing.T) {
	if got := expand(`rita says {3 x a}\u202e{n}`); got != "rita says aaa\u202e{n}" {
		t.Errorf("%q", got)
	}
}

// Each verb has a line in the help.
func TestHelpIsComplete(t *testing.T) {
	w, err := world.New(world.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	for word := range New(w).verbs {
		if word != "help" && !strings.Contains(help, word) {
			t.Errorf("the help lacks %s", word)
		}
	}
}

func TestOnDay(t *testing.T) {
	monday := time.Date(2026, 11, 30, 9, 5, 0, 0, time.UTC)
	for text, want := range map[string]string{
		"mon 09:06": "Mon 30 Nov 09:06", "mon 09:05": "Mon 7 Dec 09:05", "tue 00:00": "Tue 1 Dec 00:00",
	} {
		at, err := onDay(text, monday)
		if got := at.Format("Mon 2 Jan 15:04"); err != nil || got != want {
			t.Errorf("%s is %s, %v, want %s", text, got, err, want)
		}
	}
}
