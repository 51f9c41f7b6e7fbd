package main

import (
	"context"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"time"
)

const commandsHelp = `people: rita and eve ask, ada and bob approve; gus is a guest, sam a stranger, dora has left, ines audits
  rita /s3share …            somebody types a command
  ada press Approve          presses a button of the newest message that has it
  ada press Approve of TEXT  … that has it and the text
  ada press first Approve    … the oldest
  ada press every Approve    … of all messages that have it, at once
  ada, bob press Approve     two people at the same moment
  ada deny because …         presses Deny… and gives a reason
  ada approves, denies …, cancels, ends …, extends …, reviews …, settles …, shows types it with the id of the newest request, and sends
                             the modal that asks about a card which is new; ada enters approve, without that
  ada clicks Approve, ada sends because …, rita types /s3share …   whatever Slack says of it
  ada opens the form         presses Deny… and waits for it; ada submits because …
  rita opens Extend…         presses what opens a form; rita reads 'text' waits until it says so; rita closes
  rita fills FIELD: VALUE    of the form that is open, by the field's label; a menu, too; ada ticks all
  rita looks up FIELD: TEXT -> OPTION, OPTION   what a menu offers to whoever types that; or -> nothing
  rita submits               sends it; rita submits twice (and why, of a denial); rita submits -> FIELD: what it says beside the field
  rita shortcut request_access   or … request_access_here on 'what was said in #builds'; rita says TEXT there
  rita opens home            then: press Extend… at home, opens Extend… at home
  ada insists on Approve     presses until no message has the button any more
  bob looks                  remembers the newest card; bob press Approve as seen; looks at Extend…, to press that as seen
  rita tries /s3share … -> TEXT   is refused with that text, and nothing comes of it
  forge ada approve value=V at=M  a click of ada's that no button made; see forge.txt
  redeliver                  Slack sends the last envelope once more
what they see
  shows PLACE 'text'         waits until rita, or #s3-admins, is shown a text
  offers rita LABEL          waits until a message that she sees has a button, or ! offers, until none has; LABEL of TEXT
  count PLACE 'text' == 1    how many messages there have a text in them; told … waits for it
  home rita 'text'           waits until her Home shows a text; file rita 'text', until a file that she was sent has it
AWS
  can WHO ACTION BUCKET/KEY  as in: can build/test.user s3:GetObject my-shared-bucket-20932/builds/a.txt
  always can …               from now on, after every call and every line; always !can …; always nothing ends it
  policy BUCKET [TEXT]       shows a bucket's policy, or writes it by hand
  add statement BUCKET {…}   adds one to it by hand; remember policy BUCKET, same policy BUCKET
  has BUCKET TEXT            waits until a bucket's policy has a text in it
  fill BUCKET                writes a policy by hand that leaves no room
  holds build [USER]         waits until the account's group has a member
  attached ROLE              waits until a role of the build account has the policy
  bucket NAME [OPTION]       makes a bucket; ObjectWriter, acl GRANTEE, requester pays, abac, kms, kms alias/NAME, or a region; bucket delete NAME
  user add|delete NAME, user rename NAME NEW, user leaves NAME, user groups NAME N, user bounded NAME, role delete NAME, role policies NAME N
  role sso build|partner N   makes the role of a permission set; role carries NAME, role lacks NAME: its permission set has the policy, or not
  adopt pat                  the partner's admin gives a user the policy that #s3-admins was shown last
  aws fail OP CODE[/STATUS] [N], aws lose OP, aws delay OP 2s, aws heal
  calls OP <= 5              how often AWS, or Slack, was called; OP may be writes; calls forget (AWS)
  sweeps                     waits until the bot has looked at everything twice more
time, Slack and the bot
  clock +2h                  moves the clock; clock to tue 09:05, clock to 10s before the end (of what was granted last)
  botclock -4h               sets the clock of the bot's machine alone, so far from everybody's; botclock right
  within 10m …               moves the clock on, little by little, until … is so
  either … and … | …         waits until all of one list is so
  slack down, slack up, slack cut, slack refuse METHOD CODE [N|#channel|blocks], slack lose METHOD, slack deletes #channel (what has buttons), slack heal, slack deactivate ada, slack leaves ada (the group)
  slack leaves bot, slack invites bot   the admin channel
  slack crowd 1000           so many more work here, and are in the group: crowd1, crowd2 and so on
  kill, kill once acked, stop, start, restart, start with the posted head
  store save, store restore  keeps the bot's database, puts the old one back; store restore with the log; store damage REASON: a bit of the record of that request; store repair
  audit verify, audit has TEXT, audit aside
  before OP …, after OP …    does … once, before AWS or Slack acts on the next call of OP, or before it replies;
                             … and then … does one after the other
  happens                    waits until all of those have been done
  repeat 1-30 …              does … with {n} being each number
A ! in front says that it should not be so.
`

// patience is the real time that a condition has to become true, unless a world
// sets a longer one.
const patience = 60 * time.Second

// A step is one line of a script, without its first word.
type step struct {
	wanted bool // no ! in front
	rest   string
	out    io.Writer
}

// verbs maps the first word of a line to its function. The names of people are
// not included.
func (w *world) verbs() map[string]func(context.Context, step) error {
	return map[string]func(context.Context, step) error{
		"help":   func(_ context.Context, s step) error { _, err := fmt.Fprint(s.out, commandsHelp); return err },
		"shows":  w.shows,
		"offers": w.offers, "sweeps": w.sweeps, "within": w.within, "pings": w.pings,
		"told": w.told, "remember": w.remember, "same": w.same, "add": w.add,
		"home": w.home, "file": w.file, "always": w.always, "either": w.either,
		"count":     w.count,
		"can":       w.can,
		"policy":    w.policy,
		"has":       w.has,
		"fill":      w.fill,
		"holds":     w.holds,
		"attached":  w.attached,
		"bucket":    w.makeBucket,
		"user":      w.user,
		"role":      w.role,
		"adopt":     w.adopt,
		"aws":       w.disturbAWS,
		"slack":     w.disturbSlack,
		"calls":     w.calls,
		"clock":     w.moveClock,
		"botclock":  w.moveBotClock,
		"forge":     w.forge,
		"before":    func(_ context.Context, s step) error { return w.hook(s.rest, false) },
		"after":     func(_ context.Context, s step) error { return w.hook(s.rest, true) },
		"happens":   w.happens,
		"store":     w.store,
		"audit":     w.audit,
		"redeliver": func(ctx context.Context, _ step) error { return w.redeliver(ctx) },
		"kill":      w.killOnce,
		"stop":      func(context.Context, step) error { return w.stop() },
		"start":     w.startBot,
		"restart": func(context.Context, step) error {
			if err := w.stop(); err != nil {
				return err
			}
			return w.start()
		},
	}
}

// play plays a script and stops at the first failed line.
func (w *world) play(ctx context.Context, script string, out io.Writer) error {
	for n, line := range strings.Split(script, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "each ") || strings.HasPrefix(line, "with ") {
			continue
		}
		fmt.Fprintln(out, "> "+line)
		if err := w.do(ctx, line, out); err != nil {
			return fmt.Errorf("line %d: %s: %w", n+1, line, err)
		}
	}
	return nil
}

// do runs one line and prints the messages that people get meanwhile.
func (w *world) do(ctx context.Context, line string, out io.Writer) error {
	defer w.print(out)
	does := w.run
	if rest, ok := strings.CutPrefix(line, "repeat "); ok {
		line, does = rest, w.repeat
	}
	if err := does(ctx, line, out); err != nil {
		return err
	}
	return w.look()
}

// within moves the clock forward until a line holds.
func (w *world) within(ctx context.Context, s step) error {
	limit, line, _ := strings.Cut(s.rest, " ")
	left, err := time.ParseDuration(limit)
	if err != nil {
		return fmt.Errorf("it is: within 10m shows …")
	}
	const stride = 20 * time.Second
	for {
		if err = w.briefly(ctx, line, s); err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return err
		}
		if left -= stride; left < 0 { // the time is up by the bot's clock; a slow machine may still need real time
			return w.run(ctx, line, s.out)
		}
		if err := w.moveClock(ctx, step{rest: stride.String()}); err != nil {
			return err
		}
	}
}

func (w *world) run(ctx context.Context, line string, out io.Writer) (err error) {
	defer caught(&err)
	line = strings.TrimSpace(line)
	if line == "" || strings.HasPrefix(line, "#") {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, w.patience)
	defer cancel()
	s := step{wanted: true, out: out}
	if rest, not := strings.CutPrefix(line, "!"); not {
		s.wanted, line = false, strings.TrimSpace(rest)
	}
	word, rest, _ := strings.Cut(expand(line), " ")
	s.rest = strings.TrimSpace(rest)
	if verb, ok := w.verbs()[strings.ToLower(word)]; ok {
		return verb(ctx, s)
	}
	return w.people(ctx, expand(line))
}

func (w *world) repeat(ctx context.Context, rest string, out io.Writer) error {
	span, line, _ := strings.Cut(rest, " ")
	low, high, _ := strings.Cut(span, "-")
	from, err1 := strconv.Atoi(low)
	to, err2 := strconv.Atoi(high)
	if err1 != nil || err2 != nil {
		return fmt.Errorf("it is: repeat 1-30 …, with {n} where the number goes")
	}
	for n := from; n <= to; n++ {
		if err := w.run(ctx, strings.ReplaceAll(line, "{n}", strconv.Itoa(n)), out); err != nil {
			return fmt.Errorf("with %d: %w", n, err)
		}
	}
	return nil
}

var (
	manyOf  = regexp.MustCompile(`\{([0-9]+) x (.)\}`)
	escaped = regexp.MustCompile(`\\u([0-9a-fA-F]{4})`)
)

// expand replaces {2001 x a} and \u202e by text that is hard to type.
func expand(line string) string {
	line = manyOf.ReplaceAllStringFunc(line, func(m string) string {
		parts := manyOf.FindStringSubmatch(m)
		n, _ := strconv.Atoi(parts[1])
		return strings.Repeat(parts[2], n)
	})
	return escaped.ReplaceAllStringFunc(line, func(m string) string {
		n, _ := strconv.ParseInt(m[2:], 16, 32)
		return string(rune(n))
	})
}

// variants returns the scripts that a script stands for. A line `each NAME
// value | value` gives one script per value, with $NAME replaced by the value.
func variants(script string) (names, scripts []string) {
	name, values := "", []string(nil)
	for line := range strings.Lines(script) {
		if rest, ok := strings.CutPrefix(strings.TrimSpace(line), "each "); ok {
			var list string
			name, list, _ = strings.Cut(rest, " ")
			for value := range strings.SplitSeq(list, "|") {
				values = append(values, strings.TrimSpace(value))
			}
		}
	}
	if len(values) == 0 {
		return []string{""}, []string{script}
	}
	for _, value := range values {
		names = append(names, value)
		scripts = append(scripts, strings.ReplaceAll(script, "$"+name, value))
	}
	return names, scripts
}

// settles returns AWS's settling delay from a script's line `with settle 1s`.
func settles(script string) time.Duration {
	for line := range strings.Lines(script) {
		if rest, ok := strings.CutPrefix(strings.TrimSpace(line), "with settle "); ok {
			d, _ := time.ParseDuration(rest)
			return d
		}
	}
	return 0
}
