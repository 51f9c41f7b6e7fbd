package slacksim

// Slack's size limits, from docs.slack.dev/reference/block-kit and the method
// references. Lengths are in characters, not bytes. All limits are in this
// table: .ci/slacksim/limits.mjs compares it with the documentation in
// @slack/types.
const (
	MaxMessageBlocks = 50
	MaxViewBlocks    = 100
	MaxViewBytes     = 250_000

	MaxMessageText  = 40_000 // chat.postMessage cuts longer text
	MaxBlocksText   = 11_000 // all texts of a message's blocks; refused at 11,341 (slackapi/bolt-js issue 2867)
	MaxUpdateText   = 4_000  // chat.update refuses longer text
	MaxMetadataSize = 16_000 // bytes; inferred, the reference names only the error

	MaxSectionText    = 3000
	MaxSectionFields  = 10
	MaxFieldText      = 2000
	MaxHeaderText     = 150
	MaxContextItems   = 10
	MaxContextText    = 3000 // for any text object without its own limit
	MaxActionElements = 25
	MaxMarkdownText   = 12_000
	MaxImageAlt       = 2000
	MaxImageTitle     = 2000
	MaxInputLabel     = 2000
	MaxInputHint      = 2000

	MaxContextActions  = 5
	MaxCardTitle       = 150 // also its subtitle
	MaxCardBody        = 200
	MaxCarouselCards   = 10
	MaxContainerTitle  = 150 // also its subtitle
	MaxContainerBlocks = 10
	MaxTableRows       = 100
	MaxTableColumns    = 20
	MaxDataTablePage   = 100
	MaxFilesInInput    = 10
	MaxRichTextInLines = 100

	MaxButtonText         = 75
	MaxButtonValue        = 2000
	MaxURL                = 3000
	MaxAccessibilityLabel = 75
	MaxPlaceholder        = 150
	MaxInputLength        = 3000

	MaxOptions           = 100
	MaxOptionGroups      = 100
	MaxOverflowOptions   = 5
	MaxBoxes             = 10 // radio buttons and checkboxes
	MaxOptionText        = 75
	MaxOptionValue       = 150
	MaxOptionDescription = 75

	MaxConfirmTitle  = 100
	MaxConfirmText   = 300
	MaxConfirmButton = 30

	MaxID              = 255 // block_id, action_id, callback_id, external_id
	MaxViewTitle       = 24  // also submit and close
	MaxPrivateMetadata = 3000
	MaxOpenViews       = 3 // modals on top of each other
)
