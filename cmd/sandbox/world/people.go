package world

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Names are the people of the company, by their names in scripts.
func Names() []string {
	return []string{"rita", "ada", "bob", "eve", "gus", "sam", "dora", "robo", "ines"}
}

// Crowd is the greatest number of people that [World.AddCrowd] adds.
const Crowd = 1000

var crowdName = regexp.MustCompile(`^crowd([1-9][0-9]{0,3})$`)

// ID returns the user id of a name in scripts, such as rita or crowd17, or "".
func ID(name string) string {
	known := slices.Contains(Names(), name)
	if m := crowdName.FindStringSubmatch(name); m != nil {
		n, _ := strconv.Atoi(m[1])
		known = n <= Crowd
	}
	if !known {
		return ""
	}
	return "U0" + strings.ToUpper(name)
}

// Name returns the name of a user id, or "".
func Name(id string) string {
	name := strings.ToLower(strings.TrimPrefix(id, "U0"))
	if ID(name) != id {
		return ""
	}
	return name
}
