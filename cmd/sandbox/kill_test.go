package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"s3share/cmd/sandbox/world"
	"s3share/internal/journal"
	"s3share/internal/sim/slacksim"
)

// A deed is one act of one person, and whether Slack got its ack.
type deed struct {
	by, verb, about string // about is the reason of a request, or the id of a grant
	acked           bool
}

// busy simulates people who continue while the bot is killed, and records their
// acts.
type busy struct {
	w   *stage
	mu  sync.Mutex
	rng *rand.Rand

	requests int
	deeds    []deed
	decided  map[string]string // by grant: the chosen decision, over all attempts
	taken    map[string]bool   // by verb and grant: in progress, or acknowledged
}

const busyPeople = 60

func newBusy(w *stage, seed uint64) *busy {
	for n := range busyPeople {
		id := busyPerson(n)
		w.Slack.AddUser(slacksim.User{ID: id, Name: strings.ToLower(id)})
		w.Slack.Join("C0BUILDS", id)
	}
	return &busy{w: w, rng: rand.New(rand.NewPCG(seed, 3)), decided: map[string]string{}, taken: map[string]bool{}}
}

func busyPerson(n int) string { return fmt.Sprintf("U0BUSY%d", n%busyPeople) }

func (p *busy) dice(n int) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.rng.IntN(n)
}

func (p *busy) note(d deed) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.deeds = append(p.deeds, d)
	p.taken[d.verb+d.about] = d.acked // otherwise it is repeated
	return d.acked
}

// take reserves an act. It is false if the act is reserved already.
func (p *busy) take(verb, id string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	free := !p.taken[verb+id]
	p.taken[verb+id] = true
	return free
}

func (p *busy) slash(ctx context.Context, user, text string) bool {
	return p.w.Slack.As(user).Slash(ctx, "C0BUILDS", "/s3share", text).Acked
}

// next returns the number of the next request.
func (p *busy) next() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.requests++
	return p.requests
}

func reasonOf(n int) string { return fmt.Sprintf("deed-%d.", n) }

// requestNumbered submits request n. Its reason is unique.
func (p *busy) requestNumbered(ctx context.Context, n int) bool {
	acked := p.slash(ctx, busyPerson(n), "request my-shared-bucket-20932/builds read build/test.user 2h "+reasonOf(n))
	return p.note(deed{busyPerson(n), "asked", reasonOf(n), acked})
}

func (p *busy) request(ctx context.Context) { p.requestNumbered(ctx, p.next()) }

var (
	anID        = regexp.MustCompile("`([0-9A-Z]{8})`")
	grantOf     = regexp.MustCompile(`^([0-9A-Z]{8})\.`)
	requesterOf = regexp.MustCompile(`<@(U0BUSY\d+)>`)
)

// decide approves or cancels a request. An act without an ack is repeated with
// the same verb.
func (p *busy) decide(ctx context.Context) {
	for _, m := range p.w.Slack.Messages("C0ADMIN") {
		button, has := m.Button("Approve")
		id, from := grantOf.FindStringSubmatch(button.Value), requesterOf.FindStringSubmatch(m.Plain())
		if !has || id == nil || from == nil {
			continue
		}
		p.mu.Lock()
		verb := p.decided[id[1]]
		if verb == "" {
			verb = []string{"approve", "cancel"}[p.rng.IntN(2)]
			p.decided[id[1]] = verb
		}
		p.mu.Unlock()
		if !p.take(verb, id[1]) {
			continue
		}
		d := deed{verb: verb, about: id[1]}
		switch verb {
		case "approve":
			d.by = "U0ADA"
			d.acked = p.w.Slack.As(d.by).Press(ctx, m, "Approve").Acked
		case "cancel":
			d.by = from[1]
			d.acked = p.slash(ctx, d.by, "cancel "+d.about)
		}
		p.note(d)
		return
	}
}

// end ends a grant early by the button of its notice.
func (p *busy) end(ctx context.Context) {
	user := busyPerson(p.dice(busyPeople))
	for _, m := range p.w.Slack.DMs(user) {
		button, has := m.Button("I'm done")
		id := grantOf.FindStringSubmatch(button.Value)
		if !has || id == nil {
			continue
		}
		if p.take("end", id[1]) {
			p.note(deed{user, "end", id[1], p.w.Slack.As(user).Press(ctx, m, "I'm done").Acked})
			return
		}
	}
}

// goOn runs random acts until ctx ends.
func (p *busy) goOn(ctx context.Context) {
	var all sync.WaitGroup
	for _, does := range []func(context.Context){p.request, p.decide, p.decide, p.end, p.end} {
		all.Go(func() {
			for ctx.Err() == nil {
				does(ctx)
				select {
				case <-ctx.Done():
				case <-time.After(time.Duration(5+p.dice(60)) * time.Millisecond):
				}
			}
		})
	}
	all.Wait()
}

// A verdict is the outcome of the acts.
type verdict struct {
	faults  []string
	refused int // acts on a message that the bot does not know, because it died while posting it
}

// judge compares the acts with the audit log and with the answers to people.
func (p *busy) judge(t *testing.T) (v verdict) {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	asked, times := p.logged(t)
	told := p.told()
	for _, d := range p.deeds {
		n, id := times[d.about+" "+d.verb], d.about
		if d.verb == "asked" {
			n, id = len(asked[d.about]), strings.Join(asked[d.about], "")
		}
		answer := d.by + " " + id
		if told[answer] == 0 {
			answer = d.by + " " + decided[d.verb]
		}
		switch {
		case n > 1:
			v.faults = append(v.faults, fmt.Sprintf("carried out %d times: %+v", n, d))
		case n == 0 && d.acked && told[d.by+" "] > 0:
			told[d.by+" "]--
			v.refused++
		case n == 0 && d.acked:
			v.faults = append(v.faults, fmt.Sprintf("acknowledged and lost: %+v", d))
		case d.acked && told[answer] == 0:
			v.faults = append(v.faults, fmt.Sprintf("carried out and not answered: %+v", d))
		case d.acked:
			told[answer]--
		}
	}
	return v
}

// decided are the first words of answers to decisions, which name the requester
// and no grant.
var decided = map[string]string{"approve": "Approved.", "deny": "Denied."}

// told counts each person's private answers by the grant that they name, or by
// their first word if that is a decision. Answers with neither are counted too,
// because a click on an unknown message gets such an answer.
func (p *busy) told() map[string]int {
	people, told := map[string]bool{}, map[string]int{}
	for _, d := range p.deeds {
		people[d.by] = true
	}
	for user := range people {
		for _, m := range append(p.w.Slack.Ephemerals(user), p.w.Slack.DMs(user)...) {
			about := ""
			if id := anID.FindStringSubmatch(m.Text + " " + m.Plain()); id != nil {
				about = id[1]
			} else if word, _, _ := strings.Cut(m.Text, " "); word == decided["approve"] || word == decided["deny"] {
				about = word
			}
			told[user+" "+about]++
		}
	}
	return told
}

// logged returns the request ids by reason, and the number of events by grant
// and kind.
func (p *busy) logged(t *testing.T) (asked map[string][]string, times map[string]int) {
	t.Helper()
	asked, times = map[string][]string{}, map[string]int{}
	log, err := os.ReadFile(p.w.AuditPath())
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(log)) {
		var l struct {
			Body struct {
				Kind, Grant string
				Facts       map[string]string
			} `json:"entry"`
		}
		if !strings.HasSuffix(line, "\n") {
			continue // a line that is still being written
		}
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			t.Fatal(err)
		}
		times[l.Body.Grant+" "+l.Body.Kind]++
		if l.Body.Kind == "asked" {
			asked[l.Body.Facts["reason"]] = append(asked[l.Body.Facts["reason"]], l.Body.Grant)
		}
	}
	return asked, times
}

// settle waits until there are no faults, and returns the last verdict.
func (p *busy) settle(t *testing.T) verdict {
	t.Helper()
	for end := time.Now().Add(p.w.Patience); ; time.Sleep(100 * time.Millisecond) {
		if v := p.judge(t); len(v.faults) == 0 || time.Now().After(end) {
			return v
		}
	}
}

// nothingLeft stops the bot and checks that its journal is empty. An act that
// was answered just before a kill is answered again, so several starts may be
// necessary.
func (p *busy) nothingLeft(t *testing.T) {
	t.Helper()
	for try := 1; ; try++ {
		if err := p.w.Bot.Connected(t.Context()); err != nil { // the bot handles SIGTERM by then
			t.Fatal(err)
		}
		time.Sleep(time.Duration(try-1) * time.Second)
		if err := p.w.Bot.Stop(); err != nil {
			t.Fatal(err)
		}
		left := p.undone(t)
		if len(left) == 0 {
			return
		}
		if try == 10 {
			t.Fatalf("%d acts are never done, the first is %s", len(left), left[0].Body)
		}
		if err := p.w.Bot.Start(); err != nil {
			t.Fatal(err)
		}
	}
}

// undone returns the acts in the journal of a stopped bot.
func (p *busy) undone(t *testing.T) []journal.Record {
	t.Helper()
	store := p.w.StorePath()
	id, err := os.ReadFile(store + ".id")
	if err != nil {
		t.Fatal(err)
	}
	j, err := journal.Open(journal.Config{Path: journal.PathBeside(store), Store: strings.TrimSpace(string(id))})
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	for _, d := range j.Damage() {
		t.Error(d)
	}
	return j.Undone()
}

// TestKilledWithClicksInFlight kills the released program at random moments
// while people press buttons and type commands. Each acknowledged act takes
// effect exactly once and is answered. S3SHARE_KILLS is the number of kills;
// .ci/kills runs the test for longer.
func TestKilledWithClicksInFlight(t *testing.T) {
	t.Parallel()
	kills := 12
	if n, err := strconv.Atoi(os.Getenv("S3SHARE_KILLS")); err == nil {
		kills = n
	}
	w := open(t, world.Options{Program: buildBot(t)})
	w.Explain("used_url") // the bot may be killed five times between an answer and its mark
	p := newBusy(w, 1)
	for n := range kills {
		if err := w.Bot.Connected(t.Context()); err != nil {
			t.Fatal(err)
		}
		ctx, die := context.WithCancel(t.Context())
		var people sync.WaitGroup
		people.Go(func() { p.goOn(ctx) })
		time.Sleep(time.Duration(20+p.dice(800)) * time.Millisecond)
		if err := w.Bot.Kill(); err != nil {
			t.Fatal(err)
		}
		die()
		people.Wait()
		if err := w.Bot.Start(); err != nil {
			t.Fatal(err)
		}
		if n%50 == 49 {
			t.Logf("%d kills, %d acts", n+1, len(p.deeds))
		}
	}
	v := p.settle(t)
	for _, f := range v.faults[:min(20, len(v.faults))] {
		t.Error(f)
	}
	p.nothingLeft(t)
	acked, replayed := 0, 0
	for _, d := range p.deeds {
		if d.acked {
			acked++
		}
	}
	log, _ := os.ReadFile(w.Bot.LogPath())
	for _, m := range regexp.MustCompile(`acts of an earlier run are carried out" acts=(\d+)`).FindAllSubmatch(log, -1) {
		n, _ := strconv.Atoi(string(m[1]))
		replayed += n
	}
	t.Logf("%d kills, %d acts, %d acknowledged, %d replayed after a kill, %d on messages that were not known, %d faults", kills, len(p.deeds), acked, replayed, v.refused, len(v.faults))
	if acked-v.refused < kills || v.refused > acked/2 {
		t.Errorf("%d acts were acknowledged and %d of them refused: this says little", acked, v.refused)
	}
}
