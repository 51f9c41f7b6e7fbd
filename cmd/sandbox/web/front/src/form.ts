import type { Block, FieldState, FormState } from "./types";

// A Form is the state of the fields of an open view before it is submitted.
export interface Form {
  id: string;
  state: FormState;
  errors: Record<string, string>; // by block id
  set(block: string, action: string, state: FieldState): void;
}

// stateName is the name of an element's state field, as in state.values of
// Slack's payloads.
export function stateName(type: string): string {
  const names: Record<string, string> = {
    static_select: "selected_option", external_select: "selected_option", radio_buttons: "selected_option", overflow: "selected_option",
    multi_static_select: "selected_options", multi_external_select: "selected_options", checkboxes: "selected_options",
    users_select: "selected_user", channels_select: "selected_channel", conversations_select: "selected_conversation",
    multi_users_select: "selected_users", multi_channels_select: "selected_channels", multi_conversations_select: "selected_conversations",
    datepicker: "selected_date", timepicker: "selected_time", datetimepicker: "selected_date_time",
  };
  return names[type] ?? "value";
}

// initial is an element's state before a person changes it.
export function initial(e: Block): FieldState {
  const name = stateName(e.type);
  const from = name === "value" ? "initial_value" : name.replace("selected_", "initial_");
  return { type: e.type, [name]: e[from] ?? (name.endsWith("s") ? [] : null) };
}

export const optionsOf = (e: Block): Block[] => [...(e.options ?? []), ...(e.option_groups ?? []).flatMap((g: Block) => g.options)];
