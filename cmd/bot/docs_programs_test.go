package main

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"s3share/internal/config"
)

// programChecks map a program to the check of its command line: "" if it works.
var programChecks = map[string]func(shellCommand) string{
	"bot": botWorks, "./bot": botWorks,
	"go":     goWorks,
	"docker": dockerWorks,
	"aws":    awsWorks,
	"curl":   curlWorks,
	"npm":    npmWorks,

	// Their files are checked, and the syntax of the line.
	"cd": filesOnly, "comm": filesOnly, "cp": filesOnly, "git": filesOnly, "grep": filesOnly, "head": filesOnly, "jq": filesOnly, "kill": filesOnly, "ls": filesOnly,
	"mktemp": filesOnly, "rm": filesOnly, "sleep": filesOnly, "sort": filesOnly, "timedatectl": filesOnly, "wait": filesOnly, "wc": filesOnly,
}

func filesOnly(shellCommand) string { return "" }

// notYet are commands that the docs name as missing.
var notYet = []string{"audit export", "backup", "check", "rules test", "setup"}

func botWorks(c shellCommand) string {
	args := slices.DeleteFunc(slices.Clone(c.words[1:]), func(w string) bool { return w == "2>" })
	root := rootCommand()
	root.InitDefaultCompletionCmd()
	root.InitDefaultHelpCmd()
	cmd, rest, err := root.Find(withTwoDashes(root, args))
	if err == nil {
		err = cmd.ParseFlags(rest)
	}
	if err != nil && err.Error() == "pflag: help requested" {
		return ""
	}
	if err == nil {
		err = cmd.ValidateArgs(cmd.Flags().Args())
	}
	if known := slices.Contains(notYet, strings.Join(args, " ")); known && err == nil && cmd.Runnable() && cmd.HasParent() {
		return "the bot has this command by now: remove it from notYet, and from the pages that call it missing"
	} else if known {
		return ""
	}
	if err != nil {
		return err.Error()
	}
	for _, e := range c.env {
		if name, _, _ := strings.Cut(e, "="); !strings.Contains(long, name) && !strings.HasPrefix(name, "AWS_") {
			return name + " is no variable of bot --help"
		}
	}
	return ""
}

// goFlags are flags of go commands and of tests, with true for those that take a value.
var goFlags = map[string]bool{"o": true, "run": true, "bench": true, "benchtime": true, "count": true, "debug-actiongraph": true, "v": false, "race": false, "deps": false, "update": false}

func goWorks(c shellCommand) string {
	if len(c.words) < 3 || !slices.Contains([]string{"build", "run", "test", "list", "mod", "vet"}, c.words[1]) {
		return "it is no known command of go"
	}
	var dirs, own []string
	values := map[string]string{}
	for i := 2; i < len(c.words); i++ {
		w := c.words[i]
		name, value, has := strings.Cut(strings.TrimLeft(w, "-"), "=")
		takes, known := goFlags[name]
		switch {
		case strings.HasPrefix(w, "./"):
			if dirs = append(dirs, w); c.words[1] == "run" {
				own = c.words[i+1:]
				i = len(c.words)
			}
		case c.words[1] == "mod":
		case !strings.HasPrefix(w, "-"):
			return fmt.Sprintf("%q is neither a flag nor a package with ./ in front of it", w)
		case !known:
			return "go or the test has no flag " + w
		default:
			if takes && !has && i+1 < len(c.words) {
				i++
				value = c.words[i]
			}
			values[name] = value
		}
	}
	var sources []string
	for _, dir := range dirs {
		found := goFiles(dir)
		if len(found) == 0 {
			return dir + " is no package"
		}
		sources = append(sources, found...)
	}
	for flag, kinds := range map[string]string{"run": "Test|Fuzz|Example", "bench": "Benchmark"} {
		if why := namesTests(values[flag], kinds, sources); why != "" {
			return why
		}
	}
	if _, has := values["update"]; has && !anyHas(sources, regexp.MustCompile(`flag\.Bool\("update"`)) {
		return "these tests have no flag -update"
	}
	for _, w := range own {
		if name, isFlag := strings.CutPrefix(w, "-"); isFlag && !anyHas(sources, regexp.MustCompile(`flag\.\w+\([^"\n]*"`+regexp.QuoteMeta(strings.TrimPrefix(name, "-"))+`"`)) {
			return "the program has no flag " + w
		}
	}
	return ""
}

// goFiles returns the Go files of a package, or of all below it for dir/... .
func goFiles(dir string) (all []string) {
	at, below := strings.CutSuffix(filepath.Join("../..", dir), "/...")
	if !below {
		all, _ = filepath.Glob(at + "/*.go")
		return all
	}
	filepath.WalkDir(at, func(name string, _ os.DirEntry, err error) error { //nolint:errcheck // nothing found says so
		if filepath.Ext(name) == ".go" {
			all = append(all, name)
		}
		return err
	})
	return all
}

// namesTests returns why a pattern of -run or -bench matches no function.
func namesTests(pattern, kinds string, sources []string) string {
	first, sub, _ := strings.Cut(pattern, "/")
	if pattern == "" || pattern == "^$" {
		return ""
	}
	match, err := regexp.Compile(first)
	if err != nil {
		return err.Error()
	}
	declared := regexp.MustCompile(`(?m)^func ((?:` + kinds + `)\w*)\(`)
	for _, file := range sources {
		text, _ := os.ReadFile(file)
		for _, m := range declared.FindAllStringSubmatch(string(text), -1) {
			if match.MatchString(m[1]) {
				if sub = strings.TrimSuffix(sub, "$"); m[1] == "TestScenarios" && sub != "" {
					if _, err := os.Stat("../sandbox/testdata/script/" + sub + ".txt"); err != nil {
						return "there is no script " + sub
					}
				}
				return ""
			}
		}
	}
	return pattern + " matches no function of these packages"
}

func anyHas(files []string, pattern *regexp.Regexp) bool {
	return slices.ContainsFunc(files, func(file string) bool {
		text, _ := os.ReadFile(file)
		return pattern.Match(text)
	})
}

func dockerWorks(c shellCommand) string {
	text, err := os.ReadFile("../../Dockerfile")
	if err != nil {
		return err.Error()
	}
	dockerfile := string(text)
	for i, w := range c.words[:len(c.words)-1] {
		value := c.words[i+1]
		name, rest, _ := strings.Cut(value, "=")
		switch {
		case w == "--build-arg" && !strings.Contains(dockerfile, "\nARG "+name+"="):
			return "the Dockerfile has no argument " + name
		case w == "-e" && rest == "" && !strings.Contains(long, name):
			return name + " is no variable of bot --help"
		case w == "-v":
			_, inside, _ := strings.Cut(value, ":")
			inside, _, _ = strings.Cut(inside, ":")
			if !strings.Contains(dockerfile, "\nVOLUME "+inside+"\n") && !strings.Contains(dockerfile, "S3SHARE_CONFIG="+inside+"\n") {
				return inside + " is neither the volume nor the config of the Dockerfile"
			}
		case w == "-p" && !strings.HasSuffix(value, ":9090"):
			return value + " is not the port of listen"
		}
	}
	return ""
}

// awsServices are the services whose commands the docs use, with the first words of each command.
var awsServices = regexp.MustCompile(`^aws (s3 (ls|cp|sync) s3://|s3api (get|put)-bucket-policy --bucket |cloudformation (deploy|delete-stack|describe-stacks) --stack-name s3share|` +
	`iam [a-z-]+ |sts (get-caller-identity|assume-role)|cloudtrail lookup-events |sso-admin [a-z-]+ )`)

func awsWorks(c shellCommand) string {
	if line := strings.Join(c.words, " ") + " "; !awsServices.MatchString(line) {
		return "awsServices does not have this command: compare it with AWS's reference, then add it there"
	}
	template := ""
	for i, w := range c.words[:len(c.words)-1] {
		switch value := c.words[i+1]; w {
		case "--template-file":
			text, err := os.ReadFile("../../" + value)
			if err != nil {
				return err.Error()
			}
			template = string(text)
		case "--group-name":
			if value != "s3share" {
				return "the group is called s3share"
			}
		case "--parameter-overrides":
			for _, p := range c.words[i+1:] {
				if name, _, ok := strings.Cut(p, "="); ok && !strings.Contains(template, "\n  "+name+":\n") {
					return "the template has no parameter " + name
				}
			}
		}
	}
	return ""
}

func curlWorks(c shellCommand) string {
	handlers, err := os.ReadFile("../../internal/app/listen.go")
	if err != nil {
		return err.Error()
	}
	starter, err := config.Load("../../s3share.example.yml")
	if err != nil {
		return err.Error()
	}
	for _, w := range c.words[1:] {
		u, err := url.Parse(w)
		if err != nil || u.Host == "" {
			continue
		}
		if u.Host != starter.Listen || !strings.Contains(string(handlers), `"GET `+u.Path+`"`) {
			return w + " is not answered by the bot"
		}
		return ""
	}
	return "it has no address"
}

func npmWorks(c shellCommand) string {
	text, err := os.ReadFile("../../cmd/sandbox/web/front/package.json")
	if err != nil {
		return err.Error()
	}
	if c.words[1] == "run" && !strings.Contains(string(text), `"`+c.words[2]+`": `) {
		return "package.json has no script " + c.words[2]
	}
	return ""
}

// Each check reports a command line that does not work.
func TestChecksOfCommandLines(t *testing.T) {
	for line, want := range map[string]string{
		"bot run --head 1:ab":                         "",
		"bot --confg x":                               "unknown flag: --confg",
		"bot audit vrify":                             "is not a command of bot audit",
		"bot backup":                                  "",
		"SLACK_TOKEN=x bot":                           "SLACK_TOKEN is no variable",
		"go run ./cmd/sandbox -port 1":                "",
		"go run ./cmd/sandbox -prot 1":                "no flag -prot",
		"go build ./cmd/robot":                        "./cmd/robot is no package",
		"go test ./internal/grant -run TestNoSuch":    "matches no function",
		"go test ./internal/policy -bench Nothing":    "matches no function",
		"go test ./internal/grant -update":            "no flag -update",
		"go test ./cmd/sandbox -run TestScenarios/no": "there is no script no",
		"go tset ./...":                               "no known command",
		"docker build --build-arg VERSIN=1 .":         "no argument VERSIN",
		"docker run -v x:/var s3share":                "/var is neither",
		"docker run -e SLACK_TOKEN s3share":           "SLACK_TOKEN is no variable",
		"curl http://127.0.0.1:9090/metrics":          "is not answered",
		"curl http://127.0.0.1:9091/readyz":           "is not answered",
		"npm run biuld":                               "no script biuld",
		"aws s4 ls":                                   "awsServices does not have",
		"aws iam get-group --group-name share":        "called s3share",
		"aws cloudformation deploy --stack-name s3share --template-file deploy/owner-account.yml --parameter-overrides ExtrnalId=x": "no parameter ExtrnalId",
	} {
		c := shellCommands(line)[0]
		if got := programChecks[c.words[0]](c); got != want && (want == "" || !strings.Contains(got, want)) {
			t.Errorf("%s: %q, want %q", line, got, want)
		}
	}
	if got := missingFile(shellCommands("cp s3share.exmple.yml s3share.yml")[0]); got == "" {
		t.Error("a missing file is not reported")
	}
}
