package blocks

import (
	"encoding/json"
	"slices"
	"unicode/utf8"

	"github.com/slack-go/slack"
)

// MessageBudget is the total number of characters in the blocks of one message. Slack refuses a
// message above about 11,000 to 13,000 with msg_blocks_too_long (slackapi/bolt-js issues 2509 and
// 2867).
const MessageBudget = 9_000

// A yield is the order of shortening blocks in a message over its budget.
type yield int

const (
	keeps         yield = iota // last: the requester's words, the status, the buttons
	yieldsDetail               // a detail
	yieldsWarning              // before details
	yieldsTable                // first: a table loses its last rows
)

// A sheet is a message under construction: its blocks with their yields.
type sheet []piece

type piece struct {
	block   slack.Block
	yield   yield
	shorter func(most int) slack.Block // returns a form with at most that many characters; nil: the block is left out
}

func (s *sheet) keep(content ...slack.Block) { s.add(keeps, content...) }

func (s *sheet) add(y yield, content ...slack.Block) {
	for _, b := range content {
		*s = append(*s, piece{block: b, yield: y})
	}
}

// shortened is the note in a shortened message.
const shortened = "This message is shortened. *Details* shows the rest."

// blocks returns the blocks within MessageBudget. It shortens tables first, then leaves out warnings
// from the last to the first, then details.
func (s sheet) blocks() []slack.Block {
	over := s.size() - MessageBudget
	if over <= 0 {
		return s.all()
	}
	over += len(shortened)
	left := slices.Clone(s)
	for y := yieldsTable; y > keeps && over > 0; y-- {
		for i := len(left) - 1; i >= 0 && over > 0; i-- {
			if left[i].yield != y {
				continue
			}
			before := BlockSize(left[i].block)
			left[i].block = left[i].within(before - over)
			over -= before - BlockSize(left[i].block)
		}
	}
	left = slices.DeleteFunc(left, func(p piece) bool { return p.block == nil })
	at := len(left)
	for at > 0 && isFooter(left[at-1].block) {
		at--
	}
	return slices.Insert(left, at, piece{block: Section(shortened)}).all()
}

// within returns the block with at most that many characters, or nil.
func (p piece) within(most int) slack.Block {
	if p.shorter == nil {
		return nil
	}
	return p.shorter(most)
}

func (s sheet) all() []slack.Block {
	content := make([]slack.Block, len(s))
	for i, p := range s {
		content[i] = p.block
	}
	return content
}

func (s sheet) size() (n int) {
	for _, p := range s {
		n += BlockSize(p.block)
	}
	return n
}

// isFooter reports whether a block belongs at the end of a message.
func isFooter(b slack.Block) bool {
	return b.BlockType() == slack.MBTContext || b.BlockType() == slack.MBTAction
}

// BlockSize counts the characters of a block as Slack does: all its texts, escaped.
func BlockSize(b slack.Block) int {
	if b == nil {
		return 0
	}
	text, err := json.Marshal(b)
	var fields any
	if err != nil || json.Unmarshal(text, &fields) != nil {
		return MessageBudget // a block of unknown size does not fit
	}
	return textSize(fields)
}

func textSize(fields any) (n int) {
	switch v := fields.(type) {
	case []any:
		for _, x := range v {
			n += textSize(x)
		}
	case map[string]any:
		for name, x := range v {
			if s, isText := x.(string); isText && name == "text" {
				n += escapedSize(s, v["type"])
			}
			n += textSize(x)
		}
	}
	return n
}

// escapedSize counts a text. Text of type mrkdwn is escaped already.
func escapedSize(s string, kind any) int {
	if kind != slack.MarkdownType {
		s = Escapes.Replace(s)
	}
	return utf8.RuneCountInString(s)
}

// WithinBudget returns m with blocks that fit MessageBudget. A message without a sheet loses the
// last rows of its table, then its last sections.
func (m Message) WithinBudget() Message {
	var s sheet
	for i, b := range m.Blocks {
		switch b := b.(type) {
		case *slack.TableBlock:
			s = append(s, piece{block: b, yield: yieldsTable,
				shorter: func(most int) slack.Block { return fewerRows(*b, most) }})
		case *slack.SectionBlock:
			y := yieldsDetail
			if i == 0 {
				y = keeps
			}
			s.add(y, b)
		default:
			s.keep(b)
		}
	}
	m.Blocks = s.blocks()
	return m
}

// fewerRows returns a table with as many rows as fit, or nil if only its head fits.
func fewerRows(t slack.TableBlock, most int) slack.Block {
	for len(t.Rows) > 1 {
		if BlockSize(&t) <= most {
			return &t
		}
		t.Rows = t.Rows[:len(t.Rows)-1]
	}
	return nil
}
