package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"s3share/internal/sim/awssim"
	"s3share/internal/sim/slacksim"
)

func (w *world) moveClock(_ context.Context, s step) error {
	d, err := time.ParseDuration(strings.TrimPrefix(s.rest, "+"))
	if err != nil {
		return fmt.Errorf("it is: clock +2h, or clock +90s")
	}
	w.mu.Lock()
	w.offset += d
	w.mu.Unlock()
	w.tellTime()
	return nil
}

func (w *world) disturbAWS(_ context.Context, s step) error {
	f := append(strings.Fields(s.rest), "", "", "", "")
	times, _ := strconv.Atoi(f[3])
	switch f[0] {
	case "heal":
		w.aws.Heal("*")
		return nil
	case "fail":
		if f[2] == "" {
			f[2] = "ServiceUnavailable"
		}
		w.aws.Fault(f[1], awssim.Fault{Refuse: f[2], Times: times})
		return nil
	case "lose":
		w.aws.Fault(f[1], awssim.Fault{LoseReply: true, Times: 1})
		return nil
	case "delay":
		if d, err := time.ParseDuration(f[2]); err == nil {
			w.aws.Fault(f[1], awssim.Fault{DelayBefore: d})
			return nil
		}
	}
	return errors.New("it is: aws fail OP CODE [N], aws lose OP, aws delay OP 2s, or aws heal; OP is PutBucketPolicy and the like, or *")
}

func (w *world) disturbSlack(ctx context.Context, s step) error {
	f := append(strings.Fields(s.rest), "", "", "", "")
	times, _ := strconv.Atoi(f[3])
	switch f[0] {
	case "down":
		w.slack.Down(true)
		return w.unplugged(ctx)
	case "up":
		w.slack.Down(false)
		return nil
	case "cut":
		before := w.slack.Conns()
		w.slack.Cut()
		return w.slack.Wait(ctx, func() bool {
			return !slices.ContainsFunc(w.slack.Conns(), func(n int) bool { return slices.Contains(before, n) })
		})
	case "heal":
		for _, heal := range w.healing {
			heal()
		}
		w.healing = nil
		return nil
	case "refuse":
		w.healing = append(w.healing, w.slack.Fault(f[1], slacksim.Refuse(f[2]).Only(times)))
		return nil
	case "lose":
		w.slack.Fault(f[1], slacksim.LoseReply().Only(1))
		return nil
	case "deactivate":
		if ids[f[1]] != "" {
			w.slack.EditUser(ids[f[1]], func(u *slacksim.User) { u.Deleted = true })
			return nil
		}
	}
	return errors.New("it is: slack down, slack up, slack refuse METHOD CODE [N], slack lose METHOD, slack heal, or slack deactivate ada")
}

func (w *world) makeBucket(_ context.Context, s step) error {
	name, option, _ := strings.Cut(s.rest, " ")
	if name == "delete" {
		w.owner().DeleteBucket(option)
		return nil
	}
	o := awssim.BucketOptions{}
	switch option {
	case "kms":
		o.KMSKeyARN = w.owner().Key("us-east-1", false)
	case "":
	default:
		o.Ownership = option
	}
	w.owner().Bucket(name, o)
	w.owner().PutObject(name, "builds/a.txt", []byte("hello"))
	return nil
}

func (w *world) user(_ context.Context, s step) error {
	f := append(strings.Fields(s.rest), "", "", "")
	switch f[0] {
	case "add":
		w.grantee().User(f[1])
	case "delete":
		w.grantee().DeleteUser(f[1])
	case "rename":
		w.grantee().RenameUser(f[1], f[2])
	case "groups":
		n, _ := strconv.Atoi(f[2])
		for i := range n {
			group := fmt.Sprintf("other%d", i)
			w.grantee().Group("/", group, "")
			w.grantee().Join(f[1], group)
		}
	case "leaves":
		w.grantee().Leave(f[1], "s3share")
	default:
		return errors.New("it is: user add NAME, user delete NAME, user rename NAME NEW, user groups NAME N, or user leaves NAME")
	}
	return nil
}

func (w *world) role(_ context.Context, s step) error {
	f := append(strings.Fields(s.rest), "", "", "")
	switch f[0] {
	case "delete":
		w.grantee().DeleteRole(f[1])
	case "policies":
		n, _ := strconv.Atoi(f[2])
		for i := range n {
			w.grantee().AttachToRole(f[1], w.grantee().ManagedPolicy("/", fmt.Sprintf("other%d", i), nothing))
		}
	default:
		return errors.New("it is: role delete NAME, or role policies NAME N")
	}
	return nil
}

const nothing = `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"s3:DeleteBucket","Resource":"*"}]}`

// fill writes a policy that is as long as AWS takes it, nearly.
func (w *world) fill(_ context.Context, s step) error {
	var all []string
	for n := range 170 {
		all = append(all, fmt.Sprintf(`{"Effect":"Deny","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::%s/%03d/*"}`, s.rest, n))
	}
	return w.owner().SetPolicy(s.rest, `{"Version":"2012-10-17","Statement":[`+strings.Join(all, ",")+`]}`)
}

// store keeps the bot's database, or puts the kept one back as a careless
// restore would.
func (w *world) store(_ context.Context, s step) error {
	db, kept := filepath.Join(w.dir, "s3share.db"), filepath.Join(w.dir, "kept.db")
	if w.runs() {
		return errors.New("the bot runs; `stop` it first")
	}
	switch s.rest {
	case "save":
		return copyFile(kept, db)
	case "restore":
		return copyFile(db, kept)
	}
	return errors.New("it is: store save, or store restore")
}

func copyFile(to, from string) error {
	b, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, b, 0o600)
}

// hooks are the lines that wait for a call.
type hooks struct {
	mu    sync.Mutex
	slack []*hook // of Slack's methods; AWS keeps its own
	armed int
	errs  []error
}

type hook struct {
	method string
	after  bool
	line   string
}

// hook has a line done once, at the next call of an operation of AWS or a
// method of Slack: before it acts, or when it has acted and has not replied.
func (w *world) hook(rest string, after bool) error {
	op, line, ok := strings.Cut(rest, " ")
	if !ok {
		return errors.New("it is: before OP …, or after OP …")
	}
	h := &hook{method: op, after: after, line: line}
	w.hooks.mu.Lock()
	defer w.hooks.mu.Unlock()
	w.hooks.armed++
	if strings.Contains(op, ".") || op == "response_url" {
		w.hooks.slack = append(w.hooks.slack, h)
		return nil
	}
	f := awssim.Fault{Times: 1}
	if after {
		f.After = func(awssim.Call) { w.strike(h) }
	} else {
		f.Before = func(awssim.Call) { w.strike(h) }
		if line == "kill" { // nobody is left to whom it could be done
			f.Refuse = "ServiceUnavailable"
		}
	}
	w.aws.Fault(op, f)
	return nil
}

// strike does what a hook says.
func (w *world) strike(h *hook) {
	err := w.run(context.Background(), h.line, io.Discard)
	w.hooks.mu.Lock()
	defer w.hooks.mu.Unlock()
	w.hooks.armed--
	if err != nil {
		w.hooks.errs = append(w.hooks.errs, fmt.Errorf("%s: %w", h.line, err))
	}
}

// happens waits until everything that waited for a call has been done.
func (w *world) happens(ctx context.Context, _ step) error {
	return w.until(ctx, func() (bool, string) {
		w.hooks.mu.Lock()
		defer w.hooks.mu.Unlock()
		if len(w.hooks.errs) > 0 {
			return false, errors.Join(w.hooks.errs...).Error()
		}
		return w.hooks.armed == 0, fmt.Sprintf("%d calls that were waited for never came", w.hooks.armed)
	})
}

// takeHook returns the hook that waits for a call of Slack, or nil.
func (w *world) takeHook(method string) *hook {
	w.hooks.mu.Lock()
	defer w.hooks.mu.Unlock()
	for i, h := range w.hooks.slack {
		if h.method == method {
			w.hooks.slack = append(w.hooks.slack[:i:i], w.hooks.slack[i+1:]...)
			return h
		}
	}
	return nil
}

// hooked is Slack with the hooks in front of it.
func (w *world) hooked(next http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		method := strings.TrimPrefix(r.URL.Path, "/api/")
		if strings.HasPrefix(method, "/commands/") || strings.HasPrefix(method, "/actions/") {
			method = "response_url"
		}
		h := w.takeHook(method)
		switch {
		case h == nil:
			next.ServeHTTP(rw, r)
		case h.after:
			reply := httptest.NewRecorder()
			next.ServeHTTP(reply, r)
			w.strike(h)
			for k, v := range reply.Header() {
				rw.Header()[k] = v
			}
			rw.WriteHeader(reply.Code)
			io.Copy(rw, reply.Body) //nolint:errcheck // nobody may be left
		default:
			body, err := io.ReadAll(r.Body) // the whole call has arrived
			if err != nil {
				panic(http.ErrAbortHandler)
			}
			w.strike(h)
			if h.line == "kill" {
				panic(http.ErrAbortHandler)
			}
			r.Body = io.NopCloser(bytes.NewReader(body))
			next.ServeHTTP(rw, r)
		}
	})
}
