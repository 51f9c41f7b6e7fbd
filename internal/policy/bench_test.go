package policy_test

import (
	"fmt"
	"testing"

	"s3share/internal/policy"
)

// full returns a policy of the maximal size. Half of its statements are
// foreign.
func full() (d policy.Document, text []byte) {
	for i := 0; d.Size() < policy.MaxBucketPolicy-400; i++ {
		id := fmt.Sprintf("A%07d", i)
		if i%2 == 0 {
			id = fmt.Sprintf("Z%07d", i)
		}
		d = d.With(ask(id).Statements()...)
	}
	return d, d.Bytes()
}

func isA(s policy.Statement) bool {
	id, ours := policy.IDOfSid(s.Sid())
	return ours && id[0] == 'A'
}

func BenchmarkParse(b *testing.B) {
	_, text := full()
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if _, err := policy.Parse(text); err != nil {
			b.Fatal(err)
		}
	}
}

// The work of one pass over a bucket: parse, remove the bot's statements, add
// the desired ones, compare with the parsed text, measure.
func BenchmarkEdit(b *testing.B) {
	_, text := full()
	asks := []policy.Allow{}
	for i := range 20 {
		asks = append(asks, ask(fmt.Sprintf("A%07d", i)).Statements()...)
	}
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		d, err := policy.Parse(text)
		if err != nil {
			b.Fatal(err)
		}
		edited := d.Without(isA).With(asks...)
		if policy.Equivalent(d, edited) || !policy.SameForeign(d, edited, isA) || edited.Size() == 0 {
			b.Fatal("the edit is not what it should be")
		}
	}
}

func BenchmarkDescribe(b *testing.B) {
	before, _ := full()
	after := before.Without(isA)
	for b.Loop() {
		if sentence, _ := policy.Describe(before, after); sentence == "" {
			b.Fatal("nothing to say")
		}
	}
}
