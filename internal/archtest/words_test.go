package archtest

import (
	"fmt"
	"go/ast"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// A retired phrase is one that people no longer read. left is the number of strings that still have
// it: lower it when they are gone, and raise it never.
type retired struct {
	phrase string // a regular expression of whole words, in any case
	say    string // the better phrase
	left   int
}

var retiredPhrases = []retired{
	// roles
	{`with the people who decide`, "waiting for @Ada or @Bob", 0},
	{`(people|those|person|one) who (may |can )?(decide|approve)`, "the approvers, or their names", 0},
	{`who asked`, "the requester, or @Rita", 0},
	{`person (whom )?it (is|was) for`, "the beneficiary, or @Eve", 0},
	{`whom it is for`, "the beneficiary, or @Eve", 0},
	{`(those|people|whoever) (who )?runs? (the bot|s3share|it)`, "the operators of s3share", 0},
	{`whoever|those who`, "name the role: the requester, an approver, the operators", 0},
	{`somebody`, "name the role, or a person", 0},
	{`is it for you`, "Confirm to send it to the approvers", 0},

	// ends
	{`time was up`, "expired", 0},
	{`(that|which|it|its time|access|or) (is|was) over`, "is ending, has ended, or expired", 0},
	{`(given|gave|gives) back`, "ended early", 0},
	{`as it would have`, "access still ends <date>", 0},
	{`after that it ends`, "access ends in 15 minutes", 0},
	{`gone from AWS`, "removed from AWS", 0},
	{`its end is decided`, "ending", 0},
	{`lapses`, "expires without a decision", 0},
	{`lapsed`, "expired without a decision", 1},
	{`nobody decide[sd]`, "expired without a decision", 0},
	{`silence (ends|means)`, "expires without a decision", 0},

	// states
	{`stands`, "is, or shows its status", 0},
	{`lately`, "recent", 0},
	{`stuck`, "retrying", 0},
	{`(half|halves) (is|are)`, "name the part: bucket policy, group membership or role policy", 0},
	{`both halves`, "access, or name the parts", 0},
	{`(owner|grantee) half`, "bucket policy, group membership or role policy", 0},
	{`interrupted`, "paused", 0},
	{`it is being applied`, "waiting for AWS", 0},
	{`put(ting)? (it |them )?back`, "restore", 0},
	{`(taken|takes|take) (it |the request )?back`, "cancel", 0},
	{`brought to mind`, "reminder sent", 0},
	{`taken to others`, "escalated", 0},
	{`asked for no more`, "removal requested", 0},
	{`made smaller`, "narrowed", 0},
	{`counts? no more`, "no longer counts", 0},
	{`you were told`, "edit the first message instead", 0},
	{`somebody else (changed|edited)`, "changed outside s3share", 0},
	{`by somebody else`, "outside s3share", 0},

	// forms and buttons
	{`to do what`, "Access level", 0},
	{`for how long`, "Duration", 0},
	{`for which user or role`, "IAM user or role", 0},
	{`or another length`, "Custom duration", 0},
	{`take it away`, "remove it", 0},
	{`asks? for`, "requests, or names", 0},
	{`tried again`, "retrying", 0},
	{`what you (may )?ask for`, "name it: the request, the buckets", 0},
	{`before you say so`, "Confirm to send it", 0},
	{`everything is frozen`, "s3share is frozen", 0},
	{`old store was restored`, "the database is older than the audit log", 0},
	{`it may take a minute until`, "allow up to a minute", 0},
	{`afresh|anew`, "again, or new", 0},

	// voice
	{`read with certainty`, "is ambiguous", 0},
	{`could not say`, "didn't confirm", 0},
	{`something broke`, "something went wrong", 0},
}

// spokenDirs hold the strings that people read, in messages, on pages, on terminals and in logs.
var spokenDirs = []string{"internal/slackbot", "internal/slackbot/blocks", "internal/slackbot/outbox", "internal/commands",
	"internal/commands/parse", "internal/grant", "internal/preflight", "internal/policy", "internal/reconcile",
	"internal/app", "internal/awsaccess", "internal/config", "cmd/bot", "cmd/sandbox", "cmd/sandbox/web",
	"cmd/sandbox/world", "cmd/sandbox/script"}

// spokenFiles are read in full: the page, the app's manifest, and the messages as Slack gets them.
var spokenFiles = []string{"manifest.yml", "cmd/sandbox/web/front/src/*.ts", "cmd/sandbox/web/front/src/*.tsx"}

// storedWords are literals of the store and of the audit log. They are never shown as they are.
var storedWords = []string{
	"lapsed", "lapse", "lapses", "stuck", "put back", // states, kinds of events and facts
	"an old store was restored", "changed by somebody else", // reasons in the log
}

// A literal is one string constant, its parts joined.
type literal struct{ at, text string }

// literals returns the string constants of a file, each concatenation as one.
func literals(s source) (all []literal) {
	seen := map[ast.Node]bool{}
	ast.Inspect(s.file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ImportSpec:
			return false
		case *ast.Field:
			seen[n.Tag] = true
		case *ast.BinaryExpr, *ast.BasicLit:
			if text := joinedText(n.(ast.Expr), seen); text != "" {
				all = append(all, literal{s.at(n), text})
			}
		}
		return true
	})
	return all
}

// joinedText returns the constant parts of an expression that were not seen yet. Other operands
// become a space.
func joinedText(e ast.Expr, seen map[ast.Node]bool) string {
	if seen[e] {
		return ""
	}
	switch e := e.(type) {
	case *ast.BinaryExpr:
		if e.Op == token.ADD {
			seen[e] = true
			return joinedText(e.X, seen) + joinedText(e.Y, seen)
		}
	case *ast.BasicLit:
		if e.Kind == token.STRING {
			seen[e] = true
			text, _ := strconv.Unquote(e.Value)
			return text
		}
	}
	return " "
}

// spoken returns all strings that people read.
func spoken(t *testing.T) (all []literal) {
	for _, s := range theTree(t) {
		if s.isProduct() && slices.Contains(spokenDirs, s.dir()) {
			all = append(all, literals(s)...)
		}
	}
	root := os.DirFS("../..")
	for _, pattern := range spokenFiles {
		names, err := fs.Glob(root, pattern)
		if err != nil || len(names) == 0 {
			t.Fatalf("no file is like %s: %v", pattern, err)
		}
		for _, name := range names {
			text, err := fs.ReadFile(root, name)
			if err != nil {
				t.Fatal(err)
			}
			comments := commentsOf[filepath.Ext(name)]
			if comments == nil {
				comments = commentsOf[""]
			}
			for i, line := range strings.Split(blanked(comments, string(text)), "\n") {
				all = append(all, literal{fmt.Sprintf("%s:%d", name, i+1), line})
			}
		}
	}
	return all
}

// blanked replaces comments by spaces, so that lines keep their numbers.
func blanked(comments *regexp.Regexp, text string) string {
	return comments.ReplaceAllStringFunc(text, func(c string) string { return strings.Repeat("\n", strings.Count(c, "\n")) })
}

// Messages, forms, refusals and logs use the words of the glossary. A retired phrase does not return.
func TestRetiredPhrases(t *testing.T) {
	all := spoken(t)
	if len(all) < 3000 {
		t.Fatalf("only %d strings were found: this test would pass for nothing", len(all))
	}
	for _, r := range retiredPhrases {
		match := regexp.MustCompile(`(?i)\b(?:` + strings.ReplaceAll(r.phrase, " ", `\s+`) + `)\b`)
		var places []string
		for _, l := range all {
			if !slices.Contains(storedWords, l.text) && match.MatchString(l.text) {
				places = append(places, l.at+": "+l.text)
			}
		}
		if len(places) > r.left {
			t.Errorf("%d strings say %q, which people do not read any more (%d are left): say %q:\n%s",
				len(places), r.phrase, r.left, r.say, strings.Join(places, "\n"))
		}
		if len(places) < r.left {
			t.Logf("%q: %d are left; lower its number from %d", r.phrase, len(places), r.left)
		}
	}
}
