package script

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"s3share/cmd/sandbox/world"
)

// placesOfAll are the places whose messages `reaches` counts.
var placesOfAll = append([]string{"#s3-admins", "#data-team"}, world.Names()...)

// position is how far a world is: the states of its grants, oldest first, and
// the number of messages at each place that has some. It is the argument of
// `reaches`.
func position(w *world.World, screen screen) string {
	var messages, states []string
	for _, place := range placesOfAll {
		if n := screen.times(place, ""); n > 0 {
			messages = append(messages, fmt.Sprint(place, " ", n))
		}
	}
	for _, g := range w.Grants() {
		states = append(states, g.State)
	}
	all := "messages " + strings.Join(messages, ", ")
	if len(states) > 0 {
		all += "; grants " + strings.Join(states, ", ")
	}
	return all
}

// messagesWithin is how long `reaches` waits for messages. A bot that was killed may have
// sent one twice, and its replay only once.
const messagesWithin = 5 * time.Second

// reaches waits until the grants have come at least as far as these states, and
// for a short time until the places have at least so many messages.
func (a accounts) reaches(ctx context.Context, line step) error {
	messages, states, _ := strings.Cut(line.rest, "; grants ")
	wanted := map[string]int{}
	for one := range strings.SplitSeq(strings.TrimPrefix(messages, "messages "), ", ") {
		if one == "" {
			continue // no place has a message
		}
		place, number, _ := strings.Cut(one, " ")
		n, err := strconv.Atoi(number)
		if err != nil || isPlace(place) != nil {
			return errors.New("usage: reaches messages #s3-admins 2, rita 1; grants ended, pending")
		}
		wanted[place] = n
	}
	if err := until(ctx, func() (bool, string) {
		return reached(a.w.Grants(), states), position(a.w, a.screen)
	}); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, messagesWithin)
	defer cancel()
	until(ctx, func() (bool, string) { //nolint:errcheck // it goes on with fewer messages
		few := func(place string) bool { return a.screen.times(place, "") < wanted[place] }
		return !slices.ContainsFunc(placesOfAll, few), ""
	})
	return nil
}

// reached reports whether grants have come at least as far as a list of states.
func reached(grants []world.Grant, states string) bool {
	if states == "" {
		return true
	}
	wanted := strings.Split(states, ", ")
	if len(grants) < len(wanted) {
		return false
	}
	for i, state := range wanted {
		now := slices.Index(course, grants[i].State)
		if grants[i].State != state && (now < 0 || now < slices.Index(course, state) || !slices.Contains(course, state)) {
			return false
		}
	}
	return true
}

// course has the states that an approved request goes through.
var course = []string{"checking", "pending", "approved", "active", "ending", "ended"}

var grantNumber = regexp.MustCompile(`\{grant ([0-9]+)\}`)

// withIDs replaces {grant 2} by the id of the second grant. The ids of a world
// are random, so a script cannot have them.
func withIDs(w *world.World, line string) (string, error) {
	var err error
	line = grantNumber.ReplaceAllStringFunc(line, func(m string) string {
		n, _ := strconv.Atoi(grantNumber.FindStringSubmatch(m)[1])
		all := w.Grants()
		if n < 1 || n > len(all) {
			err = fmt.Errorf("%s: there are %d grants", m, len(all))
			return m
		}
		return all[n-1].ID
	})
	return line, err
}

// withNumbers is the inverse of withIDs.
func withNumbers(w *world.World, text string) string {
	for i, g := range w.Grants() {
		text = strings.ReplaceAll(text, g.ID, fmt.Sprintf("{grant %d}", i+1))
	}
	return text
}
