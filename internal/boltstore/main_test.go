package boltstore

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"

	"s3share/internal/grant"
	"s3share/internal/store"
)

// Some tests need a child process, to kill it or to limit its disk space. The test binary runs
// itself with this variable.
const childEnv = "BOLTSTORE_TEST_CHILD"

func TestMain(m *testing.M) {
	switch child := os.Getenv(childEnv); child {
	case "":
		os.Exit(m.Run())
	case "commit":
		commitUntilKilled(os.Args[1], os.Args[2])
	case "full":
		os.Exit(onAFullDisk(os.Args[1]))
	default:
		panic("no child is called " + child)
	}
}

func startChild(t *testing.T, child string, args ...string) (cmd *exec.Cmd, out io.Reader) {
	t.Helper()
	self, err := os.Executable()
	must(t, err)
	cmd = exec.Command(self, args...)
	cmd.Env = append(os.Environ(), childEnv+"="+child)
	cmd.Stderr = os.Stderr
	out, err = cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	return cmd, out
}

// commitUntilKilled prints each change after its commit.
func commitUntilKilled(path, round string) {
	s, err := Open(Config{Path: path})
	if err != nil {
		panic(err)
	}
	var writers sync.WaitGroup
	for w := range 8 {
		writers.Go(func() {
			for i := 0; ; i++ {
				id := fmt.Sprintf("R%s-%d-%d", round, w, i)
				if err := s.Commit(ctx, change(grant.ID(id))); err != nil {
					panic(err)
				}
				os.Stdout.WriteString(id + "\n")
			}
		})
	}
	writers.Wait()
}

// After a kill -9 during commits, every acknowledged change is stored completely and the chain is
// valid. A change in flight is stored completely or not at all.
func TestKilled(t *testing.T) {
	const rounds, writers = 8, 8
	path := newPath(t)
	stored := 0
	for round := range rounds {
		cmd, out := startChild(t, "commit", path, fmt.Sprint(round))
		var acked []string
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			acked = append(acked, lines.Text())
			if len(acked) == 5+23*round { // at a different point in each round
				must(t, cmd.Process.Kill())
			}
		}
		cmd.Wait()
		s := open(t, path)
		for _, id := range acked {
			if _, err := s.Get(ctx, grant.ID(id)); err != nil {
				t.Errorf("round %d: %s was acknowledged: %v", round, id, err)
			}
		}
		gs, err := s.List(ctx, store.Query{})
		must(t, err)
		due, err := s.Due(ctx, grant.TimerWorker, noon, 1e6)
		must(t, err)
		head, err := s.Verify(ctx)
		if err != nil || int(head.Seq) != len(gs) || len(due) != len(gs) {
			t.Errorf("round %d: %d grants, %d due, %d entries, %v", round, len(gs), len(due), head.Seq, err)
		}
		if more := len(gs) - stored; more < len(acked) || more > len(acked)+writers {
			t.Errorf("round %d: %d were acknowledged and %d are stored", round, len(acked), more)
		}
		if len(acked) < 5+23*round {
			t.Fatalf("round %d: the child stopped by itself after %d", round, len(acked))
		}
		stored = len(gs)
		must(t, s.Close())
	}
}

// wait waits for a child, at most one minute.
func wait(t *testing.T, cmd *exec.Cmd) error {
	t.Helper()
	timer := time.AfterFunc(time.Minute, func() { cmd.Process.Kill() })
	defer timer.Stop()
	return cmd.Wait()
}
