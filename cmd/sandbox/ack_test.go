package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"s3share/cmd/sandbox/world"
	"s3share/internal/sim/slacksim"
)

// buildBot builds cmd/bot with the given build tags; none gives the released
// program.
func buildBot(t testing.TB, tags ...string) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "bot")
	build := exec.Command("go", "build", "-tags", strings.Join(tags, ","), "-o", program, "s3share/cmd/bot")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building: %v\n%s", err, out)
	}
	return program
}

// BenchmarkProgramAck measures the time from a person's request to its ack, at
// 200 requests a second, with the whole program. Meanwhile the bot processes the
// earlier requests: AWS checks, notices and audit entries. S3SHARE_PROGRAMS
// names several programs, separated by colons, to measure in turn. The first is
// the baseline of the ratios:
//
//	S3SHARE_PROGRAMS=/old/bot:/new/bot go test ./cmd/sandbox -run '^$' -bench ProgramAck -benchtime 1000x
func BenchmarkProgramAck(b *testing.B) {
	programs := filepath.SplitList(os.Getenv("S3SHARE_PROGRAMS"))
	if len(programs) == 0 {
		programs = []string{buildBot(b)}
	}
	const rounds = 5
	took := make([][2][]float64, len(programs)) // by program: p50 and p99 of each round
	for round := range rounds {
		for i, program := range programs {
			p50, p99, failed := ackTimes(b, program, b.N)
			took[i][0], took[i][1] = append(took[i][0], p50), append(took[i][1], p99)
			b.Logf("round %d, %s: p50 %.2f ms, p99 %.2f ms, %d not acknowledged", round, program, p50, p99, failed)
		}
	}
	for i := range programs {
		for n, name := range []string{"p50", "p99"} {
			b.ReportMetric(middle(took[i][n]), fmt.Sprintf("%s-%d-ms", name, i))
			if i > 0 {
				var ratios []float64
				for round := range rounds {
					ratios = append(ratios, took[i][n][round]/took[0][n][round])
				}
				b.ReportMetric(middle(ratios), fmt.Sprintf("%s-ratio-%d", name, i))
			}
		}
	}
}

func middle(all []float64) float64 {
	all = slices.Sorted(slices.Values(all))
	return all[len(all)/2]
}

// ackTimes starts a program in a new world and sends n requests.
func ackTimes(b *testing.B, program string, n int) (p50, p99 float64, failed int) {
	b.Helper()
	const aSecond, people = 200, 200
	w, err := world.New(world.Options{Dir: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	defer w.Close()
	for i := range people {
		id := fmt.Sprintf("U0P%d", i)
		w.Slack.AddUser(slacksim.User{ID: id, Name: strings.ToLower(id)})
		w.Slack.Join("C0BUILDS", id)
	}
	w.Bot.Program = program
	if err := w.Bot.Start(); err != nil {
		b.Fatal(err)
	}
	if err := w.Slack.Wait(b.Context(), func() bool { return len(w.Slack.Conns()) == 2 }); err != nil {
		b.Fatal(err)
	}
	took := make([]float64, n)
	var all sync.WaitGroup
	tick := time.NewTicker(time.Second / aSecond)
	defer tick.Stop()
	for i := range n {
		<-tick.C
		all.Go(func() {
			began := time.Now()
			d := w.Slack.As(fmt.Sprintf("U0P%d", i%people)).Slash(b.Context(), "C0BUILDS", "/s3share", "request my-shared-bucket-20932/builds read build/test.user 8h load")
			if took[i] = d.Latency.Seconds() * 1000; !d.Acked {
				took[i] = time.Since(began).Seconds() * 1000
			}
		})
	}
	all.Wait()
	for _, d := range w.Slack.Deliveries() {
		if d.Type == "slash_commands" && !d.Acked {
			failed++
		}
	}
	slices.Sort(took)
	return took[n/2], took[n*99/100], failed
}
