package grant

import (
	"maps"
	"strconv"
	"strings"
	"time"
)

// An Entry is the audit chain's record of one event. A reader can understand it
// without the grant.
type Entry struct {
	At    time.Time
	Kind  string // of the event, or write, start, config, head
	Grant ID     // "" if it concerns no grant
	State State  // of the grant after the event
	By    Person // zero: the bot
	Why   string
	Facts map[string]string // further details, such as the policy before a write
	Opens bool              // not in the chain: the grant's record keeps a reference to this entry as an approval
}

// NewEntries returns the audit entries of the events that next has and old lacks.
func NewEntries(old, next Grant) (all []Entry) {
	for _, ev := range next.History[len(old.History):] {
		all = append(all, newEntry(next, ev))
	}
	return all
}

// HasNews reports whether people have to be told of the change from old to next: a
// new event, a part of a paused grant that is gone, or a question for the beneficiary. A
// new request is no news, see [NewsDelay].
func HasNews(old, next Grant) bool {
	if next.WantsConsent() {
		return !old.WantsConsent() || len(next.History) > len(old.History)
	}
	closed := !next.DriftedAt.IsZero() && old.wasOpen() && !next.wasOpen()
	return closed || len(next.History) > len(old.History) && !IsOnlyRequested(next)
}

// NewsDelay is how long the messages about a new request wait for its checks. Most
// requests are checked by then, so that the first message already has the result; and
// no commit for messages delays the acks of other requests.
const NewsDelay = 3 * time.Second

// IsOnlyRequested reports whether nothing has happened to a request yet.
func IsOnlyRequested(g Grant) bool {
	return len(g.History) == 1 && g.History[0].Kind == EventRequest
}

// newEntry returns the audit entry of an event of g.
func newEntry(g Grant, ev Event) Entry {
	e := Entry{At: ev.At, Kind: string(ev.Kind), Grant: g.ID, State: ev.To, By: ev.By, Why: ev.Why,
		Facts: map[string]string{
			"bucket": g.Bucket.Name, "prefix": g.Prefix, "owner_account": g.Bucket.AccountID,
			"principal": g.Principal.ARN, "level": g.Level.Name, "term": g.Term.String(),
			"requester": g.Requester.User, "beneficiary": g.Beneficiary.User,
		}}
	add := func(key, value string) {
		if value != "" {
			e.Facts[key] = value
		}
	}
	add("principal_id", g.Principal.UniqueID)
	if len(g.BatchIDs) > 0 {
		add("asked_as", string(g.BatchLead()))
	}
	add("half", string(ev.Half))
	add("outcome", string(ev.Outcome))
	var void []string
	for _, p := range ev.Void {
		void = append(void, p.User)
	}
	add("void", strings.Join(void, " "))
	if g.Scheduled {
		add("start", stamp(g.StartAt))
	}
	if !ev.Expiry.IsZero() {
		add("expiry", stamp(ev.Expiry))
	}
	if e.Opens = ev.opens(); e.Opens {
		maps.Copy(e.Facts, authority(g))
	}
	switch ev.Kind {
	case EventRequest:
		add("reason", g.Reason)
		add("lapses", stamp(g.LapsesAt))
		add("asked_with", idList(g.BatchIDs))
		add("object_actions", strings.Join(g.Level.Object, " "))
		add("bucket_actions", strings.Join(g.Level.Bucket, " "))
	case EventApprove:
		add("revision", strconv.Itoa(g.Revision))
		add("missing", strconv.Itoa(g.Missing()))
		add("object_actions", strings.Join(g.Level.Object, " "))
		add("bucket_actions", strings.Join(g.Level.Bucket, " "))
	case EventNarrow:
		add("revision", strconv.Itoa(g.Revision))
		add("object_actions", strings.Join(g.Level.Object, " "))
		add("bucket_actions", strings.Join(g.Level.Bucket, " "))
	case EventRequestExtension:
		add("revision", strconv.Itoa(g.Revision))
		add("more", ev.Term.String())
	case EventRemoved:
		add("outcome", string(g.Outcome))
	case EventWarn:
		add("left", ev.Left.String())
	}
	return e
}

func idList(ids []ID) string {
	var all []string
	for _, id := range ids {
		all = append(all, string(id))
	}
	return strings.Join(all, " ")
}

// A Head is the end of the audit chain.
type Head struct {
	Seq  uint64 // the number of entries
	Hash string // of the last entry, hex; "" for an empty chain
	At   time.Time
}
