package parse

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

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

// abbreviations are zone abbreviations that are no words of a reason.
var abbreviations = strings.Fields("est edt cst cdt mst mdt pst pdt akst akdt hst hast cet cest bst ist jst kst aest " +
	"aedt acst acdt awst nzst nzdt msk eet eest nyc " +
	"sgt hkt sast brt gst pkt wib wita clt clst npt pht ict mez mesz idt ast adt nst ndt et pt")

// capitals are zone abbreviations that are also words: they count in capitals
// only.
var capitals = strings.Fields("CT MT AT WET WEST MET MEST EAT CAT WAT ART")

const othersZone = "Of time zones only your own and UTC can be read: write the time in one of them."

// readZone reads the words after a time of day. It accepts UTC, GMT and the
// person's own zone. The meaning of an abbreviation depends on the date.
func (w *when) readZone(k []string, originals []word) (n int, problem string) {
	if len(k) == 0 {
		return 0, ""
	}
	if len(k) > 1 && slices.Contains([]string{"my", "local", "our"}, k[0]) && k[1] == "time" {
		return 2, ""
	}
	if w.city, w.cityWords = cityZone(k); w.city != "" {
		if len(k) > w.cityWords && k[w.cityWords] == "time" {
			n, w.cityWords = w.cityWords+1, 0
		}
		return n, ""
	}
	switch {
	case k[0] == "utc" || k[0] == "gmt" || k[0] == "z" || k[0] == "zulu":
		w.zone, n = "utc", 1
		if len(k) > 1 && k[1] == "time" {
			n = 2
		}
		return n, ""
	case offset.MatchString(k[0]) && (startsWithDigit(k[0]) || len(k[0]) > 2 || strings.HasPrefix(k[0], "+")):
		return 0, othersZone
	case slices.Contains(abbreviations, k[0]) ||
		slices.Contains(capitals, strings.Trim(originals[0].text, marks+brackets)):
		w.abbreviation = strings.ToUpper(k[0])
		return 1, ""
	case region.MatchString(k[0]):
		w.abbreviation = k[0]
		return 1, ""
	case strings.ContainsAny(k[0], "/-+") && slices.ContainsFunc(pieces(k[0]), isAbbreviation): // EST/EDT
		return 0, othersZone
	case slices.Contains([]string{"eastern", "pacific"}, k[0]) || slices.Contains(k[:min(3, len(k))], "time"):
		return 0, othersZone
	}
	return 0, ""
}

func isAbbreviation(s string) bool { return slices.Contains(abbreviations, s) }

// cityZone returns the zone named after a city, as in "09:00 New York", and the
// number of words in its name; "" if there is none.
func cityZone(k []string) (zone string, n int) {
	for n = min(2, len(k)); n > 0; n-- {
		city := strings.Join(k[:n], "_")
		if !cityLike.MatchString(city) {
			continue
		}
		city = capitalised(city)
		for _, continent := range []string{"Europe", "America", "Asia", "Australia", "Africa"} {
			if zone, err := time.LoadLocation(continent + "/" + city); err == nil {
				return zone.String(), n
			}
		}
	}
	return "", 0
}

// capitalised returns a zone's name with its capitals.
func capitalised(s string) string {
	parts := strings.Split(s, "_")
	for i, p := range parts {
		parts[i] = strings.ToUpper(p[:1]) + p[1:]
	}
	return strings.Join(parts, "_")
}

var cityLike = regexp.MustCompile(`^[a-z]{3,}(?:_[a-z]+)?$`)

var region = regexp.MustCompile(`^(?:africa|america|antarctica|asia|atlantic|australia|` +
	`europe|indian|pacific|us|etc)/[a-z_/+-]+\d*$`)

// isZone reports whether name is the abbreviation or the name of the zone at an
// instant.
func isZone(name string, zone *time.Location, at time.Time) bool {
	abbreviation, _ := at.In(zone).Zone()
	return strings.EqualFold(name, abbreviation) || strings.EqualFold(name, zone.String())
}
