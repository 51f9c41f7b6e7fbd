package parse

import (
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"

	"s3share/internal/mutants"
)

// vocabulary has the words of clauses and words around them.
var vocabulary = strings.Split("for~from~until~at~starting~start~till~on~in~the~of~to~and~now~today~tomorrow~tonight~next~monday~thurs~fri.~sat~dec~5~5th~9~09:00~9pm~pm~"+
	"noon~midnight~2026-12-05~2026~UTC~GMT~EST~2h~hours~week~<@U0BOB|bob the builder>,~<@U0EVE>~@bob~bob~Bob's~<!subteam^S0X|@x>~nightly~build~team~hosts~10.0.0.5~3rd~,~:~-~(~)~by~with~"+
	"behalf~my~colleague~<tel:111|111>~\u00a0~—~release~behind~may~end~time~Europe/London~+0100~morning~in 2 hours~from tomorrow 09:00~for <@U0BOB>~from:~(from~09:00)~“x”~for:~bob>~>~tmrw~5dec~@~am~about~earlier than~Berlin~EST/EDT~New York~yesterday", "~")

// clauseWord matches the words of a clause. Only these may be left out of a
// reason.
var clauseWord = regexp.MustCompile(`(?i)^[-,.:;!?()\[\]*_~—]*(for|on|behalf|of|from|starting|starts?|begin(s|ning)?|at|in|the|now|today|tomorrow|tonight|noon|midnight|` +
	`(mon|tues?|weds?|wednes|thu|thurs?|fri|satur|sat|sun)(day)?|jan|may|dec|december|\d{1,2}(st|nd|rd|th)?|20\d\d|\d{1,2}:\d\d(:\d\d)?(gmt|utc)?|\d{1,2}(:\d\d)?[ap]m|[ap]m|@|2026-12-\d\d|utc|gmt|time|my|(europe/)?london|an?|hours?|\d+h(ours?)?|<@U0\w+(\|\w+)?>)?[-,.:;!?()\[\]*_~—]*$`)

// swallowed matches parts of a reason that should have been read or refused. It
// is independent of the parser: it states the rule literally.
var swallowed = []*regexp.Regexp{
	regexp.MustCompile(`(?i)\bfor\W*<`), regexp.MustCompile(`(?i)\bfor\W*\s@`), regexp.MustCompile(`(?i)\bfor[\s,.:;()-]+(bob|ada)\b`),
	regexp.MustCompile(`(?i)\b(from|until|till|starting|at)[\s,.:;()—-]+(\d{1,4}|\d{1,2}:\d\d|\d{1,2}[ap]m|\d{4}-\d\d-\d\d)([\s,:;()—-]|$)`),
	regexp.MustCompile(`(?i)\b(from|until|till|starting|at)[\s,.:;()—-]+(today|tomorrow|tonight|monday|thurs|fri|sat|dec|noon|midnight|now)\b`),
	regexp.MustCompile(`(?i)\b(today|tomorrow|tonight|monday|thurs|fri|sat|dec|noon)[\s,.:;()—-]+(\d{1,4}|\d{1,2}:\d\d|\d{1,2}[ap]m|monday|thurs|fri|sat|noon|midnight)([\s,:;()—-]|$)`),
	regexp.MustCompile(`(?i)\bin (about )?2 hours\b`), regexp.MustCompile(`(?i)\b(tmrw|5dec|earlier than)[\s,.:;()—-]+(\d{1,2}:\d\d|\d{1,2}pm|monday|sat|tomorrow)([\s,:;()—-]|$)`),
}

// holds checks the reading of a request with these words after the term.
func holds(t *testing.T, tail string) {
	t.Helper()
	c, err := read(t, "R "+tail, "Europe/London", typedAt)
	if err != nil {
		return // a refusal is never silent
	}
	q := c.(Request)
	if strings.ContainsAny(tail, "\"'`“”„‘’«»´′″‚‛‟\u00a0") {
		return // quoted text is the reason unchanged
	}
	for _, rule := range swallowed {
		if found := rule.FindString(q.Draft.Reason); found != "" {
			t.Errorf("%q: the reason swallowed %q", tail, found)
		}
	}
	whole := strings.TrimRight(typedText(normalise(tail)), " \n\t")
	read, is := strings.CutSuffix(whole, q.Draft.Reason)
	if !is && q.Draft.Reason != "" {
		t.Fatalf("%q: the reason %q is not the end of it", tail, q.Draft.Reason)
	}
	for _, w := range split(normalise(read)) {
		if !clauseWord.MatchString(w.text) && !w.isMark() && w.person() == "" {
			t.Errorf("%q: %q is neither of a clause nor of the reason %q", tail, w.typed, q.Draft.Reason)
		}
	}
	if strings.Contains(read, "<@") != (q.Draft.Beneficiary.User != "") {
		t.Errorf("%q is for %q", tail, q.Draft.Beneficiary.User)
	}
}

// In lines of clause words only, no word becomes part of a reason silently, and
// no word is dropped.
func TestNoClauseIsSwallowed(t *testing.T) {
	dice := rand.New(rand.NewPCG(12, 5))
	for range 8_000 {
		var words []string
		for range 1 + dice.IntN(7) {
			words = append(words, vocabulary[dice.IntN(len(vocabulary))])
		}
		if holds(t, strings.Join(words, " ")); t.Failed() {
			return
		}
	}
}

// FuzzClauses chooses the words by the bytes of its input.
func FuzzClauses(f *testing.F) {
	for _, s := range []string{"", "\x00\x1b", "\x01\x0f\x17", "\x02\x11\x17", "\x03\x15"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, picks []byte) {
		var words []string
		for _, p := range picks[:min(len(picks), 12)] {
			words = append(words, vocabulary[int(p)%len(vocabulary)])
		}
		holds(t, strings.Join(words, " "))
	})
}

// FuzzParse reads arbitrary text: Parse ends with a command or an error.
func FuzzParse(f *testing.F) {
	seeds := []string{"", "approve 7K2M9QXA", "deny 7K2M9QXA no\n/s3share end X", "list active my-bucket page 2", "request", "end-all <@U0BOB>: now why", "freeze at 9"}
	for _, c := range typed {
		seeds = append(seeds, c.text)
	}
	for _, text := range mutants.Of(2000, seeds...) {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, err := read(t, text, "Europe/London", typedAt)
		if (c == nil) == (err == nil) && err == nil {
			t.Errorf("%q is read as nothing", text)
		}
		if all, is := c.(EndAll); is && all.Now != EndsNow(text) {
			t.Errorf("%q: EndsNow says %t", text, EndsNow(text))
		}
		if tail, is := strings.CutPrefix(text, "R "); is && !strings.ContainsAny(text, "\n<>&") {
			holds(t, tail)
		}
	})
}
