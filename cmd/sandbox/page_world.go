package main

import (
	"strings"
	"time"
)

// What the page needs of the world, besides what scripts use.

// ahead is how far the world's clock is ahead of the machine's.
func (w *world) ahead() time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.offset
}

// addresses are where the simulators are served, for a person's own tools.
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
