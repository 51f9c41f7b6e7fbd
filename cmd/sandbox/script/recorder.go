package script

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"s3share/cmd/sandbox/world"
	"s3share/internal/sim/slacksim"
)

// A Recorder writes acts down as the lines of a script, which replays them in a
// new world. Before an act it writes how far the world was, so that the replay
// waits for the bot where a person saw its work.
type Recorder struct {
	w      *world.World
	screen screen

	mu      sync.Mutex
	lines   []string
	reached string            // the last position that was written
	last    time.Time         // the machine's time of the last act
	states  map[string]string // of fields, as a replay has them: by view, block and action
}

// NewRecorder returns a recorder that has no lines.
func NewRecorder(w *world.World) *Recorder {
	return &Recorder{w: w, screen: screen{w.Slack}, last: time.Now(), states: map[string]string{}}
}

// Script returns the script so far. It ends with the world's position, and with
// AWS's decision on one question.
func (r *Recorder) Script(who, action, bucket, key string) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.catchUp()
	all := append([]string{"# A story from the sandbox's page; sandbox -script FILE replays it."}, r.lines...)
	line := fmt.Sprintf("can %s %s %s/%s", who, action, bucket, key)
	if !r.w.AWS.Can(who, action, bucket, key).Allowed {
		line = "! " + line
	}
	all = append(slices.DeleteFunc(all, func(s string) bool { return s == "" }), line)
	return strings.Join(all, "\n") + "\n"
}

// Done writes an act that is no person's, such as `clock +1h`.
func (r *Recorder) Done(line string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.last = time.Now()
	r.lines = append(r.lines, line)
}

// Moved writes a move of the clock.
func (r *Recorder) Moved(d time.Duration) {
	r.Done(moved(d))
}

// Before writes how far the world is, before an act that is no person's.
func (r *Recorder) Before() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.catchUp()
}

// A Written is called with Slack's feedback, once a person has acted.
type Written func(slacksim.Delivery)

// Says writes a message or a command, as it is sent to Slack.
func (r *Recorder) Says(user string, in slacksim.Channel, text string) Written {
	does := r.text(text)
	if !strings.HasPrefix(text, "/") {
		return r.act(user, where(in)+"says "+does, "")
	}
	return r.act(user, where(in)+does, where(in)+"types "+does)
}

// Does writes an act that has no object: opens home, shortcut NAME, closes.
func (r *Recorder) Does(user, what string) Written { return r.act(user, what, "") }

// Shortcut writes a shortcut of a message.
func (r *Recorder) Shortcut(user string, in slacksim.Channel, m slacksim.Message, callback string) Written {
	text := lasting(m.Text)
	said := r.w.Slack.Messages(in.ID)
	first := slices.IndexFunc(said, func(one slacksim.Message) bool { return strings.Contains(one.Text, text) })
	if first < 0 || said[first].TS != m.TS || in.DM {
		return r.act(user, "", "")
	}
	return r.act(user, fmt.Sprintf("%sshortcut %s on '%s'", where(in), callback, r.text(text)), "")
}

// Dismisses writes that a person removes a message that only they see.
func (r *Recorder) Dismisses(user string, m slacksim.Message) {
	i := slices.IndexFunc(r.w.Slack.Ephemerals(user), func(one slacksim.Message) bool { return one.TS == m.TS })
	r.act(user, fmt.Sprint("dismisses ", i+1), "")
}

// Uses writes a press of a button, or a choice in a menu of a form.
func (r *Recorder) Uses(user string, on slacksim.Surface, block, action string, state map[string]any) Written {
	switch on := on.(type) {
	case slacksim.Message:
		label := labelOf(on.Buttons(), block, action)
		target := r.target(user, on, label)
		return r.act(user, prefixed("press ", target), prefixed("clicks ", target))
	case slacksim.View:
		label := labelOf(on.Buttons(), block, action)
		switch {
		case on.Type == "home":
			return r.act(user, prefixed("press ", suffixed(label, " at home")), "")
		case label != "":
			return r.act(user, "press "+label+" in the form", "")
		}
		return r.fills(user, on, block, action, entered(state))
	}
	return r.act(user, "", "")
}

// Submits writes the fields that differ from those of the form, and its
// submission.
func (r *Recorder) Submits(user string, v slacksim.View, state map[string]map[string]map[string]any) Written {
	r.mu.Lock()
	from := len(r.lines)
	r.mu.Unlock()
	for _, b := range v.Blocks {
		block, _ := b["block_id"].(string)
		for _, action := range slices.Sorted(maps.Keys(state[block])) {
			now, before := entered(state[block][action]), entered(v.State[block][action])
			if kept, is := r.states[v.ID+" "+block+" "+action]; is {
				before = kept
			}
			if now != before {
				r.fills(user, v, block, action, now)(slacksim.Delivery{})
			}
		}
	}
	written := r.act(user, "submits", "sends")
	return func(d slacksim.Delivery) {
		switch {
		case d.Error != "" && !r.w.Bot.Runs():
			r.forget(v, from) // a later submission has the fields again
			return
		case len(d.FieldErrors) == 0:
			written(d)
			return
		}
		field := slices.Sorted(maps.Keys(d.FieldErrors))[0]
		r.replace("submits", world.Name(user)+" submits -> "+field+": "+lasting(d.FieldErrors[field]))
	}
}

// fills writes the new value of a field. While a person types in a field, its
// line is replaced.
func (r *Recorder) fills(user string, v slacksim.View, block, action, value string) Written {
	field := block
	if label := labelOfField(fieldOf(v, block)); label != "" && !strings.Contains(label, ":") {
		field = label
	}
	line := world.Name(user) + " fills " + field + ": "
	key := v.ID + " " + block + " " + action
	r.mu.Lock()
	if n := len(r.lines); n > 0 && strings.HasPrefix(r.lines[n-1], line) {
		r.lines = r.lines[:n-1]
	}
	r.states[key] = value
	r.mu.Unlock()
	written := r.act(user, "fills "+field+": "+r.text(value), "")
	return func(d slacksim.Delivery) {
		written(d)
		if d.Error != "" {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.states[key] = unknown
		}
	}
}

// unknown is no value that a person can enter.
const unknown = "\x00"

// forget removes the lines from an index on, and the values of a form's fields.
func (r *Recorder) forget(v slacksim.View, from int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lines = r.lines[:min(from, len(r.lines))]
	for _, b := range v.Blocks {
		block, _ := b["block_id"].(string)
		for action := range v.State[block] {
			r.states[v.ID+" "+block+" "+action] = unknown
		}
	}
}

// Edits writes a manual edit of a bucket's policy. The statements of the bot that
// it keeps are written by their Sids, because they have ids and dates.
func (r *Recorder) Edits(bucket, before, after string) {
	var doc map[string]any
	if json.Unmarshal([]byte(after), &doc) != nil {
		r.Done("policy " + bucket + " nothing")
		return
	}
	list, _ := doc["Statement"].([]any)
	for i, one := range list {
		s, _ := one.(map[string]any)
		sid, _ := s["Sid"].(string)
		if strings.HasPrefix(sid, "S3Share") && same(s, statement(before, sid)) {
			list[i] = sid
		}
	}
	text, err := compact(doc)
	if err != nil {
		panic(err) // a document that was read can be written
	}
	r.Done("policy " + bucket + " " + withNumbers(r.w, text))
}

// act writes one act of a person. If Slack then reports an error, the line
// becomes the other one, which ignores errors. An empty line is none.
func (r *Recorder) act(user, line, onError string) Written {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.catchUp()
	name := world.Name(user) + " "
	line = prefixed(name, line)
	r.lines = append(r.lines, line)
	at := len(r.lines) - 1
	return func(d slacksim.Delivery) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.last = time.Now()
		if d.Error != "" && at < len(r.lines) && r.lines[at] == line {
			r.lines[at] = prefixed(name, onError)
		}
	}
}

// replace replaces the last line that ends with a text.
func (r *Recorder) replace(end, line string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i, one := range slices.Backward(r.lines) {
		if strings.HasSuffix(one, " "+end) {
			r.lines[i] = line
			return
		}
	}
}

// pause is how long a person may do nothing until it counts as time passing.
const pause = time.Minute

// catchUp writes the time that has passed, and how far the world is. The caller
// holds r.mu.
func (r *Recorder) catchUp() {
	if passed := time.Since(r.last).Round(time.Second); passed >= pause {
		r.lines = append(r.lines, moved(passed))
		r.last = time.Now()
	}
	if now := position(r.w, r.screen); now != r.reached && now != "messages " {
		r.reached = now
		r.lines = append(r.lines, "reaches "+now)
	}
}

// target is how a script finds a button of a message: by the id of a grant that
// the message names, unless it is the newest with that button. It is empty if no
// script can find it.
func (r *Recorder) target(user string, m slacksim.Message, label string) string {
	bare, _ := numbered(label)
	is := func(text string) bool {
		all := r.screen.buttons(user, bare, text)
		return len(all) > 0 && all[len(all)-1].TS == m.TS && all[len(all)-1].Channel == m.Channel
	}
	if label == "" || len(r.screen.buttons(user, bare, "")) == 1 && is("") {
		return label
	}
	for i, g := range r.w.Grants() {
		if is(g.ID) {
			return fmt.Sprintf("%s of {grant %d}", label, i+1)
		}
	}
	for text := range strings.Lines(m.Text) {
		if text = lasting(text); text != "" && is(text) {
			return label + " of " + r.text(text)
		}
	}
	if is("") {
		return label
	}
	return ""
}

// text is a text as a script has it, in one line.
func (r *Recorder) text(s string) string {
	s = strings.ReplaceAll(s, `\u`, `\u005cu`)
	s = strings.NewReplacer("{", `\u007b`, "\r", "", "\n", `\u000a`).Replace(s)
	return withNumbers(r.w, s)
}
