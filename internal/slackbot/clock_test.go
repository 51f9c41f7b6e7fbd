package slackbot

import (
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"s3share/internal/grant"
	"s3share/internal/sim/slacksim"
)

// A clock that was ahead leaves due times in the future. After it is set back, and after a start,
// messages do not wait for them.
func TestClockIsSetBack(t *testing.T) {
	for name, then := range map[string]func(*office){
		"while it runs":    func(*office) {},
		"while it is down": (*office).restart,
	} {
		t.Run(name, func(t *testing.T) {
			inOffice(t, func(t *testing.T, o *office) {
				var ahead atomic.Int64
				g, _ := o.pending(requestText)
				if err := o.stop(); err != nil {
					t.Fatal(err)
				}
				c := o.settings
				c.Now = func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
				o.bot = New(c)
				o.start()
				ahead.Store(int64(5 * time.Hour))
				heal := o.slack.Fault("chat.postMessage", slacksim.Fault{Error: "fatal_error"})
				o.apply(g.ID, grant.Deny{By: member("U0BOB"), Today: grant.Today{Rule: &g.Rule}, Why: "no need"})
				time.Sleep(time.Minute)
				heal()
				ahead.Store(0)
				then(o)
				time.Sleep(6 * time.Minute) // no longer than the longest backoff
				if told := strings.Join(o.texts("U0RITA"), "\n"); !strings.Contains(told, "no need") {
					t.Errorf("she is told %s", told)
				}
			})
		})
	}
}
