package grant

import "slices"

// A Person is somebody in Slack, by ids that never change and that the
// envelope proved. Names and e-mail addresses play no part: people can edit them.
type Person struct {
	Team string // T…
	User string // U… or W…
}

// IsBot reports whether p is nobody: what the bot does by itself.
func (p Person) IsBot() bool { return p.User == "" }

// Same reports whether two people are one. Slack's user ids are unique across
// teams, and two records of one person that differ in the team only must not
// let somebody approve for themselves.
func (p Person) Same(q Person) bool { return p.User != "" && p.User == q.User }

// Standing is what Slack says of a person just now. The zero Standing is that
// nobody could be asked, and allows nothing.
type Standing string

const (
	Unknown     Standing = ""
	Member      Standing = "member"
	Guest       Standing = "guest"
	App         Standing = "app" // another bot, or Slackbot
	Stranger    Standing = "stranger"
	Deactivated Standing = "deactivated"
)

// An Actor is a person with what has been proved about them for one act: it is
// made afresh for each, and never stored.
type Actor struct {
	Person
	Standing Standing
	Groups   []string // those of the rule's Slack user groups that they are in just now
}

// Check returns a refusal unless Slack says that a is a full member here.
func (a Actor) Check() error { return a.check() }

// check returns a refusal unless Slack says that a is a full member here.
func (a Actor) check() error {
	switch a.Standing {
	case Member:
		return nil
	case Guest:
		return Refuse("Guests can neither ask for access nor decide on it.").WithHint("Ask a full member of this workspace.")
	case App:
		return Refuse("Apps can neither ask for access nor decide on it.")
	case Stranger:
		return Refuse("Only people of this workspace can ask for access or decide on it.")
	case Deactivated:
		return Refuse("This account is deactivated.")
	}
	return Refuse("Slack could not say who you are just now, so nothing was done.").WithHint("Try again in a minute.")
}

// People are users and Slack user groups, as the config lists them.
type People struct {
	Users  []string // U…
	Groups []string // S…
}

// IsEmpty reports whether nobody is listed.
func (p People) IsEmpty() bool { return len(p.Users) == 0 && len(p.Groups) == 0 }

// Same reports whether the same are listed, in whatever order.
func (p People) Same(o People) bool {
	return slices.Equal(slices.Sorted(slices.Values(p.Users)), slices.Sorted(slices.Values(o.Users))) &&
		slices.Equal(slices.Sorted(slices.Values(p.Groups)), slices.Sorted(slices.Values(o.Groups)))
}

// Include reports whether a is listed, by themselves or through one of the
// groups that were resolved for them.
func (p People) Include(a Actor) bool {
	if a.User == "" {
		return false
	}
	if slices.Contains(p.Users, a.User) {
		return true
	}
	return slices.ContainsFunc(p.Groups, func(g string) bool { return slices.Contains(a.Groups, g) })
}
