package slacksim

import (
	"encoding/binary"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"s3share/internal/mutants"
)

// Slack either refuses blocks, or can show, use and return them. Accepted
// blocks never break a later step.
func FuzzBlocks(f *testing.F) {
	for _, seed := range mutants.Of(1000,
		`[{"type":"divider"}]`, `[{"type":"section","fields":[{"type":"mrkdwn","text":"<@U1|x> & http://a"}]}]`,
		`[{"type":"actions","elements":[{"type":"static_select","options":[{"text":{"type":"plain_text","text":"a"},"value":"a"}]}]}]`,
		`[{"type":"table","rows":[[{"type":"raw_number","value":1,"text":"1"}]],"column_settings":[null]}]`,
		`[{"type":"container","title":{"type":"plain_text","text":"t"},"child_blocks":[{"type":"divider"}]}]`,
		`[{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"user","user_id":"U"}]}]}]`,
		`[{"type":"input","label":{"type":"plain_text","text":"l"},"element":{"type":"multi_external_select","initial_options":[]}}]`,
		`{}`, `null`, `[[]]`, `[{"type":7}]`,
	) {
		f.Add(seed)
	}
	w := New(Config{})
	f.Fuzz(func(t *testing.T, text string) {
		var blocks any
		if json.Unmarshal([]byte(text), &blocks) != nil {
			return
		}
		view := object{"type": "modal", "title": object{"type": "plain_text", "text": "t"}, "blocks": blocks}
		for _, problem := range append(validateBlocks(blocks), validateView(view, "modal")...) {
			if !strings.HasSuffix(problem, "]") || !strings.Contains(problem, "[json-pointer:/") {
				t.Errorf("a problem without a pointer: %s", problem)
			}
		}
		if len(validateBlocks(blocks)) > 0 {
			return
		}
		kept := w.identify(objects(blocks))
		plainText(kept)
		carryState(kept, initialState(kept))
		interactive(kept, func(b, e object) {
			if asString(e["action_id"]) == "" {
				t.Errorf("an element without an id in %s", text)
			}
			_, _ = enter(e, "a")
			_, _ = enterState(e, object{"value": "a"})
		})
		again := w.identify(kept)
		if a, b := encode(kept), encode(again); string(a) != string(b) {
			t.Errorf("keeping it twice changes it: %s, then %s", a, b)
		}
	})
}

// Fragmented messages are detected no matter how the stream is split.
func TestFramesSplitAnywhere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var stream []byte
		var want []bool
		for range rapid.IntRange(1, 6).Draw(t, "messages") {
			pieces := rapid.IntRange(1, 3).Draw(t, "pieces")
			for i := range pieces {
				opcode := byte(0)
				if i == 0 {
					opcode = 1
				}
				stream = append(stream, wireFrame(opcode, i == pieces-1, rapid.SampledFrom([]int{0, 1, 125, 126, 300, 65535, 65536}).Draw(t, "size"))...)
				if rapid.Bool().Draw(t, "ping between") {
					stream = append(stream, wireFrame(9, true, 3)...)
				}
			}
			want = append(want, pieces > 1)
		}
		var s frameScanner
		var got []bool
		for len(stream) > 0 {
			n := min(rapid.SampledFrom([]int{1, 2, 3, 7, 100, 4096, 1 << 20}).Draw(t, "cut"), len(stream))
			got = s.scan(stream[:n], got)
			stream = stream[n:]
		}
		if !slices.Equal(got, want) {
			t.Fatalf("found %v, want %v", got, want)
		}
	})
}

// wireFrame is a client's frame, so it has a mask.
func wireFrame(opcode byte, final bool, size int) []byte {
	head := opcode
	if final {
		head |= 0x80
	}
	out := []byte{head}
	switch {
	case size < 126:
		out = append(out, 0x80|byte(size))
	case size < 1<<16:
		out = binary.BigEndian.AppendUint16(append(out, 0x80|126), uint16(size))
	default:
		out = binary.BigEndian.AppendUint64(append(out, 0x80|127), uint64(size))
	}
	return append(out, make([]byte, 4+size)...)
}
