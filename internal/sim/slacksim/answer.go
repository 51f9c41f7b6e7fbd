package slacksim

import (
	"encoding/json"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// A refusal is an answer with "ok": false.
type refusal struct {
	code string
	with object // further fields of the answer
}

func (r *refusal) Error() string { return r.code }

func refuse(code string) error { return &refusal{code: code} }

// refuseArguments is Slack's answer to malformed arguments.
func refuseArguments(messages ...string) error {
	for i, m := range messages {
		messages[i] = "[ERROR] " + m
	}
	return &refusal{code: "invalid_arguments", with: object{"response_metadata": object{"messages": messages}}}
}

func missingScope(needed string, provided []string) error {
	return &refusal{code: "missing_scope", with: object{"needed": needed, "provided": strings.Join(provided, ",")}}
}

func (r *refusal) messages() []string {
	meta, _ := r.with["response_metadata"].(object)
	messages, _ := meta["messages"].([]string)
	return messages
}

func writeAnswer(rw http.ResponseWriter, answer object, err error) {
	full := object{"ok": err == nil}
	if r, ok := err.(*refusal); ok {
		full["error"] = r.code
		answer = r.with
	}
	for k, v := range answer {
		full[k] = v
	}
	writeJSON(rw, http.StatusOK, full)
}

func writeJSON(rw http.ResponseWriter, status int, v any) {
	rw.Header().Set("Content-Type", "application/json; charset=utf-8")
	rw.WriteHeader(status)
	_ = json.NewEncoder(rw).Encode(v) // ignore clients that disconnected
}

func tooManyRequests(rw http.ResponseWriter, wait time.Duration) {
	rw.Header().Set("Retry-After", strconv.Itoa(max(1, int(math.Ceil(wait.Seconds())))))
	writeJSON(rw, http.StatusTooManyRequests, object{"ok": false, "error": "ratelimited"})
}
