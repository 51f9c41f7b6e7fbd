package journal_test

import (
	"path/filepath"
	"sync/atomic"
	"testing"

	"s3share/internal/journal"
	"s3share/internal/journaltest"
)

func TestFile(t *testing.T) {
	journaltest.Run(t, func(t *testing.T) journaltest.Subject {
		path, full := filepath.Join(t.TempDir(), "s.db.journal"), &atomic.Bool{}
		return journaltest.Subject{
			Open: func(t *testing.T) journal.Journal {
				t.Helper()
				j, err := journal.OpenFillable(path, "store", full)
				if err != nil {
					t.Fatal(err)
				}
				if d := j.Damage(); len(d) > 0 {
					t.Fatal(d)
				}
				return j
			},
			SetFull: full.Store,
		}
	})
}
