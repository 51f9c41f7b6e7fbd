import { useId } from "preact/hooks";
import { Text, type Surface } from "./blocks";
import { Choice, type Option } from "./choice";
import { fromField, toField } from "./dates";
import { useDesk } from "./desk";
import { optionsOf, stateName } from "./form";
import type { Block, FieldState } from "./types";

interface Props {
  block: Block;
  element: Block;
  on: Surface;
  state: FieldState;
  change(state: FieldState): void;
  id?: string;
  label?: string;
  labelledBy?: string;
  describedBy?: string;
  invalid?: boolean;
  optional?: boolean;
}

// Control is an element with a value: a text field, picker or menu.
export function Control(p: Props) {
  const { element: e, state } = p;
  const name = stateName(e.type), value = state?.[name];
  const set = (v: unknown) => p.change({ type: e.type, [name]: v });
  const aria = { id: p.id, "aria-label": p.label, "aria-describedby": p.describedBy, "aria-invalid": p.invalid };
  const text = { ...aria, value: value ?? "", placeholder: e.placeholder?.text, maxLength: e.max_length, onInput: (x: any) => set(x.currentTarget.value || null) };
  switch (e.type) {
    case "plain_text_input":
      return e.multiline ? <textarea rows={3} {...text} /> : <input type="text" {...text} />;
    case "email_text_input":
      return <input type="email" {...text} />;
    case "url_text_input":
      return <input type="url" {...text} />;
    case "number_input":
      return <input type="number" step={e.is_decimal_allowed ? "any" : 1} min={e.min_value} max={e.max_value} {...text} />;
    case "datepicker":
      return <input type="date" {...aria} value={value ?? ""} onChange={(x) => set(x.currentTarget.value || null)} />;
    case "timepicker":
      return <input type="time" {...aria} value={value ?? ""} onChange={(x) => set(x.currentTarget.value || null)} />;
    case "datetimepicker":
      return <input type="datetime-local" {...aria} value={value ? toField(value) : ""} onChange={(x) => set(x.currentTarget.value ? fromField(x.currentTarget.value) : null)} />;
    case "radio_buttons":
    case "checkboxes":
    case "multi_static_select":
      return <Boxes {...p} set={set} />;
  }
  return <Select {...p} set={set} />;
}

// Boxes are checkboxes or radio buttons.
function Boxes({ element: e, state, set, labelledBy, describedBy, invalid, label }: Props & { set(v: unknown): void }) {
  const one = e.type === "radio_buttons", id = useId();
  const chosen: Block[] = one ? [state?.selected_option].filter(Boolean) : state?.selected_options ?? [];
  const has = (o: Block) => chosen.some((c) => c.value === o.value);
  const toggle = (o: Block) => set(one ? o : has(o) ? chosen.filter((c) => c.value !== o.value) : [...chosen, o]);
  return (
    <div class="boxes" role={one ? "radiogroup" : "group"} aria-label={labelledBy ? undefined : label} aria-labelledby={labelledBy} aria-describedby={describedBy} aria-invalid={one ? invalid : undefined}>
      {optionsOf(e).map((o) => (
        <label>
          <input type={one ? "radio" : "checkbox"} name={id} checked={has(o)} onChange={() => toggle(o)} />
          <span>
            <Text of={o.text} />
            {o.description && <small><Text of={o.description} /></small>}
          </span>
        </label>
      ))}
    </div>
  );
}

// Select is a menu of fixed options, of the bot's options for a typed query, or
// of people and channels.
function Select(p: Props & { set(v: unknown): void }) {
  const { element: e, state, set, on, block } = p;
  const desk = useDesk();
  const value = state?.[stateName(e.type)];
  const shared = { id: p.id, label: p.label, describedBy: p.describedBy, invalid: p.invalid, placeholder: e.placeholder?.text, clearable: p.optional };
  const option = (o: Block, group?: string): Option => ({ value: o.value, label: o.text.text, note: o.description?.text, group, raw: o });
  if (e.type === "static_select" || e.type === "external_select") {
    const options = [...(e.options ?? []).map((o: Block) => option(o)), ...(e.option_groups ?? []).flatMap((g: Block) => g.options.map((o: Block) => option(o, g.label.text)))];
    const load = async (query: string) => {
      const a = await desk.do({ do: "look up", channel: on.channel, ts: on.ts, view: on.view, block: block.block_id, action: e.action_id, text: query });
      if (a.error) desk.say(a.error, true);
      return (a.options ?? []).map((o) => ({
        value: o.value, label: o.label, note: o.description, group: o.group,
        raw: { text: { type: "plain_text", text: o.label }, value: o.value },
      }));
    };
    const external = e.type === "external_select";
    return <Choice {...shared} options={options} load={external ? load : undefined} least={external ? e.min_query_length ?? 3 : 0} chosen={value ? option(value) : null} choose={(o) => set(o ? o.raw : null)} />;
  }
  const people = e.type === "users_select";
  const all: Option[] = people ? desk.world.people.map((x) => ({ value: x.id, label: x.name })) : desk.world.channels.filter((c) => !c.dm).map((c) => ({ value: c.id, label: "#" + c.name }));
  return <Choice {...shared} options={all} chosen={all.find((o) => o.value === value) ?? null} choose={(o) => set(o ? o.value : null)} />;
}
