package commands

import (
	"strings"
	"testing"

	"s3share/internal/grant"
)

// The short help fits on a phone, and has the commands that the person may use.
func TestHelp(t *testing.T) {
	const approvers, responders = "For approvers", "For responders"
	for _, c := range []struct {
		who       string
		want, not []string
	}{
		{"UAUDIT", nil, []string{approvers, responders}},
		{"UADA", []string{approvers + " (you approve for my*):", "`/s3share approve <id>`"}, []string{responders}},
		{"UEVE", []string{responders, "`/s3share end-all <target> <reason>`"}, []string{approvers}},
	} {
		o := newOffice(t, 1)
		o.makeResponder("UEVE")
		text := o.slash(by(c.who), "help")
		contains(t, text, "Request access: type `/s3share` for the form.")
		contains(t, text, "`/s3share extend <id> <term>` request more time")
		for _, want := range c.want {
			contains(t, text, want)
		}
		for _, not := range c.not {
			if strings.Contains(text, not) {
				t.Errorf("%s reads %q: %s", c.who, not, text)
			}
		}
		if n := len([]rune(text)); n > 1500 {
			t.Errorf("%s reads %d characters", c.who, n)
		}
	}
	o := newOffice(t, 1)
	o.configure(func(c *Config) { c.People = people(nil) }) // Slack does not answer
	contains(t, o.slash(by("URITA"), "help"), approvers+":\n")
	contains(t, o.slash(by("URITA"), "help"), responders)
}

func TestHelpTopics(t *testing.T) {
	o := newOffice(t, 1)
	for about, want := range map[string]string{
		"request":     "`/s3share request <bucket[/prefix]> <level> <principal> <term> <reason…>`\nRequests access.",
		"Durations":   "Durations are numbers with a unit: `45m`, `8h`",
		"term":        "Durations are numbers with a unit",
		"break glass": "`/s3share break-glass <bucket[/prefix]>",
		"/start":      "`from tomorrow 09:00`",
		"levels": "The access levels:\n`full`: list, download, upload and delete\n`read`: list and download\n" +
			"`write`: upload, without listing or downloading\n",
		"level":    "`aws s3 sync` needs a level that can list, so it fails with write alone.",
		"extned":   `There is no help about "extned". Did you mean ` + "`/s3share help extend`?",
		"aprove":   "Did you mean `/s3share help approve`?",
		"bananas!": `There is no help about "bananas". The topics are request, levels, users, `,
	} {
		contains(t, o.slash(by("URITA"), "help "+about), want)
	}
	o.configure(func(c *Config) {
		c.Rules.Levels = map[string]grant.Level{"tags": {Name: "tags", Object: []string{"s3:GetObjectTagging"}}}
	})
	contains(t, o.slash(by("URITA"), "help levels"), "`tags`: s3:GetObjectTagging\n")
}

// Every command has a page, under its name or another word.
func TestEveryCommandHasATopic(t *testing.T) {
	for _, v := range verbs {
		if _, found := findTopic(v.name); !found && v.name != "help" {
			t.Errorf("no topic for %s", v.name)
		}
	}
	words := map[string]bool{}
	for _, w := range topicWords() {
		if words[w] {
			t.Errorf("%s is the word of two topics", w)
		}
		words[w] = true
	}
}
