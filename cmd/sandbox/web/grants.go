package web

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"os"
	"time"
)

// An auditLog is the part of the bot's audit log that the page has read. It is
// the only record of grants that another program can read while the bot runs.
type auditLog struct {
	path   string
	size   int64 // bytes
	order  []*grantSeen
	byID   map[string]*grantSeen
	writes []policyWrite
	newest *grantSeen // the grant that was requested or approved last
	news   int        // number of requests and approvals so far
}

// A grantSeen is a grant as its audit entries describe it.
type grantSeen struct {
	ID        string      `json:"id"`
	State     string      `json:"state"`
	Outcome   string      `json:"outcome,omitempty"`
	Requester string      `json:"requester"`
	Principal string      `json:"principal"`
	Bucket    string      `json:"bucket"`
	Prefix    string      `json:"prefix"`
	Level     string      `json:"level"`
	Term      string      `json:"term"`
	Reason    string      `json:"reason"`
	AskedAt   int64       `json:"askedAt"`
	StartAt   int64       `json:"startAt,omitempty"` // the time of approval
	ExpiresAt int64       `json:"expiresAt,omitempty"`
	EndedAt   int64       `json:"endedAt,omitempty"`
	Events    []eventSeen `json:"events"`
}

type eventSeen struct {
	At   int64  `json:"at"`
	Kind string `json:"kind"`
	By   string `json:"by,omitempty"`
	Half string `json:"half,omitempty"`
}

type policyWrite struct {
	at           int64
	bucket, what string
}

// An auditLine has the fields of a log line that the page needs.
type auditLine struct {
	Entry struct {
		At    time.Time         `json:"at"`
		Kind  string            `json:"kind"`
		Grant string            `json:"grant"`
		State string            `json:"state"`
		By    string            `json:"by"`
		Facts map[string]string `json:"facts"`
	} `json:"entry"`
}

// read reads the entries since the last time. It leaves an incomplete line for
// the next time. If the log became shorter, it starts again.
func (l *auditLog) read() {
	f, err := os.Open(l.path)
	if err != nil {
		return // the file does not exist yet
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || info.Size() < l.size {
		*l = auditLog{path: l.path}
	}
	if _, err := f.Seek(l.size, io.SeekStart); err != nil {
		return
	}
	for in := bufio.NewReader(f); ; {
		text, err := in.ReadBytes('\n')
		if err != nil {
			return
		}
		l.size += int64(len(text))
		var line auditLine
		if json.Unmarshal(bytes.TrimSpace(text), &line) == nil {
			l.take(line)
		}
	}
}

func (l *auditLog) take(line auditLine) {
	e, f := line.Entry, line.Entry.Facts
	at := e.At.UnixMilli()
	if e.Kind == "write" && f["bucket"] != "" {
		l.writes = append(l.writes, policyWrite{at, f["bucket"], f["what"]})
	}
	if e.Grant == "" {
		return
	}
	g := l.byID[e.Grant]
	if g == nil {
		if l.byID == nil {
			l.byID = map[string]*grantSeen{}
		}
		g = &grantSeen{ID: e.Grant, AskedAt: at}
		l.byID[e.Grant] = g
		l.order = append(l.order, g)
	}
	if e.State == "approved" && g.State != "approved" || len(g.Events) == 0 {
		l.newest = g
		l.news++
	}
	g.State = e.State
	g.Events = append(g.Events, eventSeen{at, e.Kind, e.By, f["half"]})
	for to, fact := range map[*string]string{
		&g.Requester: "requester", &g.Principal: "principal", &g.Bucket: "bucket", &g.Prefix: "prefix",
		&g.Level: "level", &g.Term: "term", &g.Reason: "reason", &g.Outcome: "outcome",
	} {
		if v := f[fact]; v != "" && (fact != "reason" || *to == "") {
			*to = v
		}
	}
	if expiry, err := time.Parse(time.RFC3339, f["expiry"]); err == nil {
		g.ExpiresAt = expiry.UnixMilli()
	}
	switch {
	case g.State == "approved" && g.StartAt == 0:
		g.StartAt = at
	case g.State == "ending" && g.EndedAt == 0:
		g.EndedAt = at
	}
}

// grants returns all grants, newest first.
func (l *auditLog) grants() []*grantSeen {
	list := make([]*grantSeen, 0, len(l.order))
	for i := len(l.order) - 1; i >= 0; i-- {
		list = append(list, l.order[i])
	}
	return list
}

// lastWrite is the bot's last entry about a write to a bucket's policy, if it
// was shortly before at.
func (l *auditLog) lastWrite(bucket string, at int64) string {
	const justBefore = 10_000
	for i := len(l.writes) - 1; i >= 0; i-- {
		if w := l.writes[i]; w.bucket == bucket {
			if at-w.at < justBefore {
				return w.what
			}
			return ""
		}
	}
	return ""
}
