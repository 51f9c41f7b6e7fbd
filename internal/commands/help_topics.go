package commands

import (
	"fmt"
	"slices"
	"strings"

	"s3share/internal/grant"
)

// A topic is one page of the help. The page of a command begins with its usage.
type topic struct {
	name    string
	also    []string // other words for it
	content string
}

var topics = []topic{
	{"request", []string{"access", "form"},
		"Requests access. The approvers decide; I send you a message when access is active.\n" +
			"Example: `/s3share request my-bucket/builds read build/test.user 8h nightly build needs the fixtures`\n" +
			"Topics about its parts: `levels`, `users`, `durations`, `start`, `for`.\n" +
			"Several buckets, or several users and roles, with commas between them are one request with one " +
			"decision.\n" +
			"`/s3share` alone opens a form for the same."},
	{"levels", []string{"level", "read", "write", "full"}, ""}, // of the config: see levelsHelp
	{"users", []string{"user", "role", "roles", "principal", "principals"},
		"Name the user or role that gets the access:\n" +
			"`<account>/<user>`, for example `build/test.user`\n" +
			"`<account>/role/<role>`, for example `build/role/deployer`\n" +
			"an ARN, for example `arn:aws:iam::111111111111:user/test.user`"},
	{"durations", []string{"duration", "term", "terms", "time"},
		"Durations are numbers with a unit: `45m`, `8h`, `1h30m`, `3d`, `2w`.\n" +
			"The duration counts from the approval, or from the start that you requested. Each bucket has a maximum: " +
			"`/s3share buckets` lists it."},
	{"start", []string{"from", "later", "schedule"},
		"For access that starts later, put the start in front of the reason: `from tomorrow 09:00`, `from fri " +
			"14:00`, `from 2026-12-05 09:00 UTC` or `in 2 hours`.\n" +
			"Times are in your time zone, and the answer repeats them. Put a reason that sounds like a time in " +
			"quotes."},
	{"for", []string{"behalf", "on-behalf", "beneficiary"},
		"To request for another person, put `for @person` in front of the reason. That person confirms the " +
			"request before the approvers see it, and cannot approve it."},
	{"buckets", []string{"bucket"},
		"Lists the buckets that you can request, with their access levels, longest durations and number of " +
			"approvals.\n" +
			"Example: `/s3share buckets data`"},
	{"list", nil,
		"Lists requests and access. `mine` is the default; `pending` lists what waits for a decision; `active` " +
			"and `all` list what you can see.\n" +
			"Examples: `/s3share list all my-bucket`, `/s3share list active @person`"},
	{"show", nil,
		"Shows one request or access in full, with its latest events. The id is in every message about it."},
	{"history", []string{"csv", "audit"},
		"Lists past events, newest first, of everything that you can see. With `csv` I send you all of them as a " +
			"file.\n" +
			"Examples: `/s3share history my-bucket`, `/s3share history csv`"},
	{"extend", []string{"extension", "extensions"},
		"Requests more time for active access. Access continues until its current end while the approvers " +
			"decide.\n" +
			"Example: `/s3share extend 7K2M9QXA 4h the build still runs`"},
	{"end", []string{"done", "revoke"},
		"Ends access early. You can end your own; approvers and responders can end access that they can see. I " +
			"confirm it when AWS has removed the access."},
	{"cancel", nil,
		"Cancels your request before an approver decides on it, or your pending extension."},
	{"approve", []string{"approver", "approvers", "approval"},
		"Approves a request or an extension. The card in the channel has a button for it, and *Change…* " +
			"narrows the request first. Nobody approves their own request."},
	{"deny", nil,
		"Denies a request or an extension. The requester reads the reason."},
	{"review", nil,
		"Closes the review of emergency access with your findings. An approver who neither " +
			"opened it nor is its beneficiary can."},
	{"break-glass", []string{"emergency", "glass"},
		"Opens access at once in an emergency, without an approval, if a rule allows you to. You confirm it " +
			"first, the approvers' channel is notified, and an approver reviews it afterwards."},
	{"freeze", []string{"incident", "unfreeze", "responder", "responders"},
		"Blocks new approvals and everything that would add access in AWS. Existing access runs until it " +
			"expires; `/s3share end-all` ends it. `/s3share unfreeze` allows approvals again. Only responders can " +
			"freeze."},
	{"end-all", nil,
		"Lists every grant of a bucket, a user or role, a person, or `everything`, and ends them after you " +
			"confirm. With `now` after the target it ends them at once. Only responders can.\n" +
			"Example: `/s3share end-all build/test.user stolen laptop`\n" +
			"At once: `/s3share end-all build/test.user now stolen laptop`"},
	{"settle", nil,
		"Closes the record of an expired grant whose account is gone for good, without a confirmation by AWS. " +
			"Only responders can."},
}

func topicNames() (names []string) {
	for _, t := range topics {
		names = append(names, t.name)
	}
	return names
}

// findTopic returns the topic of a name or of another word for it.
func findTopic(about string) (topic, bool) {
	i := slices.IndexFunc(topics, func(t topic) bool { return t.name == about || slices.Contains(t.also, about) })
	if i < 0 {
		return topic{}, false
	}
	return topics[i], true
}

// helpTopic returns the page of a topic. It refuses an unknown topic and suggests the nearest one.
func (r *ruleBook) helpTopic(about string) (Answer, error) {
	t, found := findTopic(about)
	if !found {
		no := grant.Refuse("There is no help about %q.", clip(about))
		if best := nearest(about, topicWords()); best != "" {
			return Answer{}, no.WithHint("Did you mean `/s3share help %s`?", best)
		}
		return Answer{}, no.WithHint("The topics are %s.", strings.Join(topicNames(), ", "))
	}
	text := t.content
	if t.name == "levels" {
		text = r.levelsHelp()
	}
	for _, v := range verbs {
		if v.name == t.name {
			text = fmt.Sprintf("`/s3share %s`\n%s", v.usage, text)
		}
	}
	return Answer{Text: text}, nil
}

func topicWords() (words []string) {
	for _, t := range topics {
		words = append(append(words, t.name), t.also...)
	}
	return words
}

// levelsHelp describes the access levels of the config.
func (r *ruleBook) levelsHelp() string {
	builtin := map[string]string{"read": "list and download", "write": "upload, without listing or downloading",
		"full": "list, download, upload and delete"}
	var b strings.Builder
	b.WriteString("The access levels:\n")
	for _, name := range r.levelNames() {
		does := builtin[name]
		if l := r.Levels[name]; !slices.Equal(l.Object, grant.BuiltinLevels()[name].Object) {
			does = strings.Join(slices.Concat(l.Object, l.Bucket), ", ")
		}
		fmt.Fprintf(&b, "`%s`: %s\n", name, does)
	}
	return b.String() + "Each bucket offers some of them: `/s3share buckets` lists which." + r.cannotList()
}

// cannotList names the levels that can write but not list. `aws s3 sync` needs both.
func (r *ruleBook) cannotList() string {
	names := slices.DeleteFunc(r.levelNames(), func(name string) bool {
		level := r.Levels[name]
		return !level.Writes() || grant.MatchAction(level.Bucket, "s3:ListBucket")
	})
	if len(names) == 0 {
		return ""
	}
	return " `aws s3 sync` needs a level that can list, so it fails with " + strings.Join(names, ", ") + " alone."
}
