package boltstore

import (
	"time"

	"s3share/internal/grant"
)

// The stored records of schema 3. Renames in the domain do not affect them. The tags, and the
// values of the domain's string types, are the schema; testdata/schema3.txt pins both. Schemas 1
// and 2 used the same tags, so these structs read their records too.

type grantRecord struct {
	ID          string        `json:"ID"`
	Together    []string      `json:"Together,omitempty"`
	State       grant.State   `json:"State"`
	Outcome     grant.Outcome `json:"Outcome,omitzero"`
	Why         string        `json:"Why,omitzero"`
	Requester   person        `json:"Requester"`
	Beneficiary person        `json:"Beneficiary"`
	Behind      []string      `json:"Behind,omitempty"`
	Principal   principal     `json:"Principal"`
	Bucket      bucket        `json:"Bucket"`
	Prefix      string        `json:"Prefix,omitzero"`
	Level       level         `json:"Level"`
	Term        int           `json:"Term"`
	Reason      string        `json:"Reason"`
	Typed       typed         `json:"Typed,omitzero"`
	AskedAt     time.Time     `json:"AskedAt,omitzero"`
	LapsesAt    time.Time     `json:"LapsesAt,omitzero"`
	StartAt     time.Time     `json:"StartAt,omitzero"`
	Urgent      bool          `json:"Urgent,omitzero"`
	Scheduled   bool          `json:"Scheduled,omitzero"`
	ExpiresAt   time.Time     `json:"ExpiresAt,omitzero"`
	EndedAt     time.Time     `json:"EndedAt,omitzero"`

	Rule      rule            `json:"Rule"`
	Decisions []decision      `json:"Decisions,omitempty"`
	Revision  int             `json:"Revision,omitzero"`
	Amendment *amendment      `json:"Amendment,omitempty"`
	Asked     *narrowing      `json:"Asked,omitempty"`
	Findings  findings        `json:"Findings,omitzero"`
	Warnings  []time.Duration `json:"Warnings,omitempty"`
	Approvals []entryRef      `json:"Approvals,omitempty"`

	DriftedAt time.Time  `json:"DriftedAt,omitzero"`
	Parts     []part     `json:"Parts,omitempty"`
	Owner     halfStatus `json:"Owner,omitzero"`
	Grantee   halfStatus `json:"Grantee,omitzero"`
	Check     halfStatus `json:"Check,omitzero"`

	History []event `json:"History"`
}

type person struct {
	Team string `json:"Team,omitzero"`
	User string `json:"User,omitzero"`
}

type principal struct {
	ARN       string `json:"ARN"`
	AccountID string `json:"AccountID"`
	Account   string `json:"Account"`
	Kind      string `json:"Kind"`
	Name      string `json:"Name"`
	UniqueID  string `json:"UniqueID,omitzero"`
	Subject   string `json:"Subject,omitzero"`
	External  bool   `json:"External,omitzero"`
}

type bucket struct {
	Name      string `json:"Name"`
	AccountID string `json:"AccountID"`
	Account   string `json:"Account"`
	Region    string `json:"Region,omitzero"`
}

type typed struct {
	Target    string `json:"Target,omitzero"`
	Level     string `json:"Level,omitzero"`
	Principal string `json:"Principal,omitzero"`
	Term      string `json:"Term,omitzero"`
}

type level struct {
	Name   string   `json:"Name"`
	Object []string `json:"Object,omitempty"`
	Bucket []string `json:"Bucket,omitempty"`
}

type decision struct {
	By       person    `json:"By"`
	At       time.Time `json:"At"`
	Revision int       `json:"Revision"`
}

type amendment struct {
	By        person     `json:"By"`
	At        time.Time  `json:"At"`
	Term      int        `json:"Term"`
	Reason    string     `json:"Reason,omitzero"`
	Free      bool       `json:"Free,omitzero"`
	Decisions []decision `json:"Decisions,omitempty"`
}

type narrowing struct {
	Prefix string `json:"Prefix"`
	Level  level  `json:"Level"`
	Term   int    `json:"Term"`
}

type findings struct {
	Change    string   `json:"Change,omitzero"`
	Diff      string   `json:"Diff,omitzero"`
	Warnings  []string `json:"Warnings,omitempty"`
	AlsoOpens []string `json:"AlsoOpens,omitempty"`
	KMSKey    string   `json:"KMSKey,omitzero"`

	RequesterPays bool `json:"RequesterPays,omitzero"`
}

// entryRef refers to an entry of the audit chain that approved a grant.
type entryRef struct {
	Seq  uint64 `json:"Seq"`
	Hash string `json:"Hash"` // hex
}

type part struct {
	Half          grant.Half     `json:"Half"`
	Kind          grant.PartKind `json:"Kind"`
	Key           string         `json:"Key"`
	WrittenExpiry time.Time      `json:"Asked,omitzero"`
	Confirmed     time.Time      `json:"Confirmed,omitzero"`
}

type halfStatus struct {
	NextAttemptAt time.Time `json:"Next,omitzero"`
	Attempts      int       `json:"Tries,omitzero"`
	FailingAt     time.Time `json:"FailingAt,omitzero"`
	LastError     string    `json:"Fault,omitzero"`
	WrittenAt     time.Time `json:"AskedAt,omitzero"`
	ConfirmedAt   time.Time `json:"ConfirmedAt,omitzero"`
	AbsentAt      time.Time `json:"GoneAt,omitzero"`
	RemovedAt     time.Time `json:"ClearedAt,omitzero"`
	AlertedAt     time.Time `json:"AlertedAt,omitzero"`
}

type event struct {
	Kind    grant.EventKind `json:"Kind"`
	At      time.Time       `json:"At"`
	To      grant.State     `json:"To"`
	By      person          `json:"By,omitzero"`
	Why     string          `json:"Why,omitzero"`
	Half    grant.Half      `json:"Half,omitzero"`
	Outcome grant.Outcome   `json:"Outcome,omitzero"`
	Expiry  time.Time       `json:"Expiry,omitzero"`
	Term    int             `json:"Term,omitzero"`
	Void    []person        `json:"Void,omitempty"`
	Left    time.Duration   `json:"Left,omitzero"`
	Since   time.Time       `json:"Since,omitzero"`
}

type rule struct {
	Name          string         `json:"Name"`
	Bucket        string         `json:"Bucket"`
	Account       string         `json:"Account"`
	Region        string         `json:"Region,omitzero"`
	Prefixes      []string       `json:"Prefixes,omitempty"`
	Levels        []string       `json:"Levels,omitempty"`
	MaxTerm       int            `json:"MaxTerm"`
	Approvals     int            `json:"Approvals"`
	LevelApproval map[string]int `json:"LevelApproval,omitempty"`
	Channel       string         `json:"Channel"`
	OwnPrincipals bool           `json:"OwnPrincipals,omitzero"`
	Heal          bool           `json:"Heal,omitzero"`
	Principals    []string       `json:"Principals,omitempty"`
	Requesters    people         `json:"Requesters,omitzero"`
	Approvers     people         `json:"Approvers"`
	Notify        people         `json:"Notify,omitzero"`
	RemindAfter   int            `json:"RemindAfter,omitzero"`
	EscalateAfter int            `json:"EscalateAfter,omitzero"`
	Escalate      people         `json:"Escalate,omitzero"`
	ReasonPattern string         `json:"ReasonPattern,omitzero"`
	Auto          []autoRule     `json:"Auto,omitempty"`
	BreakGlass    *breakGlass    `json:"BreakGlass,omitempty"`
	Hours         *hours         `json:"Hours,omitempty"`
	MaxTotal      int            `json:"MaxTotal,omitzero"`
	FreeExtension int            `json:"FreeExtension,omitzero"`
}

type people struct {
	Users  []string `json:"Users,omitempty"`
	Groups []string `json:"Groups,omitempty"`
}

func (p people) IsZero() bool { return len(p.Users) == 0 && len(p.Groups) == 0 }

type autoRule struct {
	Levels    []string `json:"Levels"`
	MaxTerm   int      `json:"MaxTerm"`
	People    people   `json:"People"`
	PerDay    int      `json:"PerDay"`
	WeekTotal int      `json:"WeekTotal"`
}

type breakGlass struct {
	People  people `json:"People"`
	MaxTerm int    `json:"MaxTerm"`
	PerDay  int    `json:"PerDay"`
}

type hours struct {
	Days []time.Weekday `json:"Days"`
	From time.Duration  `json:"From"`
	To   time.Duration  `json:"To"`
	Zone string         `json:"Zone"`
}

type deliveryRecord struct {
	ID      string    `json:"ID"`
	Told    int       `json:"Told"`
	Posts   []post    `json:"Posts,omitempty"`
	Reply   string    `json:"Reply,omitzero"`
	ReplyBy time.Time `json:"ReplyBy,omitzero"`
	Tries   int       `json:"Tries,omitzero"`
	Fault   string    `json:"Fault,omitzero"`
}

type post struct {
	Kind      string `json:"Kind"`
	Event     int    `json:"Event"`
	Recipient string `json:"Recipient,omitzero"`
	Channel   string `json:"Channel,omitzero"`
	TS        string `json:"TS,omitzero"`
	Digest    string `json:"Digest,omitzero"`

	DecisionRevision int       `json:"Asks,omitzero"`
	Since            time.Time `json:"Since,omitzero"`
}

type noteRecord struct {
	Key  string `json:"Key"`
	Text string `json:"Text"`
}

// A lease names the owner that may commit under a lease name, and its expiry.
type lease struct {
	Owner string    `json:"owner"`
	Epoch uint64    `json:"epoch"`
	Until time.Time `json:"until"`
}

// link is an entry of the audit chain. Its hash serves as its checksum.
type link struct {
	Prev []byte `json:"prev"`
	Hash []byte `json:"hash"`
	Body []byte `json:"body"`
}

// headRecord is the end of the audit chain. It is stored outside the chain, so that a damaged last
// entry does not block new entries.
type headRecord struct {
	Seq  uint64    `json:"seq"`
	Hash string    `json:"hash"`
	At   time.Time `json:"at"`
}
