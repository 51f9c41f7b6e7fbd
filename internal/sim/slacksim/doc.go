// Package slacksim is a Slack workspace in memory, served over real HTTP and
// WebSocket: the Web API under /api/, Socket Mode under /link, response URLs,
// uploads, and the people who type commands, press buttons and submit forms.
//
// It is written from Slack's documentation, never from what one particular
// client happens to send, and shares no type with any client. So a bot that
// passes here has talked to something that refuses what Slack refuses:
// invalid blocks with Slack's own error bodies, a trigger used twice or after
// three seconds, an ack that is late, too large or fragmented.
//
//	w := slacksim.New(slacksim.Config{})
//	srv := httptest.NewServer(w) // SLACK_API_URL is srv.URL + "/api/"
//	w.AddUser(slacksim.User{ID: "U0RITA", Name: "rita"})
//	w.AddChannel("C0ADMIN", "s3-admins", "U0RITA")
//	w.As("U0RITA").Slash(ctx, "C0ADMIN", "/s3share", "request …")
//	w.Wait(ctx, func() bool { return len(w.Messages("C0ADMIN")) == 1 })
//	w.As("U0ADA").Press(ctx, w.Messages("C0ADMIN")[0], "Approve")
//
// # What is modelled
//
// Tokens, their types and scopes; conversations, messages, threads, ephemerals
// and their updates; files that the app shares; views, their stack of three and
// their hashes; menus that ask the app for their options; shortcuts; response
// URLs; user groups; tickets, hello, pings, refresh, half-open and too many sockets;
// each payload delivered to exactly one live connection; the three-second ack
// clock and what the person sees when it runs out; retries of events; rate
// limits; and, for each method, a way to make it fail (see [Fault]). For the
// socket see [Disturbance].
//
// # What is not
//
// Search, reactions, unfurling, workflows, Enterprise Grid and OAuth. A method
// that is not modelled answers HTTP 501 and is counted (see
// [Workspace.Unmodelled]), so that nobody mistakes silence for success.
// docs/slacksim.md has the whole list, what was held against what, and which
// test shows each thing.
//
// # Time
//
// Timestamps of messages, the ages of triggers, tickets and response URLs follow
// [Config.Now]. What Slack waits for (the ack clock, pings, retries of events,
// refreshes) follows [Config.After], and rate limits follow [Config.RateNow]:
// real time both, unless a test says otherwise, because the client's end of
// them runs on real time as well.
//
// # Sources
//
// docs.slack.dev: apis/events-api/using-socket-mode, interactivity/
// handling-user-interaction, messaging/formatting-message-text, reference/block-kit,
// reference/methods and apis/web-api/rate-limits. The wording of block
// errors is from public reports of real answers (playwright-slack-report#180,
// metabase#25704, frappe-slack-connector#54); where no report was found, the
// comment says that the wording is inferred. The comments of the symptoms that
// a fault imitates name the issue in which they were seen.
package slacksim
