package app

import (
	"context"
	"fmt"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"s3share/internal/boltstore"
	"s3share/internal/commands"
	"s3share/internal/grant"
	"s3share/internal/journal"
	"s3share/internal/sim/slacksim"
	"s3share/internal/slackbot"
	"s3share/internal/store"
)

// BenchmarkAck measures the time from a person's command to its acknowledgement, through a real
// WebSocket, with every request synced to the journal before its acknowledgement, at 200 requests a
// second:
//
//	go test ./internal/app -run '^$' -bench Ack -benchtime 2000x
func BenchmarkAck(b *testing.B) {
	collectRarely()
	const aSecond, people = 200, 200 // at 2000 requests, each person has as many open as the default allows
	w := slacksim.New(slacksim.Config{})
	server := httptest.NewServer(w)
	defer server.Close()
	defer w.Close()
	w.AddChannel("C0ADMIN", "s3-admins")
	w.AddChannel("C0BUILDS", "builds")
	for n := range people {
		user := fmt.Sprintf("U0P%d", n)
		w.AddUser(slacksim.User{ID: user})
		w.Join("C0BUILDS", user)
	}
	db, err := boltstore.Open(boltstore.Config{Path: filepath.Join(b.TempDir(), "s.db")})
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	url := server.URL + "/api/"
	disk := &timed{Store: db}
	service := commands.New(commands.Config{Store: disk, Rules: grant.Rules{
		Rules:    []grant.Rule{{Bucket: "my*", Account: "nonprod", Levels: []string{"read"}, MaxTerm: 480, Channel: "C0ADMIN", Approvers: grant.People{Users: []string{"U0ADA"}}}},
		Accounts: []grant.Account{{Name: "nonprod", ID: "222222222222", Partition: "aws"}, {Name: "build", ID: "111111111111", Partition: "aws"}},
		Levels:   grant.BuiltinLevels(), RequestTTL: 1440,
	}, People: slackbot.NewDirectory(slackbot.DirectoryConfig{BotToken: "xoxb-bot", APIURL: url})})
	acts, err := journal.Open(journal.Config{Path: filepath.Join(b.TempDir(), "journal"), Store: db.ID()})
	if err != nil {
		b.Fatal(err)
	}
	defer acts.Close()
	bot := slackbot.New(slackbot.Config{Journal: acts, BotToken: "xoxb-bot", AppToken: "xapp-app", APIURL: url, Store: db, Service: service, AdminChannel: "C0ADMIN", Kick: db.Subscribe()})
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- bot.Run(ctx) }()
	defer func() { cancel(); <-ended }()
	if err := w.Wait(ctx, func() bool { return len(w.Conns()) == 2 }); err != nil {
		b.Fatal(err)
	}

	took := make([]time.Duration, b.N)
	var all sync.WaitGroup
	tick := time.NewTicker(time.Second / aSecond)
	defer tick.Stop()
	b.ResetTimer()
	for n := range b.N {
		<-tick.C
		all.Go(func() {
			d := w.As(fmt.Sprintf("U0P%d", n%people)).Slash(ctx, "C0BUILDS", "/s3share", "request my-bucket/builds read build/test.user 8h load")
			if took[n] = d.Latency; !d.Acked {
				b.Error(d.Error)
			}
		})
	}
	all.Wait()
	b.StopTimer()
	for range 600 { // acknowledged requests are carried out
		if _, undone := acts.Oldest(); !undone {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	for name, all := range map[string][]time.Duration{"ack": took, "commit": disk.took} { // the disk's share
		slices.Sort(all)
		ms := func(share float64) float64 { return all[int(share*float64(len(all)-1))].Seconds() * 1000 }
		b.ReportMetric(ms(0.5), name+"-p50-ms")
		b.ReportMetric(ms(0.99), name+"-p99-ms")
	}
	if gs, err := db.List(ctx, store.Query{}); err != nil || len(gs) != b.N {
		b.Errorf("%d requests are stored of %d (%v)", len(gs), b.N, err)
	}
}

// timed is a store that measures its commits.
type timed struct {
	store.Store
	mu   sync.Mutex
	took []time.Duration
}

func (t *timed) Commit(ctx context.Context, c store.Tx) error {
	began := time.Now()
	err := t.Store.Commit(ctx, c)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.took = append(t.took, time.Since(began))
	return err
}
