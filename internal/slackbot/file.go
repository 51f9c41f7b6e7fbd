package slackbot

import (
	"context"
	"fmt"

	"github.com/slack-go/slack"

	"s3share/internal/commands"
)

// sendFile sends a file to one person by direct message.
func (as *answers) sendFile(ctx context.Context, to string, f commands.File) error {
	dm, _, _, err := as.api.OpenConversationContext(ctx, &slack.OpenConversationParameters{Users: []string{to}})
	if err != nil {
		return fmt.Errorf("conversations.open: %w", err)
	}
	_, err = as.api.UploadFileContext(ctx, slack.UploadFileParameters{
		Filename: f.Name, Title: f.Name, Content: string(f.Content), FileSize: len(f.Content), Channel: dm.ID,
	})
	if err != nil {
		return fmt.Errorf("sending a file: %w", err)
	}
	return nil
}
