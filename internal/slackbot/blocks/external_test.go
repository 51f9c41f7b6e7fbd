package blocks

import (
	"encoding/json"
	"strings"
	"testing"

	"s3share/internal/grant"
)

// The policy of a handover is quoted completely, and is unchanged when it is copied.
func TestHandedOverPolicyIsUnchanged(t *testing.T) {
	const resource = "arn:aws:s3:::my-bucket/a```b*not bold*<&>/*"
	policy, _ := json.Marshal(map[string]any{"Statement": []any{map[string]string{"Resource": resource}}}) // of strings
	g := lives(t)["external"]
	g.Prefix = "a```b"
	g.History = append([]grant.Event{}, g.History...)
	event := 0
	for i := range g.History {
		if g.History[i].Kind == grant.EventDelegated {
			g.History[i].Why, event = string(policy), i
		}
	}
	text := HandedOver(g, event)[0].Text
	if n := strings.Count(text, "```"); n != 2 {
		t.Fatalf("%d marks of a quotation in %s", n, text)
	}
	var copied struct{ Statement []struct{ Resource string } }
	shown := strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&").Replace(strings.Split(text, "```")[1])
	if err := json.Unmarshal([]byte(shown), &copied); err != nil || copied.Statement[0].Resource != resource {
		t.Errorf("copied out it is %+v, %v: %s", copied, err, shown)
	}
}
