// Compares slacksim's table of limits with the limits in the comments of
// @slack/types. Each limit there must be in the table with the same figure. Each
// figure of the table must be documented there, or be listed below with its source.
//
//   node limits.mjs LIMITS.JSON    as `play limits` prints them
import { readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import ts from "typescript";

// Where each limit of the table is documented. Several figures of one comment
// are in the comment's order.
const where = {
  "Block.block_id": ["MaxID"],
  "Action.action_id": ["MaxID"],
  "BaseView.blocks": ["MaxViewBlocks"],
  "BaseView.private_metadata": ["MaxPrivateMetadata"],
  "BaseView.callback_id": ["MaxID"],
  "ModalView.title": ["MaxViewTitle"],
  "ModalView.close": ["MaxViewTitle"],
  "ModalView.submit": ["MaxViewTitle"],
  "ActionsBlock.elements": ["MaxActionElements"],
  "CardBlock.title": ["MaxCardTitle"],
  "CardBlock.subtitle": ["MaxCardTitle"],
  "CardBlock.body": ["MaxCardBody"],
  "CarouselBlock.elements": ["MaxCarouselCards"],
  "ContainerBlock.title": ["MaxContainerTitle"],
  "ContainerBlock.subtitle": ["MaxContainerTitle"],
  "ContainerBlock.child_blocks": ["MaxContainerBlocks"],
  "ContextBlock.elements": ["MaxContextItems"],
  "ContextActionsBlock.elements": ["MaxContextActions"],
  "DataTableBlock.page_size": ["MaxDataTablePage"],
  "HeaderBlock.text": ["MaxHeaderText"],
  "ImageBlock.alt_text": ["MaxImageAlt"],
  "ImageBlock.title": ["MaxImageTitle"],
  "InputBlock.label": ["MaxInputLabel"],
  "InputBlock.hint": ["MaxInputHint"],
  "MarkdownBlock.text": ["MaxMarkdownText"],
  "SectionBlock.text": ["MaxSectionText"],
  "SectionBlock.fields": ["MaxSectionFields", "MaxFieldText"],
  "TableBlock.rows": ["MaxTableRows", "MaxTableColumns"],
  "TableBlock.column_settings": ["MaxTableColumns"],
  "Button.text": ["MaxButtonText"],
  "Button.value": ["MaxButtonValue"],
  "Button.url": ["MaxURL"],
  "Button.accessibility_label": ["MaxAccessibilityLabel"],
  "FeedbackButtons.positive_button.accessibility_label": ["MaxAccessibilityLabel"],
  "FeedbackButtons.negative_button.accessibility_label": ["MaxAccessibilityLabel"],
  "IconButton.accessibility_label": ["MaxAccessibilityLabel"],
  "WorkflowButton.text": ["MaxButtonText"],
  "WorkflowButton.accessibility_label": ["MaxAccessibilityLabel"],
  "Checkboxes.options": ["MaxBoxes"],
  "RadioButtons.options": ["MaxBoxes"],
  "FileInput.max_files": ["MaxFilesInInput"],
  "StaticSelect.options": ["MaxOptions"],
  "StaticSelect.option_groups": ["MaxOptionGroups"],
  "MultiStaticSelect.options": ["MaxOptions"],
  "MultiStaticSelect.option_groups": ["MaxOptionGroups"],
  "Overflow.options": ["MaxOverflowOptions"],
  "PlainTextInput.min_length": ["MaxInputLength"],
  "RichTextInput.min_lines": ["MaxRichTextInLines"],
  "RichTextInput.max_lines": ["MaxRichTextInLines"],
  "Placeholdable.placeholder": ["MaxPlaceholder"],
  "Confirm.title": ["MaxConfirmTitle"],
  "Confirm.text": ["MaxConfirmText"],
  "Confirm.confirm": ["MaxConfirmButton"],
  "Confirm.deny": ["MaxConfirmButton"],
  "OptionDescriptor.value": ["MaxOptionValue"],
  "OptionDescriptor.url": ["MaxURL"],
  "OptionDescriptor.description": ["MaxOptionDescription"],
  "MrkdwnOption.text": ["MaxOptionText"],
  "PlainTextOption.text": ["MaxOptionText"],
  "OptionGroup.label": ["MaxOptionText"],
  "OptionGroup.options": ["MaxOptions"],
  "PlainTextElement.text": ["MaxContextText"],
  "MrkdwnElement.text": ["MaxContextText"],
};

// Differences between the types and the table, with reasons.
const differs = {
  "OptionDescriptor.value": { types: 75, table: 150, why: "the reference of the option object has said 150 since Slack raised it; the comment was not changed" },
};

// Limits that the types do not document.
const elsewhere = {
  MaxMessageBlocks: "reference/block-kit/blocks; the error body of playwright-slack-report#180 says 50",
  MaxViewBytes: "reference/methods/views.open, view_too_large",
  MaxMessageText: "reference/methods/chat.postMessage, truncating content",
  MaxBlocksText: "msg_blocks_too_long: refused at 11,341 characters (bolt-js#2867), staff name 12,000 with a buffer",
  MaxUpdateText: "reference/methods/chat.update, msg_too_long",
  MaxMetadataSize: "inferred; the reference names only metadata_too_large",
  MaxOpenViews: "surfaces/modals: three views in a stack",
};

const types = join(dirname(createRequire(import.meta.url).resolve("@slack/types")));
const files = [join(types, "views.d.ts"), ...readdirSync(join(types, "block-kit")).filter((f) => f.endsWith(".d.ts")).map((f) => join(types, "block-kit", f))];

// figures are the upper limits in a comment, in its order.
function figures(comment) {
  const text = comment.replace(/\s+/g, " ");
  const out = [];
  const forms = /(?:max(?:imum)?(?: (?:length|number|value))?[^.;{}]{0,60}?|minimum of `1`, maximum of |up to |limit |between 1 and )`?(\d[\d,]*)`?/gi;
  for (const m of text.matchAll(forms)) out.push(Number(m[1].replaceAll(",", "")));
  return out;
}

const documented = {};
function note(name, node) {
  const comment = (node.jsDoc ?? []).map((d) => d.getText()).join("\n");
  const found = figures(comment);
  if (found.length > 0) documented[name] = found;
}
function members(name, node) {
  if (ts.isPropertySignature(node) && node.name) {
    name = `${name}.${node.name.getText()}`;
    note(name, node);
  }
  ts.forEachChild(node, (child) => members(name, child));
}
for (const file of files) {
  const source = ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.Latest, true);
  for (const s of source.statements) if (ts.isInterfaceDeclaration(s) || ts.isTypeAliasDeclaration(s)) members(s.name.text, s);
}

const table = JSON.parse(readFileSync(process.argv[2], "utf8"));
const wrong = [];
const used = new Set();
for (const [at, found] of Object.entries(documented)) {
  const names = where[at];
  if (!names) wrong.push(`${at} is limited to ${found} in @slack/types and not in the table`);
  else if (names.length !== found.length) wrong.push(`${at} has the figures ${found}, the table has ${names}`);
  names?.forEach((n, i) => {
    used.add(n);
    const d = differs[at];
    const expected = d && d.types === found[i] ? d.table : found[i];
    if (table[n] !== expected) wrong.push(`${at}: ${found[i]} in @slack/types, ${n} is ${table[n]}`);
    if (d && d.types !== found[i]) wrong.push(`${at} no longer differs as listed`);
  });
}
for (const at of Object.keys(where)) if (!documented[at]) wrong.push(`${at} is listed, and @slack/types documents no limit there`);
for (const n of Object.keys(table)) {
  if (used.has(n) === n in elsewhere) wrong.push(`${n} is ${used.has(n) ? "documented and listed as from elsewhere" : "neither documented nor listed"}`);
}
for (const n of Object.keys(elsewhere)) if (!(n in table)) wrong.push(`${n} is not in the table any more`);
if (wrong.length > 0) {
  console.error(wrong.join("\n"));
  process.exit(1);
}
console.log(`${Object.keys(table).length} limits agree with ${Object.keys(documented).length} comments of @slack/types; ${Object.keys(differs).length} listed difference, ${Object.keys(elsewhere).length} from elsewhere`);
