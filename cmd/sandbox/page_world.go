package main

import (
	"strings"
	"time"
)

// Parts of the world that only the page uses.

// ahead is the difference between the world's clock and the machine's.
func (w *world) ahead() time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.offset
}

// addresses are the addresses of the simulators, for the reader's own tools.
func (w *world) addresses() map[string]string {
	found := map[string]string{}
	for _, v := range w.env {
		for name, as := range map[string]string{"SLACK_API_URL": "slack", "AWS_ENDPOINT_URL": "aws"} {
			if url, ok := strings.CutPrefix(v, name+"="); ok {
				found[as] = url
			}
		}
	}
	return found
}
