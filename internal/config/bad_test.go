package config

import (
	"strings"
	"testing"
)

func TestMistakes(t *testing.T) {
	for _, tt := range []struct {
		change, to string // a line of base, and its replacement
		want       string // after s3share.yml:
	}{
		// Keys and types.
		{approversLine, approversLine + "max_pendin: 3\n", `4:1: "max_pendin" is not a key of the config: did you mean max_pending?`},
		{accountLine, accountLine + "    maxterm: 3h\n", `13:5: "maxterm" is not a key of a rule: did you mean max_term?`},
		{accountLine, accountLine + "    flavour: sweet\n", `13:5: "flavour" is not a key of a rule: use one of bucket, account, region, prefixes, levels, max_term, approvals, channel, own_principals, drift, principals, requesters, approvers, notify, remind_after, escalate_after, escalate, reason_pattern, max_total, free_extension, auto_approve, break_glass, lapse_hours`},
		{accountLine, accountLine + "    account: build\n", `13:5: "account" is set twice, first on line 12: keep one`},
		{accountLine, accountLine + "    approvals: two\n", `13:16: approvals must be a whole number like 2, but is "two"`},
		{accountLine, accountLine + "    approvals: 1.5\n", `13:16: approvals must be a whole number like 2, but is "1.5"`},
		{accountLine, accountLine + "    own_principals: yes\n", `13:21: own_principals must be true or false, but is "yes"`},
		{accountLine, accountLine + "    levels: read\n", `13:13: levels must be a list like [read, write], but is "read"`},
		{accountLine, accountLine + "    channel:\n", `13:5: channel has no value: set one or remove the key`},
		{rulesLine, "rules:\n  - just text\n", `11:5: a rule must be keys with values, but is text`},
		{approversLine, "approvers: [U0ADMIN1]\n", `3:12: approvers must be keys with values, but is a list`},
		{idLine, "    id: 111111111111\n", `9:9: id is a number in YAML: put it in quotes, like "111111111111"`},

		// Credentials.
		{channelLine, channelLine + "  bot_token: x\n", `3:3: ` + noCredentials},
		{channelLine, channelLine + "  app: xapp-1-A0-1-deadbeef\n", `3:3: "app" is not a key of slack: use one of admin_channel, teams` + "\n" + `s3share.yml:3:8: ` + noCredentials},
		{roleLine, roleLine + "    secret_access_key: x\n", `8:5: ` + noCredentials},
		{roleLine, roleLine + "    external_id: AKIAIOSFODNN7EXAMPLE\n", `8:18: ` + noCredentials},

		// Slack.
		{channelLine, "  teams: [T0TEAM]\n", `2:3: slack.admin_channel is missing: name the channel where approval cards go, like admin_channel: C0ADMIN`},
		{channelLine, "  admin_channel: '#s3-admins'\n", `2:18: "#s3-admins" is not the id of a Slack channel: it begins with C or G, like C0ADMIN; copy it from the end of the channel's details`},
		{channelLine, channelLine + "  teams: [acme]\n", `3:11: "acme" is not the id of a Slack workspace: it begins with T, like T0TEAM; copy it from the workspace's address in a browser`},
		{approversLine, "approvers: { users: [U0ADMIN1, ada] }\n", `3:32: "ada" is not the id of a Slack user: it begins with U or W, like U0RITA; copy it from the person's profile`},
		{approversLine, "approvers: { groups: [U0ADMIN1] }\n", `3:23: "U0ADMIN1" is not the id of a Slack user group: it begins with S, like S0PLATFORM; copy it from the group's page`},
		{approversLine, "approvers: { users: [U0ADMIN1, U0ADMIN1] }\n", `3:32: users lists "U0ADMIN1" twice: remove one`},
		{accountLine, accountLine + "    channel: D0DIRECT\n", `13:14: "D0DIRECT" is not the id of a Slack channel: it begins with C or G, like C0ADMIN; copy it from the end of the channel's details`},

		// Accounts.
		{nameLine, "  - name: BUILD/x\n", `8:11: "BUILD/x" cannot be the name of an account: use letters, digits, dots, hyphens and underscores, like build`},
		{nameLine, "  - name: NonProd\n", `8:11: the account NonProd is listed already, at s3share.yml:5: give this one another name`},
		{nameLine, "  - region: us-east-1\n", `8:5: name is missing: give the account a short name, like name: build`},
		{idLine, "    id: \"11111111111\"\n", `9:9: "11111111111" is not the id of an AWS account: it has 12 digits, in quotes, like "111111111111"`},
		{idLine, "    id: \"222222222222\"\n", `9:9: the account id 222222222222 is listed already, at s3share.yml:6: list each account once`},
		{idLine, "", `8:5: id is missing: give the account's 12 digits in quotes, like id: "111111111111"`},
		{idLine, idLine + "    region: us-east\n", `10:13: "us-east" is not a region of AWS: write it like us-east-1, or leave it out`},
		{idLine, idLine + "    role: arn:aws:iam::111111111111:user/s3share\n", `10:11: "arn:aws:iam::111111111111:user/s3share" is not the ARN of an IAM role: write it like arn:aws:iam::111111111111:role/s3share`},
		{idLine, idLine + "    role: arn:aws:iam::222222222222:role/s3share\n", `10:11: the role is in account 222222222222, but this account is 111111111111: use a role in this account`},
		{roleLine, roleLine + "    region: cn-north-1\n", `8:13: the region cn-north-1 is in the partition aws-cn, but the role is in aws: correct one of them`},
		{roleLine, roleLine + "    region: eusc-de-east-1\n", `8:13: the region eusc-de-east-1 is in the partition aws-eusc, but the role is in aws: correct one of them`},
		{roleLine, roleLine + "    external_id: x\n", `8:18: external_id has 1 characters: use 2 to 1224`},
		{roleLine, roleLine + "    external_id: s3 share\n", `8:18: external_id has a character that AWS does not accept: use letters, digits and any of _+=,.@:/-`},
		{idLine, idLine + "    external_id: s3share\n", `10:18: external_id has no effect without a role: add the role or remove external_id`},
		{idLine, idLine + "    identity: both\n", `10:15: identity is "both": write group, or external if the account's admin attaches the policies by hand`},

		// Rules.
		{bucketLine, "  - channel: C0ADMIN\n", `11:5: bucket is missing: name the buckets of this rule, like bucket: my-bucket-*`},
		{accountLine, accountLine + "    region: eu-isoe-west-1\n", `13:13: the region eu-isoe-west-1 is in an isolated partition, which s3share does not support: use a region of aws, aws-cn, aws-us-gov or aws-eusc`},
		{accountLine, accountLine + "    region: west\n", `13:13: "west" is not a region of AWS: write it like us-east-1, or leave it out`},
		{accountLine, accountLine + "    region: us-gov-west-1\n", `13:13: the region us-gov-west-1 is in the partition aws-us-gov, but the account nonprod is in aws: correct one of them`},
		{bucketLine, "  - bucket: fix[ab\n", `11:13: "fix[ab" is not a valid pattern: close the bracket, or write it like my-bucket-*`},
		{bucketLine, "  - bucket: Fixtures-*\n", `11:13: no bucket can match "Fixtures-*": use only lower-case letters, digits, dots and hyphens`},
		{bucketLine, "  - bucket: ab\n", `11:13: no bucket can match: "ab" is not a bucket name; bucket names have 3 to 63 lower-case letters, digits, dots and hyphens`},
		{bucketLine, "  - bucket: s3://fixtures/builds\n", `11:13: "s3://fixtures/builds" is not a bucket name: write it like my-bucket-*, and put the path after the slash into prefixes`},
		{bucketLine, "  - bucket: *\n", `11:13: a bare * is a YAML alias: put quotes around it, like "*"`},
		{bucketLine, "  - bucket: *ab\x1b[31m\n", "11:13: *ab\uFFFD[31m is a YAML alias without the anchor &ab\uFFFD[31m before it: put quotes around it if you mean the text"},
		{bucketLine, "  - bucket: *-fixtures\n", `11:13: *-fixtures is a YAML alias without the anchor &-fixtures before it: put quotes around it if you mean the text`},
		{accountLine, "    account: nonprd\n", `12:14: there is no account called "nonprd": did you mean nonprod?`},
		{accountLine, "", `11:5: account is missing: name the account that owns the buckets, like account: nonprod`},
		{accountLine, accountLine + "  - { bucket: fixtures, account: nonprod }\n", `13:15: this rule has no effect, because the rule at s3share.yml:11 is also for fixtures and comes first: merge them`},
		{accountLine, accountLine + "  - { bucket: fixtures, account: build }\n", `13:15: this rule has no effect, because fixtures of the rule at s3share.yml:11 matches all its buckets, and rules are chosen by bucket name, not by account: give the two rules patterns that share no name`},
		{rulesLine, "rules:\n  - { bucket: fix*, account: nonprod }\n", `12:13: this rule has no effect, because fix* of the rule at s3share.yml:11 matches all its buckets and comes first: move this rule before it`},
		{accountLine, accountLine + "    levels: []\n", `13:13: levels is empty: name at least one, like [read], or leave it out for read`},
		{accountLine, accountLine + "    levels: [raed]\n", `13:14: there is no level called "raed": did you mean read?`},
		{accountLine, accountLine + "    prefixes: []\n", `13:15: prefixes is empty: name some, like [builds/*], or leave it out to allow any`},
		{accountLine, accountLine + "    prefixes: [/builds/*]\n", `13:16: the prefix "/builds/*" can never match: a folder can't begin with a slash; name a folder like my-bucket/builds; access covers builds/ and everything in it`},
		{accountLine, accountLine + "    prefixes: [builds/]\n", `13:16: the prefix "builds/" can never match: write builds/* for the folder and everything in it`},
		{accountLine, accountLine + "    prefixes: [\"build?/*\"]\n", `13:16: the prefix "build?/*" can never match: * is the only wildcard, and spaces at its start or end are not allowed`},
		{accountLine, accountLine + "    max_term: 8\n", `13:15: max_term must be a duration like 45m, 8h or 3d, but is "8"`},
		{accountLine, accountLine + "    max_term: soon\n", `13:15: max_term is wrong: "soon" is not a duration; try 45m, 8h or 3d`},
		{accountLine, accountLine + "    max_term: 0h\n", `13:15: max_term is wrong: a duration of 0h is not possible: it has to be longer than zero; try 45m, 8h or 3d`},
		{accountLine, accountLine + "    max_term: -8h\n", `13:15: max_term is wrong: a duration of -8h is not possible: it has to be longer than zero; try 45m, 8h or 3d`},
		{accountLine, accountLine + "    max_term: 91d\n", `13:15: max_term is 91d: the maximum is 90d`},
		{accountLine, accountLine + "    max_total: 4h\n", `13:16: max_total is 4h, less than the max_term of 8h: raise it, because it includes max_term and all extensions`},
		{accountLine, accountLine + "    max_total: 181d\n", `13:16: max_total is 181d: the maximum is 180d`},
		{accountLine, accountLine + "    free_extension: 9h\n", `13:21: free_extension is 9h, more than the max_term of 8h: lower it`},
		{accountLine, accountLine + "    auto_approve: [{ levels: [read] }]\n", `13:20: auto_approve has no users or groups: list some, like groups: [S0BUILD]`},
		{accountLine, accountLine + "    auto_approve: [{ levels: [write], users: [U0ADA] }]\n", `13:30: auto_approve has the level write, which this rule does not share: remove it or add it to the rule's levels`},
		{accountLine, accountLine + "    auto_approve: [{ users: [U0ADA], max_term: 9h }]\n", `13:48: auto_approve has a max_term of 9h, but the rule's max_term is 8h: lower it`},
		{accountLine, accountLine + "    auto_approve: [{ users: [U0ADA], per_day: 0 }]\n", `13:47: per_day is 0: it must be at least 1`},
		{accountLine, accountLine + "    auto_approve: [{ users: [U0ADA], week_total: 1h }]\n", `13:50: week_total is 1h, less than the max_term of 8h: raise week_total or lower max_term`},
		{accountLine, accountLine + "    auto_approve: [{ users: [U0ADA], often: 1 }]\n", `13:38: "often" is not a key of an auto_approve: use one of levels, week_total, users, groups, max_term, per_day`},
		{accountLine, accountLine + "    break_glass: { max_term: 1h }\n", `13:18: break_glass has no users or groups: list some, like groups: [S0BUILD]`},
		{accountLine, accountLine + "    break_glass: { users: [U0ADA], max_term: 9h }\n", `13:46: break_glass has a max_term of 9h, but the rule's max_term is 8h: lower it`},
		{accountLine, accountLine + "    lapse_hours: { days: [mon, someday] }\n", `13:32: "someday" is not a day: write mon, tue, wed, thu, fri, sat or sun`},
		{accountLine, accountLine + "    lapse_hours: { from: \"9\" }\n", `13:26: from is "9": write it like "09:00"`},
		{accountLine, accountLine + "    lapse_hours: { from: \"17:00\", to: \"09:00\" }\n", `13:18: lapse_hours end before they begin: set from to a time before to`},
		{accountLine, accountLine + "    lapse_hours: { zone: Middle/Earth }\n", `13:26: "Middle/Earth" is not a time zone: write it like Europe/Berlin`},
		{accountLine, accountLine + "    lapse_hours: { days: [] }\n", `13:26: days is empty: name some, like [mon, tue], or leave it out for Monday to Friday`},
		{accountLine, accountLine + "    remind_after: 91d\n", `13:19: remind_after is 91d: the maximum is 90d`},
		{accountLine, accountLine + "    escalate_after: 4h\n", `13:21: escalate_after is set, but escalate is missing: list the people to notify, like escalate: { users: [U0LEAD] }`},
		{accountLine, accountLine + "    escalate: { users: [U0LEAD] }\n", `13:15: escalate is set, but escalate_after is missing: add it, like escalate_after: 8h`},
		{accountLine, accountLine + "    reason_pattern: \"[A-\"\n", "13:21: reason_pattern is not a regular expression: error parsing regexp: missing closing ]: `[A-`"},
		{accountLine, accountLine + "    drift: mend\n", `13:12: drift is "mend": write ask or heal`},

		// Approvers.
		{approversLine, "", `10:5: this rule has no approvers: list approvers in the rule or, for all rules, at the top level`},
		{accountLine, accountLine + "    approvals: 3\n", `13:16: approvals is 3, but only 2 approvers are listed: list more approvers or lower approvals`},
		{accountLine, accountLine + "    approvals: 0\n", `13:16: approvals is 0: it must be at least 1`},
		{accountLine, accountLine + "    approvals: { read: 1, full: 3 }\n", `13:33: approvals is 3 for full, but only 2 approvers are listed: list more approvers or lower approvals`},
		{accountLine, accountLine + "    approvals: { raed: 1 }\n", `13:18: there is no level called "raed": did you mean read?`},
		{accountLine, accountLine + "    approvals: 2\n    approvers: { users: [U0ADA] }\n", `13:16: approvals is 2, but only 1 approver is listed: list more approvers or lower approvals`},

		{accountLine, accountLine + "    requesters: { users: [U0ADMIN1] }\n    approvers: { users: [U0ADMIN1] }\n", `13:17: no request for read can be approved: the requester and the principal's users cannot approve it, which leaves too few approvers (1 needed); list more approvers or other requesters`},
		{accountLine, accountLine + "    approvals: { write: 2 }\n    levels: [read, write]\n    requesters: { users: [U0ADMIN1, U0ADMIN2] }\n", `15:17: no request for write can be approved: the requester and the principal's users cannot approve it, which leaves too few approvers (2 needed); list more approvers or other requesters`},
		{rulesLine, "people: [{ principal: build/rita, users: [U0ADMIN1, U0ADMIN2] }]\nrules:\n  - { bucket: own, account: nonprod, own_principals: true }\n", `12:54: no request for read can be approved: the requester and the principal's users cannot approve it, which leaves too few approvers (1 needed); list more approvers or other requesters`},
		{accountLine, accountLine + "    own_principals: true\n", `13:21: own_principals is true, but people is empty: list each principal's users under people, or remove own_principals`},

		// Principals.
		{idLine + rulesLine, idLine + "    role: arn:aws:iam::111111111111:role/s3share\nrules:\n  - { bucket: own, account: nonprod, principals: [\"arn:aws:iam::111111111111:role/s3share\"] }\n",
			`12:51: arn:aws:iam::111111111111:role/s3share is a role of s3share itself, which never gets access: use another principal`},
		{accountLine, accountLine + "    principals: [\"arn:aws:iam::333333333333:user/*\"]\n", `13:18: "arn:aws:iam::333333333333:user/*" matches no user or role of a configured account: write it like arn:aws:iam::111111111111:user/*, with the id of one`},
		{accountLine, accountLine + "    principals: [\"arn:aws:iam::222222222222:user/*\"]\n", `13:18: "arn:aws:iam::222222222222:user/*" matches only nonprod, the account of the buckets, but s3share shares only between accounts: use another account`},
		{accountLine, accountLine + "    principals: [\"arn:aws:iam::111111111111:group/*\"]\n", `13:18: "arn:aws:iam::111111111111:group/*" matches no user or role of a configured account: write it like arn:aws:iam::111111111111:user/*, with the id of one`},
		{accountLine, accountLine + "    principals: [build/rita]\n", `13:18: principals are matched by their ARN: write arn:aws:iam::111111111111:user/rita`},
		{accountLine, accountLine + "    principals: []\n", `13:17: principals is empty: name some, like ["arn:aws:iam::111111111111:user/*"], or leave it out to allow any`},
		{rulesLine, "people: [{ principal: build/rita }]\nrules:\n", `10:10: users is missing or empty: list the principal's Slack users, like users: [U0RITA]`},
		{rulesLine, "people: [{ principal: ops/rita, users: [U0RITA] }]\nrules:\n", `10:23: principal is wrong: s3share has no account called "ops"; the accounts are nonprod, build`},
		{rulesLine, "people: [{ principal: build/rita, users: [U0RITA] }, { principal: \"arn:aws:iam::111111111111:user/rita\", users: [U0ADA] }]\nrules:\n", `10:67: arn:aws:iam::111111111111:user/rita is listed already, at s3share.yml:10: list all its users there`},
		{rulesLine, "people: [{ principal: build/rita, users: [U0RITA] }, { principal: \"arn:aws:iam::111111111111:user/eng/Rita\", users: [U0ADA] }]\nrules:\n", `10:67: arn:aws:iam::111111111111:user/eng/Rita is listed already, at s3share.yml:10: list all its users there`},

		// Levels.
		{rulesLine, "levels: { Get: { object: [\"s3:Get*\"] } }\nrules:\n", `10:11: "Get" cannot be the name of a level: use a word in lower case, like get`},
		{rulesLine, "levels: { get: { object: [GetObject] } }\nrules:\n", `10:27: "GetObject" is not an action of S3: write it like s3:GetObject or s3:Get*`},
		{rulesLine, "levels: { get: { object: [\"kms:Decrypt\"] } }\nrules:\n", `10:27: "kms:Decrypt" is not an action of S3: write it like s3:GetObject or s3:Get*`},
		{rulesLine, "levels: { get: { object: [] } }\nrules:\n", `10:11: the level get allows nothing: give it at least one action, like object: ["s3:GetObject"]`},
		{rulesLine, "levels: { get: { object: [\"s3:ListBucket\"] } }\nrules:\n", `10:27: s3:ListBucket is an action on the bucket itself: move it from object to bucket`},
		{rulesLine, "levels: { get: { object: [\"s3:ListBucket*\"] } }\nrules:\n", `10:27: s3:ListBucket* is an action on the bucket itself: move it from object to bucket`},
		{rulesLine, "levels: { get: { object: [\"s3:GetObjct\"] } }\nrules:\n", `10:27: there is no action s3:GetObjct in S3: did you mean s3:GetObject?`},
		{rulesLine, "levels: { get: { bucket: [\"s3:Lst*\"] } }\nrules:\n", `10:27: "s3:Lst*" matches no action of S3: write it like s3:GetObject or s3:Get*`},
		{rulesLine, "levels: { get: { bucket: [\"s3:GetObject\"] } }\nrules:\n", `10:27: s3:GetObject is an action on objects: move it from bucket to object`},

		// Settings.
		{rulesLine, "store: { bbolt: a.db, postgres: true }\nrules:\n", `10:8: store names both bbolt and postgres: keep one`},
		{rulesLine, "store: { postgres: true }\nrules:\n", `10:20: PostgreSQL is not available yet: write store: { bbolt: s3share.db }`},
		{rulesLine, "store: s3share.db\nrules:\n", `10:8: store must be keys with values, but is text`},
		{rulesLine, "audit: ./s3share.db\nrules:\n", `10:8: audit and store are the same file: name two different files`},
		{rulesLine, "audit: \"\"\nrules:\n", `10:8: audit is empty: name a file, like s3share-audit.jsonl, or remove it`},
		{rulesLine, "listen: 9090\nrules:\n", `10:9: "9090" is not an address to listen on: write host:port, like 127.0.0.1:9090, or "" to turn it off`},
		{rulesLine, "listen: localhost\nrules:\n", `10:9: "localhost" is not an address to listen on: write host:port, like 127.0.0.1:9090, or "" to turn it off`},
		{rulesLine, "listen: localhost:99999\nrules:\n", `10:9: "localhost:99999" is not an address to listen on: write host:port, like 127.0.0.1:9090, or "" to turn it off`},
		{rulesLine, "max_pending: 0\nrules:\n", `10:14: max_pending is 0: it must be between 1 and 1000`},
		{rulesLine, "request_ttl: 100d\nrules:\n", `10:14: request_ttl is 100d: the maximum is 90d`},
		{rulesLine, "sweep_every: 10ms\nrules:\n", `10:14: sweep_every is 10ms: it must be between 1s and 24h`},
		{rulesLine, "sweep_every: often\nrules:\n", `10:14: sweep_every is wrong: "often" is not a duration; try 45m, 8h or 3d`},
		{rulesLine, "warn_before: 15m\nrules:\n", `10:14: warn_before must be a list like [2h, 15m], but is "15m"`},
		{rulesLine, "warn_before: [2h, 120m]\nrules:\n", `10:19: warn_before has 2h twice: remove one`},
		{rulesLine, "include: other.yml\nrules:\n", `10:10: include names other.yml, which does not exist: create it, or use a pattern like rules.d/*.yml`},
		{rulesLine, "include: \"*.yml\"\nrules:\n", `10:10: include matches this file itself: keep the included files in a directory of their own`},
	} {
		if strings.Count(base, tt.change) != 1 {
			t.Fatalf("%q is not one line of the base", tt.change)
		}
		got := mistakes(t, "s3share.yml", strings.Replace(base, tt.change, tt.to, 1))
		if want := "s3share.yml:" + tt.want; got != want {
			t.Errorf("%s\n got %s\nwant %s", tt.to, got, want)
		}
	}
}

func TestUnreadableFiles(t *testing.T) {
	for _, tt := range []struct{ name, data, want string }{
		{"empty", "", "s3share.yml:1:1: the file is empty: it needs at least one key"},
		{"comments only", "# nothing\n", "s3share.yml:1:1: the file is empty: it needs at least one key"},
		{"a list", "- a\n", "s3share.yml:1:1: the config must be keys with values, but is a list\n" +
			"s3share.yml:1:1: slack.admin_channel is missing: name the channel where approval cards go, like admin_channel: C0ADMIN"},
		{"two documents", base + "---\n" + base, "s3share.yml:13:1: a second YAML document begins here: keep one document in each file and include the other"},
		{"two documents, ended", "---\n" + base + "...\n" + base, "s3share.yml:15:1: a second YAML document begins here: keep one document in each file and include the other"},
		{"too long", base + strings.Repeat("# more\n", 1<<20/6), "s3share.yml: the file is larger than 1 MiB: split it into included files"},
		{"UTF-16", "\xff\xfes\x00l\x00", "s3share.yml: the file is not UTF-8 text: save it as UTF-8"},
		{"a tab", "slack:\n\tadmin_channel: C0ADMIN\n", "s3share.yml:2:1: this is not YAML: found character '\t' that cannot start any token; look for a missing quote, colon or bracket, a tab, or a wrong indent"},
		{"an open bracket", "slack: { admin_channel: C0ADMIN\n", "s3share.yml:1:8: this is not YAML: could not find flow mapping end token '}'; look for a missing quote, colon or bracket, a tab, or a wrong indent"},
		{"nested deep", "slack: " + strings.Repeat("[", 1000), "s3share.yml:1:40: the nesting is too deep: remove needless brackets and dashes"},
		{"a tag", "slack: !!binary aGk=\n", "s3share.yml:1:8: the tag !!binary has no meaning here: remove it"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := mistakes(t, "s3share.yml", tt.data); got != tt.want {
				t.Errorf("\n got %s\nwant %s", got, tt.want)
			}
		})
	}
}

// The parser quotes lines around a syntax error. A secret in them must not
// reach a log.
func TestMistakesQuoteNoCredential(t *testing.T) {
	for _, data := range []string{
		"slack:\n  bot_token: xoxb-SECRET\n  admin_channel: [\n",
		"slack: { bot_token: \"xoxb-SECRET }\n",
		"slack:\n  admin_channel: xoxb-SECRET\n",
		base + "aws_secret_access_key: SECRET\n",
		"slack: &a xoxb-SECRET\nstore: *a\nlisten: *a\n",
		base + "xoxb-SECRET: 1\n",
		strings.Replace(base, "[U0ADMIN1, U0ADMIN2]", "[xoxb-SECRET]", 1),
	} {
		if got := mistakes(t, "s3share.yml", data); got == "" || strings.Contains(got, "SECRET") {
			t.Errorf("%s\n got %s", data, got)
		}
	}
}

// One run reports all mistakes, in file order.
func TestAllMistakesAreReportedInOrder(t *testing.T) {
	got := mistakes(t, "s3share.yml", "include: rules.d/*\nmax_pending: 0\n"+base+"    max_term: 100d\n",
		"rules.d/b.yml", "rules: [{ bucket: b-bucket, account: ops }]\n",
		"rules.d/a.yml", "slack: { admin_channel: C0OTHER }\nrules: [{ bucket: a-bucket, account: nonprod, drift: x }]\n")
	want := `s3share.yml:2:14: max_pending is 0: it must be between 1 and 1000
s3share.yml:15:15: max_term is 100d: the maximum is 90d
rules.d/a.yml:1:1: slack is not allowed in an included file: move it to s3share.yml
rules.d/a.yml:2:54: drift is "x": write ask or heal
rules.d/b.yml:1:38: there is no account called "ops": use one of nonprod, build`
	if got != want {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
}

// Reading the problems must not change them. A mistake in an anchor is reported
// once, in every reading.
func TestProblemsCanBeReadTwice(t *testing.T) {
	p, in := &problems{}, &source{name: "s3share.yml"}
	for range 3 {
		p.add(mark{in, 2, 1}, "a mistake")
		p.warn(mark{in, 3, 1}, "an oddity")
	}
	for range 2 {
		if got := p.err().Error(); got != "s3share.yml:2:1: a mistake" {
			t.Errorf("mistakes: %s", got)
		}
		if got := p.warnings(); len(got) != 1 || got[0] != "s3share.yml:3:1: an oddity" {
			t.Errorf("oddities: %q", got)
		}
	}
}

func TestMissingFile(t *testing.T) {
	_, err := Load("testdata/nothing.yml")
	want := "testdata/nothing.yml: there is no such file (hint: name the config with --config or S3SHARE_CONFIG)"
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}
