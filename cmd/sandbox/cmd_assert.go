package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"s3share/internal/audit"
	"s3share/internal/sim/awssim"
	"s3share/internal/sim/slacksim"
)

func (w *world) owner() *awssim.Account { return w.aws.Account("222222222222", "nonprod") }

// partner is an account where the bot has no permissions. Its administrator
// makes the changes by hand.
func (w *world) partner() *awssim.Account { return w.aws.Account("333333333333", "partner") }

func (w *world) grantee() *awssim.Account { return w.aws.Account("111111111111", "build") }

// can waits until AWS's decision is as expected.
func (w *world) can(ctx context.Context, s step) error {
	f := strings.Fields(s.rest)
	if len(f) != 3 {
		return fmt.Errorf("it is: can WHO ACTION BUCKET/KEY, like can build/test.user s3:GetObject " +
			"my-shared-bucket-20932/builds/a.txt")
	}
	bucket, key, _ := strings.Cut(f[2], "/")
	if w.asks {
		d := w.aws.Can(f[0], f[1], bucket, key)
		fmt.Fprintf(s.out, "  %s: %s\n", map[bool]string{true: "yes", false: "no"}[d.Allowed], d.Why)
		return nil
	}
	return w.until(ctx, func() (bool, string) {
		d := w.aws.Can(f[0], f[1], bucket, key)
		if d.Allowed == s.wanted {
			fmt.Fprintln(s.out, "  "+d.Why)
		}
		return d.Allowed == s.wanted, d.Why
	})
}

// until waits until a condition on AWS holds.
func (w *world) until(ctx context.Context, holds func() (bool, string)) error {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		ok, why := holds()
		if ok {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("it is otherwise: %s", why)
		case <-tick.C:
		}
	}
}

// caught converts a panic of the simulator about a missing entity into an
// error.
func caught(err *error) {
	if p := recover(); p != nil {
		*err = errors.New(strings.TrimPrefix(fmt.Sprint(p), "awssim: "))
	}
}

// holds waits until the group of the grantee account has a member, or has none.
func (w *world) holds(ctx context.Context, s step) error {
	_, user, _ := strings.Cut(s.rest, " ")
	return w.until(ctx, func() (bool, string) {
		members := w.grantee().Members("s3share")
		in := len(members) > 0
		if user != "" {
			in = slices.Contains(members, user)
		}
		return in == s.wanted, fmt.Sprint("the group has ", members)
	})
}

func (w *world) attached(ctx context.Context, s step) error {
	return w.until(ctx, func() (bool, string) {
		arns := w.grantee().Attached(s.rest)
		ours := func(arn string) bool { return strings.HasSuffix(arn, "policy/s3share/s3share") }
		return slices.ContainsFunc(arns, ours) == s.wanted, fmt.Sprint("the role has ", arns)
	})
}

// shows waits until a place shows a text. With ! it checks that the place does
// not show the text now.
func (w *world) shows(ctx context.Context, s step) error {
	place, text, _ := strings.Cut(s.rest, " ")
	text = unquote(text)
	if err := w.isPlace(place); err != nil {
		return err
	}
	if !s.wanted {
		if w.times(place, text) > 0 {
			return fmt.Errorf("%s is shown %q", place, text)
		}
		return nil
	}
	if err := w.slack.Wait(ctx, func() bool { return w.times(place, text) > 0 }); err != nil {
		var shown []string
		for _, m := range w.seenIn(place) {
			shown = append(shown, m.Text)
		}
		return fmt.Errorf("%s is shown %q: %w", place, shown, err)
	}
	return nil
}

var calling = regexp.MustCompile(`<!(channel|here|everyone)`)

// pings reports whether a message in a place would notify the whole channel.
// Rich text cannot, because Slack does not read markup in it.
func (w *world) pings(_ context.Context, s step) error {
	for _, m := range w.seenIn(s.rest) {
		marked := m.Text
		markdown(m.Blocks, func(text string) { marked += text })
		if calling.MatchString(marked) != s.wanted {
			return fmt.Errorf("it reads %q", marked)
		}
	}
	return nil
}

// markdown calls f with each text of a message that Slack reads for markup.
func markdown(v any, f func(string)) {
	switch v := v.(type) {
	case []map[string]any:
		for _, one := range v {
			markdown(one, f)
		}
	case []any:
		for _, one := range v {
			markdown(one, f)
		}
	case map[string]any:
		if text, ok := v["text"].(string); ok && v["type"] == "mrkdwn" {
			f(text)
		}
		for _, one := range v {
			markdown(one, f)
		}
	}
}

func unquote(s string) string {
	s = strings.TrimSpace(s)
	if len(s) > 1 && (s[0] == '\'' || s[0] == '"') && s[len(s)-1] == s[0] {
		return s[1 : len(s)-1]
	}
	return s
}

func (w *world) isPlace(place string) error {
	if place == "#s3-admins" || place == "#data-team" || ids[place] != "" {
		return nil
	}
	return fmt.Errorf("there is no %q here; it is #s3-admins, #data-team or one of %s", place,
		strings.Join(everybody(), ", "))
}

// times counts the messages of a place that contain a text.
func (w *world) times(place, text string) (n int) {
	for _, m := range w.seenIn(place) {
		if strings.Contains(m.Text+"\n"+m.Plain(), text) {
			n++
		}
	}
	return n
}

func (w *world) seenIn(place string) []slacksim.Message {
	switch place {
	case "#s3-admins":
		return w.slack.Messages("C0ADMIN")
	case "#data-team":
		return w.slack.Messages("C0TEAM")
	}
	return slices.Concat(w.slack.DMs(ids[place]), w.slack.Ephemerals(ids[place]))
}

var counted = regexp.MustCompile(`^(\S+)\s+(.*?)\s*(==|<=|>=)\s*([0-9]+)$`)

// compare parses `PLACE TEXT == 2` and compares the number.
func compare(rest string, number func(what, text string) int) error {
	m := counted.FindStringSubmatch(rest)
	if m == nil {
		return fmt.Errorf("it ends in == 2, <= 2 or >= 2")
	}
	have := number(m[1], unquote(m[2]))
	want, _ := strconv.Atoi(m[4])
	if map[string]bool{"==": have == want, "<=": have <= want, ">=": have >= want}[m[3]] {
		return nil
	}
	return fmt.Errorf("it is %d", have)
}

func (w *world) count(_ context.Context, s step) error {
	if place, _, _ := strings.Cut(s.rest, " "); w.isPlace(place) != nil {
		return w.isPlace(place)
	}
	return compare(s.rest, w.times)
}

// told waits until count holds, over several people if the line says so.
func (w *world) told(ctx context.Context, s step) error {
	return w.until(ctx, func() (bool, string) {
		err := compare(s.rest, func(names, text string) (n int) {
			for name := range strings.SplitSeq(names, "|") {
				n += w.times(name, text)
			}
			return n
		})
		return err == nil, fmt.Sprint(err)
	})
}

func (w *world) calls(_ context.Context, s step) error {
	if s.rest == "forget" {
		w.aws.ResetCalls()
		return nil
	}
	return compare(s.rest, func(op, _ string) int { return w.countCalls(op) })
}

// sweeps waits for two more full passes of the bot, so that all due work is
// done.
func (w *world) sweeps(ctx context.Context, _ step) error {
	before := w.countCalls("GetGroup") // the last call of a pass
	return w.until(ctx, func() (bool, string) { return w.countCalls("GetGroup") >= before+2, "the bot does not sweep" })
}

// writes are the calls that change access.
var writes = []string{"PutBucketPolicy", "DeleteBucketPolicy", "AddUserToGroup", "RemoveUserFromGroup",
	"AttachRolePolicy", "DetachRolePolicy"}

func (w *world) countCalls(op string) (n int) {
	switch {
	case strings.Contains(op, "."):
		return w.slack.Count(op)
	case op != "writes":
		return w.aws.Count(op)
	}
	for _, one := range writes {
		n += w.aws.Count(one)
	}
	return n
}

func (w *world) auditPath() string { return filepath.Join(w.dir, "s3share-audit.jsonl") }

// audit verifies the audit log's chain, or waits for a text in the log.
func (w *world) audit(ctx context.Context, s step) error {
	verb, text, _ := strings.Cut(s.rest, " ")
	switch verb {
	case "verify":
		return w.until(ctx, func() (bool, string) { // the last line may not be written yet
			err := w.verifyAudit()
			return err == nil, fmt.Sprint("the audit log: ", err)
		})
	case "aside":
		return os.Rename(w.auditPath(), w.auditPath()+".aside")
	case "has":
		return w.until(ctx, func() (bool, string) {
			log, _ := os.ReadFile(w.auditPath())
			return strings.Contains(string(log), unquote(text)) == s.wanted, "the audit log: " + string(log)
		})
	}
	return fmt.Errorf("it is: audit verify, audit has TEXT, or audit aside")
}

func (w *world) verifyAudit() error {
	log, err := os.Open(w.auditPath())
	if err != nil {
		return err
	}
	defer log.Close()
	_, err = audit.VerifyFile(log, "")
	return err
}
