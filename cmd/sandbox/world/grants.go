package world

import (
	"bytes"
	"encoding/json"
	"os"
	"slices"
)

// A Grant is a grant by the audit log: its id and its state.
type Grant struct{ ID, State string }

// Grants returns all grants by the audit log, oldest first. The bot may be
// writing a line, so it ignores lines that are no JSON.
func (w *World) Grants() (all []Grant) {
	text, err := os.ReadFile(w.AuditPath())
	if err != nil {
		return nil // the bot has not written it yet
	}
	for line := range bytes.Lines(text) {
		var of struct{ Entry struct{ Grant, State string } }
		if json.Unmarshal(line, &of) != nil || of.Entry.Grant == "" {
			continue
		}
		i := slices.IndexFunc(all, func(g Grant) bool { return g.ID == of.Entry.Grant })
		if i < 0 {
			all = append(all, Grant{ID: of.Entry.Grant})
			i = len(all) - 1
		}
		all[i].State = of.Entry.State
	}
	return all
}
