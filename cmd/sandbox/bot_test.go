package main

import (
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"s3share/cmd/sandbox/world"
)

// TestRealBot runs cmd/bot itself. Its clock cannot be moved, so the terms are
// one minute in real time. The cases share one parallel slot, because they run
// longest and mostly wait.
func TestRealBot(t *testing.T) {
	t.Parallel()
	program := filepath.Join(t.TempDir(), "bot")
	if out, err := exec.Command("go", "build", "-o", program, "s3share/cmd/bot").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	var all sync.WaitGroup
	defer all.Wait()
	for _, c := range []struct{ name, script string }{
		{"ends by itself", `
rita /s3share request my-shared-bucket-20932/builds read build/test.user 1m a minute is enough
ada press Approve
shows rita 'until'
can build/test.user s3:GetObject my-shared-bucket-20932/builds/a.txt
! shows rita 'Access ended'
! can build/test.user s3:GetObject my-shared-bucket-20932/builds/a.txt
shows rita 'Access ended'
! has my-shared-bucket-20932 S3Share
! holds build
`},
		{"killed while it lasts", `
rita /s3share request my-shared-bucket-20932/builds read build/role/deployer 1m a minute is enough
ada press Approve
shows rita 'until'
kill
can build/role/deployer s3:GetObject my-shared-bucket-20932/builds/a.txt
start
shows rita 'Access ended'
! can build/role/deployer s3:GetObject my-shared-bucket-20932/builds/a.txt
! attached deployer
count rita 'can read' <= 2
`},
		{"dead when the time is up", `
rita /s3share request my-shared-bucket-20932/builds read build/test.user 1m a minute is enough
ada press Approve
shows rita 'until'
kill
! can build/test.user s3:GetObject my-shared-bucket-20932/builds/a.txt
holds build test.user
start
shows rita 'Access ended'
! has my-shared-bucket-20932 S3Share
! holds build
`},
		{"stopped and started", `
rita /s3share request my-shared-bucket-20932/builds read build/test.user 1m a minute is enough
shows #s3-admins 'waiting for a decision'
restart
ada press Approve
shows rita 'until'
restart
rita press I'm done
shows rita 'You ended it early.'
! can build/test.user s3:GetObject my-shared-bucket-20932/builds/a.txt
`},
	} {
		all.Go(func() {
			t.Run(c.name, func(t *testing.T) {
				w := open(t, world.Options{Program: program})
				w.Patience *= 3 // the test waits for a real minute
				w.mustPlay(t, c.script)
			})
		})
	}
}
