package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"s3share/internal/sim/awssim"
	"s3share/internal/sim/slacksim"
)

func (w *world) disturbAWS(_ context.Context, s step) error {
	f := append(strings.Fields(s.rest), "", "", "", "")
	times, _ := strconv.Atoi(f[3])
	switch f[0] {
	case "heal":
		w.aws.Heal("*")
		return nil
	case "fail":
		if f[2] == "" {
			f[2] = "ServiceUnavailable"
		}
		code, status, _ := strings.Cut(f[2], "/")
		number, _ := strconv.Atoi(status) // 0 means AWS's status for the code
		w.aws.Fault(f[1], awssim.Fault{Refuse: code, Status: number, Times: times})
		return nil
	case "lose":
		w.aws.Fault(f[1], awssim.Fault{LoseReply: true, Times: 1})
		return nil
	case "delay":
		if d, err := time.ParseDuration(f[2]); err == nil {
			w.aws.Fault(f[1], awssim.Fault{DelayBefore: d})
			return nil
		}
	}
	return errors.New("it is: aws fail OP CODE[/STATUS] [N], aws lose OP, aws delay OP 2s, or aws heal; OP is " +
		"PutBucketPolicy and the like, or *")
}

// channelIDs are the channels where cards are posted.
var channelIDs = map[string]string{"s3-admins": "C0ADMIN", "data-team": "C0TEAM"}

func (w *world) disturbSlack(ctx context.Context, s step) error {
	f := append(strings.Fields(s.rest), "", "", "", "")
	times, _ := strconv.Atoi(f[3])
	switch f[0] {
	case "down":
		w.slack.Down(true)
		return w.unplugged(ctx)
	case "up":
		w.slack.Down(false)
		return nil
	case "cut":
		before := w.slack.Conns()
		w.slack.Cut()
		return w.slack.Wait(ctx, func() bool {
			return !slices.ContainsFunc(w.slack.Conns(), func(n int) bool { return slices.Contains(before, n) })
		})
	case "heal":
		for _, heal := range w.healing {
			heal()
		}
		w.healing = nil
		return nil
	case "refuse":
		fault := slacksim.Refuse(f[2]).Only(times)
		if channel, ok := strings.CutPrefix(f[3], "#"); ok {
			fault.Channel = channelIDs[channel]
		} else if f[3] == "blocks" {
			fault.Blocks = 4 // a card rather than its plain form
		}
		w.healing = append(w.healing, w.slack.Fault(f[1], fault))
		return nil
	case "deletes":
		w.deleted = true
		channel := channelIDs[strings.TrimPrefix(f[1], "#")]
		for _, m := range w.slack.Messages(channel) {
			if len(m.Buttons()) > 0 {
				w.slack.DeleteMessage(channel, m.TS)
			}
		}
		return nil
	case "lose":
		w.slack.Fault(f[1], slacksim.LoseReply().Only(1))
		return nil
	case "leaves", "invites":
		moves := map[string]func(string, ...string){"leaves bot": w.slack.Leave, "invites bot": w.slack.Join}
		if move := moves[f[0]+" "+f[1]]; move != nil {
			move("C0ADMIN", "U0BOT")
			w.missing = true
			return nil
		}
		if f[0] == "leaves" && ids[f[1]] != "" {
			w.slack.EditGroup("S0PLATFORM", func(g *slacksim.Group) {
				g.Users = slices.DeleteFunc(g.Users, func(u string) bool { return u == ids[f[1]] })
			})
			return nil
		}
	case "crowd":
		if n, err := strconv.Atoi(f[1]); err == nil && n <= crowd {
			w.letIn(n)
			return nil
		}
	case "deactivate":
		if ids[f[1]] != "" {
			w.slack.EditUser(ids[f[1]], func(u *slacksim.User) { u.Deleted = true })
			w.left = true
			return nil
		}
	}
	return errors.New("it is: slack down, slack up, slack refuse METHOD CODE [N|#channel|blocks], slack lose " +
		"METHOD, slack deletes #channel, slack heal, slack deactivate ada, slack leaves ada, slack leaves bot, slack " +
		"invites bot, or slack crowd 1000")
}

// letIn adds n people to the workspace, to its channels and to the platform
// group.
func (w *world) letIn(n int) {
	var in []string
	for i := range n {
		id := ids[fmt.Sprint("crowd", i+1)]
		w.slack.AddUser(slacksim.User{ID: id})
		in = append(in, id)
	}
	w.slack.EditGroup("S0PLATFORM", func(g *slacksim.Group) { g.Users = slices.Concat(in, g.Users) })
	for _, channel := range []string{"C0ADMIN", "C0TEAM", "C0BUILDS"} {
		w.slack.Join(channel, in...)
	}
}
