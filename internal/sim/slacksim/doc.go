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
//   - failures of each method (see [Fault]) and of the socket (see [Disturbance])
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
// workspace.go has the parts of a [Workspace] and the routes, config.go its
// options; core.go has the lock, the clocks and the signals of change. Each part has its state, its Go
// API for tests, and its methods of the Web API:
//
//   - people.go and directory.go: the users and user groups
//   - channels.go, message.go, wire.go, chat.go and conversations.go: the
//     conversations and their messages
//   - views.go, menus.go and trigger.go: modals, Home tabs, the options of
//     external menus, and the acts that let the app open a modal
//   - responseurl.go and files.go: the addresses for answers and for uploads
//   - socket.go and frames.go: the connections
//   - deliver.go and disturb.go: the payloads on these connections
//   - calls.go and faults.go: the log of calls, and the faults of calls
//
// api.go lists the methods of the Web API; request.go reads their arguments,
// answer.go writes their answers, and ratelimit.go counts them. actors.go,
// forms.go, typing.go, enter.go, state.go and suggest.go are the acts of a [Person];
// payloads.go builds the payloads of those acts. validate.go, blockkit.go and
// blockkit_new.go check blocks against limits.go; mutate.go changes posted text
// as Slack does, and plain.go is the text that people read.
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
