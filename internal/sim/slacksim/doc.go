// Package slacksim is a Slack workspace in memory, served over real HTTP and
// WebSocket. It serves the Web API under /api/, Socket Mode under /link,
// response URLs and uploads. Simulated people type commands, press buttons and
// submit forms.
//
// The package is written from Slack's documentation and shares no type with any
// client. It refuses the calls that Slack refuses: invalid blocks, with Slack's
// own error bodies; a trigger used twice or after three seconds; an ack that is
// late, too large or fragmented.
//
//	w := slacksim.New(slacksim.Config{})
//	srv := httptest.NewServer(w) // SLACK_API_URL is srv.URL + "/api/"
//	w.AddUser(slacksim.User{ID: "U0RITA", Name: "rita"})
//	w.AddChannel("C0ADMIN", "s3-admins", "U0RITA")
//	w.As("U0RITA").Slash(ctx, "C0ADMIN", "/s3share", "request …")
//	w.Wait(ctx, func() bool { return len(w.Messages("C0ADMIN")) == 1 })
//	w.As("U0ADA").Press(ctx, w.Messages("C0ADMIN")[0], "Approve")
//
// # Modelled
//
//   - tokens, their types and scopes, and rate limits
//   - conversations, messages, threads, ephemerals and their updates
//   - files that the app shares
//   - views, their stack of three and their hashes
//   - external menus, shortcuts, response URLs and user groups
//   - sockets: tickets, hello, pings, refreshes, half-open sockets, and too
//     many of them; each payload goes to exactly one live connection
//   - the three-second deadline for an ack, the error that a person sees after
//     it, and the retries of events
//   - failures of each method (see [LastError]) and of the socket (see [Disturbance])
//
// # Not modelled
//
// Search, reactions, unfurling, workflows, Enterprise Grid and OAuth. A method
// that is not modelled answers HTTP 501 and is recorded in
// [Workspace.Unmodelled], so that a test cannot take silence for success.
// docs/slacksim.md has the whole list, the comparisons with other sources, and
// the test of each feature.
//
// # Time
//
// Timestamps of messages and the ages of triggers, tickets and response URLs
// follow [Config.Now]. Slack's timers (ack deadlines, pings, retries of events,
// refreshes) follow [Config.After], and rate limits follow [Config.RateNow].
// These two default to real time, because clients measure them in real time.
//
// # Tour
//
// workspace.go has the state, the routes and the clocks; people.go, message.go
// and views.go have the users, channels, messages and views. actors.go, forms.go,
// enter.go and suggest.go are the acts of people; payloads.go builds the payloads
// of those acts, deliver.go sends them and disturb.go disturbs them. socket.go
// and frames.go are the connections. api.go lists the methods, request.go reads
// their arguments, and chat.go, directory.go and files.go implement them;
// responseurl.go and trigger.go follow up on an act. validate.go, blockkit.go
// and blockkit_new.go check blocks; mutate.go changes posted text as Slack does.
// limits.go lists the size limits, ratelimit.go counts calls, and faults.go makes
// calls fail.
//
// # Sources
//
// docs.slack.dev: apis/events-api/using-socket-mode, interactivity/
// handling-user-interaction, messaging/formatting-message-text, reference/block-kit,
// reference/methods and apis/web-api/rate-limits. The wording of block errors is
// from public reports of real answers (playwright-slack-report#180,
// metabase#25704, frappe-slack-connector#54). If no report was found, the comment
// says that the wording is inferred. Comments on faults name the issue that
// reported the symptom.
package slacksim
