package grant

import "slices"

// A Person is a Slack user, identified by ids that never change and that
// Slack's envelope verified. Names and e-mail addresses are not used: people
// can edit them.
type Person struct {
	Team string // T…
	User string // U… or W…
}

// IsBot reports whether p is the zero Person, which stands for the bot itself.
func (p Person) IsBot() bool { return p.User == "" }

// Same reports whether p and q are one person. Slack's user ids are unique
// across teams. The team is ignored, so that a person cannot approve their own
// request under another team.
func (p Person) Same(q Person) bool { return p.User != "" && p.User == q.User }

// Standing is a person's current status in Slack. The zero Standing means that
// Slack did not answer, and allows nothing.
type Standing string

const (
	Unknown     Standing = ""
	Member      Standing = "member"
	Guest       Standing = "guest"
	App         Standing = "app" // another bot, or Slackbot
	Stranger    Standing = "stranger"
	Deactivated Standing = "deactivated"
)

// An Actor is a person with the verified facts for one act. It is built anew
// for each act and never stored.
type Actor struct {
	Person
	Standing Standing
	Groups   []string // the rule's Slack user groups that contain the person now
}

// Check returns a refusal unless a is a full member of this workspace.
func (a Actor) Check() error { return a.check() }

// check is Check.
func (a Actor) check() error {
	switch a.Standing {
	case Member:
		return nil
	case Guest:
		return Refuse("Guests can't request or approve access.").WithHint("Ask a full member of this workspace.")
	case App:
		return Refuse("Apps can't request or approve access.")
	case Stranger:
		return Refuse("Only members of this workspace can request or approve access.")
	case Deactivated:
		return Refuse("This Slack account is deactivated.")
	}
	return Refuse("Nothing was done: Slack couldn't confirm who you are.").WithHint("Try again in a minute.")
}

// People are users and Slack user groups, as the config lists them.
type People struct {
	Users  []string // U…
	Groups []string // S…
}

// IsEmpty reports whether p lists no user and no group.
func (p People) IsEmpty() bool { return len(p.Users) == 0 && len(p.Groups) == 0 }

// Same reports whether p and o list the same users and groups, in any order.
func (p People) Same(o People) bool {
	return slices.Equal(slices.Sorted(slices.Values(p.Users)), slices.Sorted(slices.Values(o.Users))) &&
		slices.Equal(slices.Sorted(slices.Values(p.Groups)), slices.Sorted(slices.Values(o.Groups)))
}

// Include reports whether p lists a, directly or by one of the actor's groups.
func (p People) Include(a Actor) bool {
	if a.User == "" {
		return false
	}
	if slices.Contains(p.Users, a.User) {
		return true
	}
	return slices.ContainsFunc(p.Groups, func(g string) bool { return slices.Contains(a.Groups, g) })
}
