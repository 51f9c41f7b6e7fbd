package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// A process is the program under test.
type process struct {
	cmd  *exec.Cmd
	log  *os.File
	stop context.CancelFunc // of the sampling
	idle sync.WaitGroup

	began time.Time

	mu   sync.Mutex
	peak memory
}

// memory is resident memory in bytes. Anon is the part that no file backs.
type memory struct{ RSS, Anon int64 }

func startProcess(cmd *exec.Cmd, dir string) (*process, error) {
	log, err := os.Create(filepath.Join(dir, "program.log"))
	if err != nil {
		return nil, err
	}
	cmd.Stdout, cmd.Stderr = log, log
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return nil, errors.Join(err, log.Close())
	}
	ctx, stop := context.WithCancel(context.Background())
	p := &process{cmd: cmd, log: log, stop: stop, began: began}
	p.idle.Go(func() {
		for sleep(ctx, 50*time.Millisecond) == nil {
			p.sample()
		}
	})
	return p, nil
}

// sample reads the memory, and keeps the greatest.
func (p *process) sample() memory {
	m := p.memory()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.peak.RSS, p.peak.Anon = max(p.peak.RSS, m.RSS), max(p.peak.Anon, m.Anon)
	return m
}

// most returns the peak since the last call of most.
func (p *process) most() memory {
	p.sample()
	p.mu.Lock()
	defer p.mu.Unlock()
	m := p.peak
	p.peak = memory{}
	return m
}

func (p *process) memory() (m memory) {
	status := p.proc("status")
	return memory{RSS: kilobytes(status, "VmRSS:"), Anon: kilobytes(status, "RssAnon:")}
}

func (p *process) proc(file string) string {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", p.cmd.Process.Pid, file))
	if err != nil {
		return "" // the process has ended
	}
	return string(text)
}

func kilobytes(status, field string) int64 {
	_, after, _ := strings.Cut(status, field)
	number, _, _ := strings.Cut(strings.TrimSpace(after), " ")
	n, _ := strconv.ParseInt(number, 10, 64)
	return n << 10
}

// processor returns the processor time so far. The kernel counts in hundredths
// of a second.
func (p *process) processor() time.Duration {
	_, after, _ := strings.Cut(p.proc("stat"), ") ")
	fields := strings.Fields(after)
	if len(fields) < 13 {
		return 0
	}
	user, _ := strconv.Atoi(fields[11])
	system, _ := strconv.Atoi(fields[12])
	return time.Duration(user+system) * 10 * time.Millisecond
}

// ownProcessor returns the processor time of this program.
func ownProcessor() time.Duration {
	var use syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &use) != nil {
		return 0
	}
	return time.Duration(use.Utime.Nano() + use.Stime.Nano())
}

// written returns the bytes that the process has caused to be written to disk.
func (p *process) written() int64 {
	_, after, _ := strings.Cut(p.proc("io"), "\nwrite_bytes: ")
	number, _, _ := strings.Cut(after, "\n")
	n, _ := strconv.ParseInt(number, 10, 64)
	return n
}

// end asks the process to stop, and kills it after ten seconds.
func (p *process) end() (took time.Duration) {
	p.stop()
	p.idle.Wait()
	began := time.Now()
	p.cmd.Process.Signal(syscall.SIGTERM) //nolint:errcheck // it may have ended already
	kill := time.AfterFunc(10*time.Second, func() { p.cmd.Process.Kill() })
	p.cmd.Wait() //nolint:errcheck // the exit code of a killed process is no result
	kill.Stop()
	p.log.Close()
	return time.Since(began)
}

// heapSize is the heap before and after a collection in a line of GODEBUG=gctrace=1.
var heapSize = regexp.MustCompile(`^gc \d+ .* (\d+)->\d+->(\d+) MB`)

// allocated returns the megabytes that a Go program allocated until its last
// collection, from its log: the growth of the heap between collections.
func allocated(log string) (megabytes int64, err error) {
	f, err := os.Open(log)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	var live int64
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		m := heapSize.FindStringSubmatch(lines.Text())
		if m == nil {
			continue
		}
		before, _ := strconv.ParseInt(m[1], 10, 64)
		after, _ := strconv.ParseInt(m[2], 10, 64)
		megabytes += max(before-live, 0)
		live = after
	}
	return megabytes, lines.Err()
}

// loadAverage is the machine's load of the last minute.
func loadAverage() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "?"
	}
	first, _, _ := strings.Cut(string(text), " ")
	return first
}
