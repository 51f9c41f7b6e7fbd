package journal_test

import (
	"testing"

	"s3share/internal/journal"
	"s3share/internal/journaltest"
)

func TestMemory(t *testing.T) {
	journaltest.Run(t, func(*testing.T) journaltest.Subject {
		m, opened := &journal.Memory{}, false
		return journaltest.Subject{
			Open: func(*testing.T) journal.Journal {
				if opened {
					m = m.Reopen()
				}
				opened = true
				return m
			},
			SetFull: func(full bool) { m.SetFull(full) },
		}
	})
}
