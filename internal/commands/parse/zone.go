package parse

import (
	"regexp"
	"slices"
	"strings"
	"time"
)

// abbreviations are zone abbreviations that are no words of a reason.
var abbreviations = strings.Fields("est edt cst cdt mst mdt pst pdt akst akdt hst hast cet cest bst ist jst kst aest " +
	"aedt acst acdt awst nzst nzdt msk eet eest nyc " +
	"sgt hkt sast brt gst pkt wib wita clt clst npt pht ict mez mesz idt ast adt nst ndt et pt")

// capitals are zone abbreviations that are also words: they count in capitals
// only.
var capitals = strings.Fields("CT MT AT WET WEST MET MEST EAT CAT WAT ART")

const othersZone = "I can read only your own time zone and UTC: write the time in one of them."

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
