package script

// help lists the steps of a script.
const help = `people: rita and eve are requesters, ada and bob approvers, ines an auditor; gus is a guest, sam is from another workspace, dora has left
  rita /s3share …            types a command as Rita
  ada press Approve          presses a button on the newest message that has it
  ada press Approve of TEXT  … on the newest message that also has the text
  ada press first Approve    … on the oldest message that has it
  ada press every Approve    … on all messages that have it, at the same moment
  ada press Approve [2]      the second button with that label in one message, at home or in the form
  ada, bob press Approve     two people at the same moment
  ada deny because …         presses Deny… and gives a reason
  ada approves, denies …, cancels, ends …, extends …, reviews …, settles …, shows types the command with the id of the newest request, and confirms
                             the modal about a card that she has not seen; ada enters approve: without the confirmation
  ada clicks Approve, ada sends because …, rita types /s3share …   whether or not Slack reports an error
  ada opens the form         presses Deny… and waits for the form; then: ada submits because …
  rita opens Extend…         presses a button that opens a form; rita press More options in the form
  rita reads 'text'          waits until the open form shows the text; rita closes: closes it
  rita fills FIELD: VALUE    fills a field or a menu of the open form, by its label; ada ticks all
  rita keys FIELD: TEXT      types the text into an empty field, character by character
  rita looks up FIELD: TEXT -> OPTION, OPTION   the options that a menu offers for the typed text; or -> nothing
  rita submits               sends the form; rita submits twice (with the reason, for a denial); rita submits -> FIELD: ERROR beside the field
  rita shortcut request_access   or … request_access_here on 'text of a message in #builds'; rita says TEXT there
  ada in #s3-admins …        types, says or runs a shortcut there instead; rita dismisses 1: of the messages that only she sees
  rita opens home            then: press Extend… at home, opens Extend… at home
  ada insists on Approve     presses until no message has the button
  bob looks                  remembers the newest card; bob press Approve as seen: presses the remembered one; looks at Extend… for another button
  rita tries /s3share … -> TEXT   is refused with that text, without any other effect
  forge ada approve value=V at=M  sends a click that no button made; see forge.txt
  redeliver                  Slack sends the last envelope again
messages
  shows PLACE 'text'         waits until rita or #s3-admins is shown a text
  offers rita LABEL          waits until one of her messages has a button; ! offers: until none has; LABEL of TEXT
  count PLACE 'text' == 1    number of messages there with a text; told … waits for it
  reaches messages #s3-admins 2, rita 1; grants ended, pending
                             waits until the grants, oldest first, have come as far, and up to 5 s until these places have so many messages
  pings PLACE                whether a message there notifies the whole channel
  home rita 'text'           waits until her Home shows a text; file rita 'text': until a file sent to her has it
AWS
  can WHO ACTION BUCKET/KEY  as in: can build/test.user s3:GetObject my-shared-bucket-20932/builds/a.txt
  always can …               checks after every call and every line; always !can …; always nothing stops it
  policy BUCKET [TEXT]       shows a bucket policy, or writes it by hand; nothing deletes it, and a Sid in a statement's place is the statement that has it now
  add statement BUCKET {…}   adds a statement by hand; remember policy BUCKET and same policy BUCKET compare it
  has BUCKET TEXT            waits until a bucket policy has a text
  fill BUCKET                writes a policy by hand that leaves no room for a statement
  holds build [USER]         waits until the account's group has a member
  attached ROLE              waits until a role of the build account has the policy
  bucket NAME [OPTION]       creates a bucket; ObjectWriter, acl GRANTEE, requester pays, abac, kms, kms alias/NAME, or a region; bucket delete NAME
  user add|delete NAME, user rename NAME NEW, user leaves NAME, user groups NAME N, user bounded NAME, role delete NAME, role policies NAME N
  role sso build|partner N   creates the role of a permission set; role carries NAME, role lacks NAME: its permission set has the policy or lacks it
  adopt pat                  the partner's admin attaches the policy last shown in #s3-admins to a user
  aws fail OP CODE[/STATUS] [N], aws lose OP [always], aws delay OP 2s, aws heal
  calls OP <= 5              number of calls of AWS or Slack; OP may be writes; calls forget resets those of AWS
  sweeps                     waits until the bot has rechecked all grants twice
time, Slack and the bot
  clock +2h                  moves the clock; clock to tue 09:05, clock to 10s before the end (of the newest grant)
  botclock -4h               sets only the bot's clock, by its difference from all others; botclock right
  within 10m …               moves the clock forward in small steps until … is true
  either … and … | …         waits until all steps of one list are true
  slack down, slack up, slack cut, slack refuse METHOD CODE [N|#channel|blocks], slack lose METHOD [always], slack delay METHOD 2s, slack deletes #channel (messages with buttons), slack heal, slack deactivate ada, slack leaves ada (the group)
  slack leaves bot, slack invites bot   the admin channel
  slack crowd 1000           adds so many people to the workspace and the group: crowd1, crowd2 and so on
  kill, kill once acked, stop, start, restart, start with the posted head
  store save, store restore  saves and restores the bot's database; store restore with the log; store damage REASON: flips a bit in the record of that request; store repair
  audit verify, audit has TEXT, audit aside
  before OP …, after OP …    runs … once, before AWS or Slack acts on the next call of OP, or before it replies;
                             … and then … runs one after the other
  happens                    waits until all of those have run
  repeat 1-30 …              runs … with each number as {n}
A ! in front of a check means that it must be false. {grant 2} is the id of the second grant.
`
