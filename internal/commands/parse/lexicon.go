package parse

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"s3share/internal/grant"

	"github.com/agnivade/levenshtein"
)

var weekdays = map[string]time.Weekday{
	"monday": time.Monday, "mon": time.Monday,
	"tuesday": time.Tuesday, "tue": time.Tuesday, "tues": time.Tuesday,
	"wednesday": time.Wednesday, "wed": time.Wednesday, "weds": time.Wednesday,
	"thursday": time.Thursday, "thu": time.Thursday, "thur": time.Thursday, "thurs": time.Thursday,
	"friday": time.Friday, "fri": time.Friday,
	"saturday": time.Saturday, "sat": time.Saturday,
	"sunday": time.Sunday, "sun": time.Sunday,
}

var months = map[string]time.Month{
	"january": 1, "jan": 1, "february": 2, "feb": 2, "march": 3, "mar": 3, "april": 4, "apr": 4, "may": 5,
	"june": 6, "jun": 6,
	"july": 7, "jul": 7, "august": 8, "aug": 8, "september": 9, "sep": 9, "sept": 9, "october": 10, "oct": 10,
	"november": 11, "nov": 11, "december": 12, "dec": 12,
}

// vague are words for a time without an instant.
var vague = []string{"yesterday", "morning", "afternoon", "evening", "night", "noonish", "lunch", "lunchtime",
	"weekend", "eod", "cob", "eow", "eom", "midday", "dawn", "dusk", "sunrise", "sunset", "later", "soon", "now",
	"week", "month", "monthend", "year", "christmas", "easter", "xmas"}

var (
	ordinal  = regexp.MustCompile(`^(\d{1,2})(?:st|nd|rd|th)$`)
	clock    = regexp.MustCompile(`^\d{1,2}:\d{2}(:\d{2})?([ap]\.?m)?(utc|gmt|z)?$|^\d{1,2}[ap]\.?m$`)
	isoDay   = regexp.MustCompile(`^\d{4}-\d{1,2}-\d{1,2}$`)
	isoTime  = regexp.MustCompile(`^\d{4}-\d{1,2}-\d{1,2}t\d`)
	number   = regexp.MustCompile(`^\d{1,4}$`)
	timeLike = regexp.MustCompile(`^\d{1,2}([:h]\S*|[./]\d{1,2}([./]\d{0,4})?|-\d\S*)$|^\d+[ap]\.?m$|` +
		`^\d{4}[-/]\d{1,2}([-/]|$)|^\d{1,4}(hrs?|h|utc|gmt|z)$`)
	forWithin = regexp.MustCompile(`(?i)(?:^|[^\pL\pN_'])(for)(?:$|[^\pL\pN_'])`)
	piece     = regexp.MustCompile(`\d{4}-\d{2}-\d{2}(?:t[\d:]+z?)?|\d{1,2}:\d{2}(?:[ap]m)?|\d+(?:\.\d+)+|[\pL\pN_']+`)
	unit      = regexp.MustCompile(`^[a-z]+$`)
	amount    = regexp.MustCompile(`^\d+(\.\d+)?$`)
)

// slang are spellings of tomorrow. They are recognised in order to be refused.
var slang = strings.Fields("tmr tmrw tmw tmrrw tomoz 2moro 2morrow 2mrw 2mro")

// gluedDay matches a date without a space, like 5dec.
var gluedDay = regexp.MustCompile(`^(?:\d{1,2}(?:st|nd|rd|th)?` + shortMonths + `|` + shortMonths + `\d{1,2})$`)

const shortMonths = `(?:jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec)`

// nearDay reports whether a word refers to a day that cannot be read.
func nearDay(s string) bool {
	return slices.Contains(slang, s) || slices.Contains(vague, s) || gluedDay.MatchString(s) || misspelled(s)
}

// halfDay reports whether words are like "9 am".
func halfDay(k []string) bool {
	return len(k) > 1 && dayOfMonth(k[0]) > 0 && slices.Contains([]string{"am", "pm", "a.m", "p.m"}, k[1])
}

// pieces cuts a word at its punctuation. Times, dates and addresses stay whole.
func pieces(s string) []string { return piece.FindAllString(lower(s), -1) }

func isClock(s string) bool { return clock.MatchString(s) || s == "noon" || s == "midnight" }
func isDay(s string) bool {
	_, is := weekdays[s]
	return is && len(s) > 2 || slices.Contains([]string{"today", "tomorrow", "tonight"}, s)
}
func isMonth(s string) bool   { return months[s] > 0 }
func isISODay(s string) bool  { return isoDay.MatchString(s) }
func isInstant(s string) bool { return isoTime.MatchString(s) }
func isNumber(s string) bool  { return number.MatchString(s) }

func startsWithDigit(s string) bool { return s != "" && s[0] >= '0' && s[0] <= '9' }

// isNext reports whether words are like "next monday" or "this week".
func isNext(k []string) bool {
	return len(k) > 1 && slices.Contains([]string{"next", "this", "coming", "following", "last"}, k[0]) &&
		(isDay(k[1]) || isMonth(k[1]) ||
			slices.Contains([]string{"week", "weekend", "month", "year", "morning", "afternoon", "evening"}, k[1]))
}

// exactTime reports whether words begin with a time that is more than a number.
func exactTime(k []string) bool {
	if len(k) == 0 {
		return false
	}
	return isClock(k[0]) || isDay(k[0]) || isISODay(k[0]) || isInstant(k[0]) || isNext(k) || relative(k) > 0 ||
		isMonth(k[0]) && len(k) > 1 && dayOfMonth(k[1]) > 0 || len(k) > 1 && dayOfMonth(k[0]) > 0 && isMonth(k[1])
}

// anyTime reports whether words begin with a time or something similar. After
// "from" a number counts.
func anyTime(k []string) bool {
	switch {
	case len(k) == 0:
		return false
	case exactTime(k) || isNumber(k[0]) || isMonth(k[0]) || timeLike.MatchString(k[0]) ||
		slices.Contains(vague, k[0]) || slices.Contains(slang, k[0]) || gluedDay.MatchString(k[0]):
		return true
	case ordinal.MatchString(k[0]):
		return len(k) == 1 || isMonth(k[1]) || isClock(k[1]) || slices.Contains(afterOrdinal, k[1])
	case k[0] == "half" || k[0] == "quarter":
		return len(k) > 1 && (slices.Contains([]string{"past", "to", "an"}, k[1]) || isNumber(k[1]))
	}
	return false
}

// bareHour reports whether words are like the "6" of "after 6 the release". In
// "after 6 builds" the noun shows that the number is no time.
func bareHour(k []string) bool {
	return len(k) > 0 && dayOfMonth(k[0]) > 0 && (len(k) == 1 || slices.Contains(afterOrdinal, k[1]))
}

// afterOrdinal are words that may follow the number of a day. In "the 5th
// build" the noun shows that the number is no day.
var afterOrdinal = strings.Fields("of at on onward onwards until till to the a an our my we i for and @")

// relative returns the length of a phrase like "in 2 hours" or "in 30m"; 0 for
// others.
func relative(k []string) int {
	if len(k) < 2 || k[0] != "in" {
		return 0
	}
	if isTerm(k[1]) {
		return 2
	}
	if len(k) > 2 && (amount.MatchString(k[1]) || k[1] == "an" || k[1] == "a") && unit.MatchString(k[2]) &&
		isTerm("1"+k[2]) {
		return 3
	}
	return 0
}

// inWords reports whether words are like "in two hours" or "in about 2 hours".
// They are recognised in order to be refused.
func inWords(k []string) bool {
	if len(k) == 0 || k[0] != "in" {
		return false
	}
	about := false
	for k = k[1:]; len(k) > 0 && slices.Contains(abouts, k[0]); {
		about = about || k[0] != "the"
		k = k[1:]
	}
	counted := 0
	for len(k) > 0 && (slices.Contains(counts, k[0]) || manyOf.MatchString(k[0])) {
		k, counted = k[1:], counted+1
	}
	if len(k) == 0 {
		return false
	}
	if counted > 0 && unit.MatchString(k[0]) && isTerm("1"+k[0]) || about && isTerm(k[0]) {
		return true
	}
	return counted > 0 && slices.Contains(longUnits, strings.TrimRight(k[0], "'")) || severalTerms.MatchString(k[0])
}

var (
	abouts = strings.Fields("about around approx approximately roughly circa ca maybe perhaps exactly another the")
	counts = strings.Fields("a an one two three four five six seven eight nine ten eleven twelve fifteen twenty " +
		"thirty few couple half several next some or to and of")
	longUnits    = strings.Fields("month months quarter quarters year years fortnight fortnights")
	manyOf       = regexp.MustCompile(`^\d+(?:\.\d+)?(?:[-/]\d+(?:\.\d+)?)?$`)
	severalTerms = regexp.MustCompile(`^\d+-\d+(?:m|min|mins|h|hrs?)$`)
)

// misspelled reports whether a word is nearly the name of a day or a month.
func misspelled(s string) bool {
	if len(s) < 6 || strings.Contains(s, "'") || isDay(s) || isMonth(s) {
		return false
	}
	near := func(name string) bool { return len(name) >= 6 && levenshtein.ComputeDistance(s, name) <= 2 }
	for name := range weekdays {
		if near(name) {
			return true
		}
	}
	return near("tomorrow") || near("tonight") || near("midnight")
}

// clockTime reads 09:00, 9:30pm, 9pm, noon and midnight.
func clockTime(s string) (sinceMidnight time.Duration, ok bool) {
	switch s = strings.ReplaceAll(s, ".m", "m"); s {
	case "noon":
		return 12 * time.Hour, true
	case "midnight":
		return 0, true
	}
	for _, layout := range []string{"15:04", "15:04:05", "3pm", "3:04pm"} {
		if t, err := time.Parse(layout, s); err == nil {
			if h, _ := strconv.Atoi(strings.SplitN(strings.TrimRight(s, "apm"), ":", 2)[0]); strings.HasSuffix(s, "m") &&
				h == 0 {
				return 0, false // 0:30am is invalid in a twelve-hour clock
			}
			return t.Sub(t.Truncate(24 * time.Hour)), true
		}
	}
	return 0, false
}

func isTerm(s string) bool {
	_, err := grant.ParseTerm(s)
	return err == nil
}

// dayOfMonth reads 5 or 5th; 0 for other words.
func dayOfMonth(s string) int {
	if m := ordinal.FindStringSubmatch(s); m != nil {
		s = m[1]
	}
	if n, err := strconv.Atoi(s); err == nil && n >= 1 && n <= 31 && len(s) <= 2 {
		return n
	}
	return 0
}

// soften skips words between "from" and a time.
func soften(k []string) []string {
	for n := 0; n < 3 && len(k) > 0 && slices.Contains(softeners, k[0]); n++ {
		k = k[1:]
	}
	return k
}
