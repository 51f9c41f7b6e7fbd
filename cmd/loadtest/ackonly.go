package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"

	"github.com/gorilla/websocket"
)

// ackOnly is the client that shows the driver's own ceiling: it acknowledges
// each envelope as soon as it has read it, and does nothing else.
const ackOnly = "ack-only"

func runAckOnly() error {
	reply, err := http.Post(os.Getenv("SLACK_API_URL")+"apps.connections.open", "", nil)
	if err != nil {
		return err
	}
	defer reply.Body.Close()
	var opened struct{ URL string }
	if err := json.NewDecoder(reply.Body).Decode(&opened); err != nil {
		return err
	}
	ws, _, err := websocket.DefaultDialer.Dial(opened.URL, nil)
	if err != nil {
		return err
	}
	for {
		_, frame, err := ws.ReadMessage()
		if err != nil {
			return err
		}
		var e struct {
			ID string `json:"envelope_id"`
		}
		if err := json.Unmarshal(frame, &e); err != nil {
			return err
		}
		if e.ID == "" {
			continue // hello
		}
		if err := ws.WriteMessage(websocket.TextMessage, fmt.Appendf(nil, `{"envelope_id":%q}`, e.ID)); err != nil {
			return err
		}
	}
}
