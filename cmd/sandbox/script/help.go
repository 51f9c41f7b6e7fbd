package script

// help lists the steps of a script.
const help = `people: rita and eve ask, ada and bob approve; gus is a guest, sam a stranger, dora has left, ines audits
  rita /s3share …            somebody types a command
  ada press Approve          presses a button of the newest message that has it
  ada press Approve of TEXT  … that has it and the text
  ada press first Approve    … the oldest
  ada press every Approve    … of all messages that have it, at once
  ada, bob press Approve     two people at the same moment
  ada deny because …         presses Deny… and gives a reason
  ada approves, denies …, cancels, ends …, extends …, reviews …, settles …, shows types it with the id of the newest request, and sends
                             the modal that asks about a card which is new; ada enters approve, without that
  ada clicks Approve, ada sends because …, rita types /s3share …   whatever Slack says of it
  ada opens the form         presses Deny… and waits for it; ada submits because …
  rita opens Extend…         presses what opens a form; rita press More options in the form
  rita reads 'text'          waits until the form that is open says so; rita closes
  rita fills FIELD: VALUE    of the form that is open, by the field's label; a menu, too; ada ticks all
  rita keys FIELD: TEXT      types it into an empty field, character by character
  rita looks up FIELD: TEXT -> OPTION, OPTION   what a menu offers to whoever types that; or -> nothing
  rita submits               sends it; rita submits twice (and why, of a denial); rita submits -> FIELD: what it says beside the field
  rita shortcut request_access   or … request_access_here on 'what was said in #builds'; rita says TEXT there
  rita opens home            then: press Extend… at home, opens Extend… at home
  ada insists on Approve     presses until no message has the button any more
  bob looks                  remembers the newest card; bob press Approve as seen; looks at Extend…, to press that as seen
  rita tries /s3share … -> TEXT   is refused with that text, and nothing comes of it
  forge ada approve value=V at=M  a click of ada's that no button made; see forge.txt
  redeliver                  Slack sends the last envelope once more
what they see
  shows PLACE 'text'         waits until rita, or #s3-admins, is shown a text
  offers rita LABEL          waits until a message that she sees has a button, or ! offers, until none has; LABEL of TEXT
  count PLACE 'text' == 1    how many messages there have a text in them; told … waits for it
  pings PLACE                whether a message there would notify the whole channel
  home rita 'text'           waits until her Home shows a text; file rita 'text', until a file that she was sent has it
AWS
  can WHO ACTION BUCKET/KEY  as in: can build/test.user s3:GetObject my-shared-bucket-20932/builds/a.txt
  always can …               from now on, after every call and every line; always !can …; always nothing ends it
  policy BUCKET [TEXT]       shows a bucket's policy, or writes it by hand
  add statement BUCKET {…}   adds one to it by hand; remember policy BUCKET, same policy BUCKET
  has BUCKET TEXT            waits until a bucket's policy has a text in it
  fill BUCKET                writes a policy by hand that leaves no room
  holds build [USER]         waits until the account's group has a member
  attached ROLE              waits until a role of the build account has the policy
  bucket NAME [OPTION]       makes a bucket; ObjectWriter, acl GRANTEE, requester pays, abac, kms, kms alias/NAME, or a region; bucket delete NAME
  user add|delete NAME, user rename NAME NEW, user leaves NAME, user groups NAME N, user bounded NAME, role delete NAME, role policies NAME N
  role sso build|partner N   makes the role of a permission set; role carries NAME, role lacks NAME: its permission set has the policy, or not
  adopt pat                  the partner's admin gives a user the policy that #s3-admins was shown last
  aws fail OP CODE[/STATUS] [N], aws lose OP, aws delay OP 2s, aws heal
  calls OP <= 5              how often AWS, or Slack, was called; OP may be writes; calls forget (AWS)
  sweeps                     waits until the bot has looked at everything twice more
time, Slack and the bot
  clock +2h                  moves the clock; clock to tue 09:05, clock to 10s before the end (of what was granted last)
  botclock -4h               sets the clock of the bot's machine alone, so far from everybody's; botclock right
  within 10m …               moves the clock on, little by little, until … is so
  either … and … | …         waits until all of one list is so
  slack down, slack up, slack cut, slack refuse METHOD CODE [N|#channel|blocks], slack lose METHOD, slack deletes #channel (what has buttons), slack heal, slack deactivate ada, slack leaves ada (the group)
  slack leaves bot, slack invites bot   the admin channel
  slack crowd 1000           so many more work here, and are in the group: crowd1, crowd2 and so on
  kill, kill once acked, stop, start, restart, start with the posted head
  store save, store restore  keeps the bot's database, puts the old one back; store restore with the log; store damage REASON: a bit of the record of that request; store repair
  audit verify, audit has TEXT, audit aside
  before OP …, after OP …    does … once, before AWS or Slack acts on the next call of OP, or before it replies;
                             … and then … does one after the other
  happens                    waits until all of those have been done
  repeat 1-30 …              does … with {n} being each number
A ! in front says that it should not be so.
`
