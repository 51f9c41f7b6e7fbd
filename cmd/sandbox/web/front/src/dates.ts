// Dates in the reader's own time zone, as Slack writes them
// (docs.slack.dev/messaging/formatting-message-text).

const fmt = (o: Intl.DateTimeFormatOptions) => (d: Date) => new Intl.DateTimeFormat("en", o).format(d);
const time = fmt({ hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const timeSecs = fmt({ hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
const short = fmt({ month: "short", day: "numeric", year: "numeric" });
const medium = fmt({ month: "long", day: "numeric", year: "numeric" });
const long = fmt({ weekday: "long", month: "long", day: "numeric", year: "numeric" });
const iso = (d: Date) => `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())}`;
const two = (n: number) => String(n).padStart(2, "0");

const midnight = (d: Date) => new Date(d.getFullYear(), d.getMonth(), d.getDate()).getTime();

// near is "today" and its neighbours, or "".
function near(d: Date, now: Date): string {
  const days = Math.round((midnight(d) - midnight(now)) / 86_400_000);
  return ({ "-1": "yesterday", "0": "today", "1": "tomorrow" } as Record<string, string>)[days] ?? "";
}

function ago(d: Date, now: Date): string {
  const s = Math.round((d.getTime() - now.getTime()) / 1000);
  const words = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
  for (const [unit, size] of [["day", 86400], ["hour", 3600], ["minute", 60]] as const) {
    if (Math.abs(s) >= size) return words.format(Math.trunc(s / size), unit);
  }
  return words.format(s, "second");
}

// slackDate fills in the tokens of a <!date^…> pattern.
export function slackDate(seconds: number, pattern: string, now: number): string {
  const d = new Date(seconds * 1000), at = new Date(now);
  const tokens: Record<string, () => string> = {
    date_num: () => iso(d), date_slash: () => iso(d).replaceAll("-", "/"), date: () => medium(d), date_short: () => short(d), date_long: () => long(d),
    date_pretty: () => near(d, at) || medium(d), date_short_pretty: () => near(d, at) || short(d), date_long_pretty: () => near(d, at) || long(d),
    day_divider_pretty: () => near(d, at) || long(d),
    time: () => time(d), time_secs: () => timeSecs(d), ago: () => ago(d, at),
  };
  const text = pattern.replace(/\{(\w+)\}/g, (whole, name) => tokens[name]?.() ?? whole);
  return pattern.startsWith("{") ? text.replace(/^[a-z]/, (c) => c.toUpperCase()) : text;
}

export const clock = (ms: number) => time(new Date(ms));
export const full = (ms: number) => `${long(new Date(ms))}, ${timeSecs(new Date(ms))}`;
export const zone = () => Intl.DateTimeFormat().resolvedOptions().timeZone;

// date names the day of the clock. It is no word like today, because the clock
// of the world may be days ahead of the reader's.
export const date = (ms: number) => fmt({ weekday: "short", month: "short", day: "numeric" })(new Date(ms));

// day is a day's name in a conversation: today and its neighbours by the world's clock.
export function day(ms: number, now: number): string {
  const d = new Date(ms), word = near(d, new Date(now));
  return word ? word[0].toUpperCase() + word.slice(1) : date(ms);
}

// span is a duration in at most two units.
export function span(ms: number): string {
  const minutes = Math.max(0, Math.round(ms / 60_000));
  const d = Math.floor(minutes / 1440), h = Math.floor((minutes % 1440) / 60), m = minutes % 60;
  const parts = [d && `${d} d`, h && `${h} h`, !d && m && `${m} min`].filter(Boolean);
  return parts.join(" ") || (ms > 0 ? "less than a minute" : "now");
}

export const ofTS = (ts: string) => Number(ts) * 1000;

// The value of a datetime-local field and its inverse, in the reader's zone.
export function toField(seconds: number): string {
  const d = new Date(seconds * 1000);
  return `${iso(d)}T${two(d.getHours())}:${two(d.getMinutes())}`;
}
export const fromField = (value: string) => Math.floor(new Date(value).getTime() / 1000);
