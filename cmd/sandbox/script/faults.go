package script

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"s3share/cmd/sandbox/world"
	"s3share/internal/sim/slacksim"
)

// faults make AWS and Slack misbehave, and change Slack's people and channels.
type faults struct {
	w    *world.World
	heal []func() // ends the refusals of Slack, and its lasting faults
}

func (f *faults) aws(_ context.Context, line step) error {
	word := append(strings.Fields(line.rest), "", "", "", "")
	op := word[1]
	switch word[0] {
	case "heal":
		f.w.AWS.Heal("*")
		return nil
	case "fail":
		code, status, _ := strings.Cut(cmp.Or(word[2], "ServiceUnavailable"), "/")
		number, _ := strconv.Atoi(status) // 0 means AWS's status for the code
		times, _ := strconv.Atoi(word[3])
		f.w.Faults.RefuseAWS(op, code, number, times)
		return nil
	case "lose":
		f.w.Faults.LoseAWS(op, once(word[2]))
		return nil
	case "delay":
		if d, err := time.ParseDuration(word[2]); err == nil {
			f.w.Faults.DelayAWS(op, d)
			return nil
		}
	}
	return errors.New("usage: aws fail OP CODE[/STATUS] [N], aws lose OP [always], aws delay OP 2s, or aws heal; OP is " +
		"PutBucketPolicy and the like, or *")
}

func (f *faults) slack(ctx context.Context, line step) error {
	slack := f.w.Slack
	word := append(strings.Fields(line.rest), "", "", "", "")
	switch word[0] {
	case "down":
		f.w.Faults.SlackDown()
		return f.w.Bot.Disconnected(ctx)
	case "up":
		f.w.Faults.SlackUp()
		return nil
	case "cut":
		before := slack.Conns()
		slack.Cut()
		return slack.Wait(ctx, func() bool {
			return !slices.ContainsFunc(slack.Conns(), func(n int) bool { return slices.Contains(before, n) })
		})
	case "heal":
		for _, heal := range f.heal {
			heal()
		}
		f.heal = nil
		return nil
	case "refuse":
		f.heal = append(f.heal, slack.Fault(word[1], refusal(word[2], word[3])))
		return nil
	case "lose":
		heal := f.w.Faults.LoseSlack(word[1], once(word[2]))
		if word[2] == "always" {
			f.heal = append(f.heal, heal)
		}
		return nil
	case "delay":
		if d, err := time.ParseDuration(word[2]); err == nil {
			f.heal = append(f.heal, f.w.Faults.DelaySlack(word[1], d))
			return nil
		}
	}
	if f.change(word[0], word[1]) {
		return nil
	}
	return errors.New("usage: slack down, slack up, slack refuse METHOD CODE [N|#channel|blocks], slack lose METHOD " +
		"[always], slack delay METHOD 2s, slack deletes #channel, slack heal, slack deactivate ada, slack leaves ada, " +
		"slack leaves bot, slack invites bot, or slack crowd 1000")
}

// once is the number of calls that a loss is for: one, or 0 for all until healed.
func once(word string) int {
	if word == "always" {
		return 0
	}
	return 1
}

// channelIDs are the channels where cards are posted.
var channelIDs = map[string]string{"#s3-admins": "C0ADMIN", "#data-team": "C0TEAM"}

// refusal is a refusal of N calls, of a channel's, or of cards but not of their
// plain form.
func refusal(code, only string) slacksim.Fault {
	fault := slacksim.Refuse(code)
	switch {
	case only == "blocks":
		fault.Blocks = 4
	case strings.HasPrefix(only, "#"):
		fault.Channel = channelIDs[only]
	default:
		fault.Times, _ = strconv.Atoi(only)
	}
	return fault
}

// change changes people, channels or messages, as a workspace's administrators
// do. Later calls of the bot may be refused for it. It is false for another
// word.
func (f *faults) change(verb, what string) bool {
	slack, id := f.w.Slack, world.ID(what)
	switch {
	case verb == "deletes":
		f.w.Explain("message_not_found")
		for _, m := range slack.Messages(channelIDs[what]) {
			if len(m.Buttons()) > 0 {
				slack.DeleteMessage(m.Channel, m.TS)
			}
		}
	case verb == "leaves" && what == "bot":
		slack.Leave("C0ADMIN", "U0BOT")
		f.w.Explain("not_in_channel")
	case verb == "invites" && what == "bot":
		slack.Join("C0ADMIN", "U0BOT")
	case verb == "leaves" && id != "":
		slack.EditGroup("S0PLATFORM", func(g *slacksim.Group) {
			g.Users = slices.DeleteFunc(g.Users, func(u string) bool { return u == id })
		})
	case verb == "deactivate" && id != "":
		slack.EditUser(id, func(u *slacksim.User) { u.Deleted = true })
		f.w.Explain("channel_not_found")
	case verb == "crowd":
		n, err := strconv.Atoi(what)
		if err != nil || n > world.Crowd {
			return false
		}
		f.w.AddCrowd(n)
	default:
		return false
	}
	return true
}
