package world

import (
	"s3share/internal/sim/awssim"
	"s3share/internal/sim/slacksim"
)

// botConfig is the company's config. The form offers the buckets that a rule
// names, because the bot does not list buckets in AWS.
const botConfig = `slack: { admin_channel: C0ADMIN }
approvers: { users: [U0ADA, U0BOB] }
accounts:
  - { name: nonprod, id: "222222222222", region: us-east-1, role: "arn:aws:iam::222222222222:role/s3share", external_id: s3share-sandbox }
  - { name: build, id: "111111111111", region: us-east-1, role: "arn:aws:iam::111111111111:role/s3share", external_id: s3share-sandbox }
  - { name: partner, id: "333333333333", identity: external }
  - { name: gov, id: "555555555555", region: us-gov-west-1, identity: external }
responders: { users: [U0EVE] }
auditors: { users: [U0INES] }
people:
  - { principal: "arn:aws:iam::111111111111:user/ritas.user", users: [U0RITA] }
  - { principal: "arn:aws:iam::111111111111:user/bobs.user", users: [U0BOB] }
rules:
  - { bucket: my-shared-bucket-20932, account: nonprod, levels: [read, write, full, get, put, all], max_term: 72h }
  - { bucket: "my-shared-bucket-*", account: nonprod, levels: [read, write, full, get, put, all], max_term: 72h }
  - { bucket: two-keys-1, account: nonprod, levels: [read], approvals: 2 }
  - { bucket: two-groups-1, account: nonprod, approvals: 2, approvers: { users: [U0BOB], groups: [S0PLATFORM] } }
  - { bucket: healed-1, account: nonprod, drift: heal }
  - { bucket: group-1, account: nonprod, approvers: { groups: [S0PLATFORM] }, channel: C0TEAM }
  - { bucket: askers-1, account: nonprod, requesters: { groups: [S0PLATFORM] } }
  - { bucket: owned-1, account: nonprod, own_principals: true }
  - { bucket: folders-1, account: nonprod, prefixes: [builds/*], principals: ["arn:aws:iam::111111111111:user/*"] }
  - { bucket: "odd-*", account: nonprod, approvers: { users: [U0GUS, U0SAM, U0DORA, U0ROBO, U0ADA] } }
  - { bucket: "alone-*", account: nonprod, approvers: { users: [U0RITA] } }
  - { bucket: longer-1, account: nonprod, max_term: 4h, max_total: 6h, free_extension: 1h }
  - { bucket: "auto-*", account: nonprod, auto_approve: [{ levels: [read], max_term: 2h, users: [U0RITA], per_day: 2, week_total: 5h }] }
  - { bucket: glass-1, account: nonprod, break_glass: { users: [U0RITA], max_term: 1h, per_day: 2 } }
  - { bucket: waits-1, account: nonprod, approvals: 2, notify: { users: [U0BOB] }, remind_after: 1h, escalate_after: 2h, escalate: { users: [U0EVE] } }
  - { bucket: office-1, account: nonprod, lapse_hours: { days: [mon, tue, wed, thu, fri], from: "09:00", to: "17:00" } }
  - { bucket: "long-*", account: nonprod, max_term: 30d }
  - { bucket: ticket-1, account: nonprod, reason_pattern: "OPS-[0-9]+" }
levels:
  get: { object: ["s3:Get*"], bucket: [] }
  put: { object: ["s3:Put*"], bucket: [] }
  all: { object: ["s3:*"], bucket: [] }
sweep_every: 2s
listen: ""
`

// shared returns the bucket globs of botConfig's rules.
func shared() []string {
	return []string{"my-shared-bucket-*", "two-keys-*", "two-groups-*", "healed-*", "group-*", "askers-*", "owned-*",
		"folders-*", "odd-*", "alone-*", "longer-*", "auto-*", "glass-*", "waits-*", "office-*", "long-*", "ticket-*"}
}

// addPeople creates the people and their channels.
func addPeople(slack *slacksim.Workspace) {
	for _, u := range []slacksim.User{
		{ID: "U0RITA", Name: "rita"}, {ID: "U0ADA", Name: "ada"}, {ID: "U0BOB", Name: "bob"}, {ID: "U0EVE", Name: "eve"},
		{ID: "U0GUS", Name: "gus", IsRestricted: true}, {ID: "U0SAM", Name: "sam", IsStranger: true, TeamID: "T0OTHER"},
		{ID: "U0DORA", Name: "dora", Deleted: true}, {ID: "U0ROBO", Name: "robo", IsBot: true}, {ID: "U0INES", Name: "ines"},
	} {
		slack.AddUser(u)
	}
	slack.AddGroup("S0PLATFORM", "platform", "U0ADA", "U0EVE", "U0GUS")
	slack.AddChannel("C0ADMIN", "s3-admins", "U0ADA", "U0BOB", "U0EVE", "U0GUS", "U0SAM", "U0DORA", "U0ROBO")
	slack.AddChannel("C0TEAM", "data-team", "U0ADA", "U0BOB", "U0EVE", "U0GUS")
	slack.AddChannel("C0BUILDS", "builds", "U0INES", "U0RITA", "U0ADA", "U0BOB", "U0EVE", "U0GUS", "U0SAM", "U0DORA",
		"U0ROBO")
}

// addAccounts creates the accounts with exactly the roles of deploy/, and returns
// the bot's access key.
func addAccounts(nonprod, build, partner *awssim.Account) (key, secret string) {
	for _, user := range []string{"test.user", "other.user", "bobs.user", "ritas.user"} {
		build.User(user)
	}
	nonprod.User("their.user")
	partner.User("pat")
	botARN := build.User("s3share-bot")
	build.UserPolicy("s3share-bot", "assume",
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole",`+
			`"Resource":["arn:aws:iam::111111111111:role/s3share","arn:aws:iam::222222222222:role/s3share"]}]}`)
	if err := setUp(nonprod, build, botARN, shared()); err != nil {
		panic(err) // impossible: the templates are embedded in this program
	}
	build.Role("deployer", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow",`+
		`"Principal":{"AWS":"arn:aws:iam::111111111111:root"},"Action":"sts:AssumeRole"}]}`)
	for _, bucket := range []string{
		"my-shared-bucket-20932", "two-keys-1", "two-groups-1", "healed-1", "group-1", "askers-1", "owned-1", "folders-1",
		"odd-1", "alone-1", "longer-1", "auto-1", "auto-2", "glass-1", "waits-1", "office-1", "long-1", "ticket-1"} {
		nonprod.Bucket(bucket, awssim.BucketOptions{})
		for _, key := range []string{"builds/a.txt", "builds2/a.txt", "secrets/key.txt"} {
			nonprod.PutObject(bucket, key, []byte("hello"))
		}
	}
	return build.AccessKey("s3share-bot")
}
