// The emoji that such bots use, drawn here: a machine without an emoji font
// would show boxes. Each drawing is a list of shapes on a square of 24 by 24: a
// colour, and a path that is filled, or, after a "-", a path that is stroked.
type Shape = [colour: string, path: string];

const red = "#d3344f", green = "#1f9d63", amber = "#e8a317", blue = "#2f7fd6", grey = "#8d88a0", dark = "#3a3350", white = "#fff";
const disc = "M12 2a10 10 0 1 0 0 20a10 10 0 1 0 0-20z";
const shackled = (shackle: string): Shape[] => [[grey, shackle], [amber, "M5 11h14v10H5z"], [dark, "M11 14h2v4h-2z"]];
const spot = (colour: string): Shape[] => [[colour, disc]];
const thumb = (path: string): Shape[] => [[amber, path]];

const drawings: Record<string, Shape[]> = {
  warning: [[amber, "M12 2L23 21H1z"], [dark, "M11 9h2v6h-2zM11 17h2v2h-2z"]],
  white_check_mark: [[green, "M3 3h18v18H3z"], [white, "-M7 12l4 4l7-8"]],
  heavy_check_mark: [[green, "-M4 13l5 5L20 6"]],
  x: [[red, "-M5 5l14 14M19 5L5 19"]],
  no_entry: [[red, disc], [white, "M6 10h12v4H6z"]],
  no_entry_sign: [[red, "-M12 3a9 9 0 1 0 0 18a9 9 0 1 0 0-18zM6 6l12 12"]],
  octagonal_sign: [[red, "M8 2h8l6 6v8l-6 6H8l-6-6V8z"]],
  hourglass: [[dark, "M5 2h14v2H5zM5 20h14v2H5z"], [grey, "M6 4h12c0 4-5 6-5 8s5 4 5 8H6c0-4 5-6 5-8S6 8 6 4z"], [amber, "M8 20c1-3 4-4 4-5c0 1 3 2 4 5zM9 7h6l-3 3z"]],
  alarm_clock: [[red, "M3 6l4-4l2 2l-4 4zM21 6l-4-4l-2 2l4 4z"], [red, "M12 4a9 9 0 1 0 0 18a9 9 0 1 0 0-18z"], [white, "M12 6.5a6.5 6.5 0 1 0 0 13a6.5 6.5 0 1 0 0-13z"], [dark, "-M12 9v4h3"]],
  clock1: [[grey, disc], [white, "M12 4.5a7.5 7.5 0 1 0 0 15a7.5 7.5 0 1 0 0-15z"], [dark, "-M12 7v5l3 2"]],
  calendar: [[grey, "M3 4h18v17H3z"], [red, "M3 4h18v5H3z"], [white, "M5 11h14v8H5z"]],
  lock: shackled("-M8 11V7a4 4 0 0 1 8 0v4"),
  unlock: shackled("-M8 11V6a4 4 0 0 1 8 0"),
  key: [[amber, "-M8 8a4 4 0 1 0 .1 0zM11 13l10-9M17 7l3 3"]],
  shield: [[blue, "M12 2l9 3c0 9-3 14-9 17c-6-3-9-8-9-17z"]],
  rotating_light: [[red, "M6 18v-6a6 6 0 0 1 12 0v6z"], [dark, "M4 18h16v4H4z"], [amber, "-M12 1v2M3 5l2 2M21 5l-2 2"]],
  fire: [[red, "M12 1c1 5 8 8 8 14a8 8 0 0 1-16 0c0-3 2-5 3-7c1 2 2 2 2 3c2-3 2-6 3-10z"], [amber, "M12 12c0 3 4 4 4 7a4 4 0 0 1-8 0c0-3 3-4 4-7z"]],
  bell: [[amber, "M12 2a6 6 0 0 1 6 6c0 6 3 7 3 10H3c0-3 3-4 3-10a6 6 0 0 1 6-6zM9 19h6a3 3 0 0 1-6 0z"]],
  eyes: [[grey, "M2 12c4-8 16-8 20 0c-4 8-16 8-20 0z"], [white, "M12 8a4 4 0 1 0 0 8a4 4 0 1 0 0-8z"], [dark, "M12 10a2 2 0 1 0 0 4a2 2 0 1 0 0-4z"]],
  bulb: [[amber, "M12 2a7 7 0 0 1 4 13v3H8v-3a7 7 0 0 1 4-13z"], [grey, "M8 19h8v3H8z"]],
  information_source: [[blue, "M3 3h18v18H3z"], [white, "M11 6h2v2h-2zM11 10h2v8h-2z"]],
  question: [[red, "-M7 8a5 5 0 1 1 7 5q-2 1-2 3"], [red, "M10.5 18.5h3v3h-3z"]],
  exclamation: [[red, "M10 2h4l-1 13h-2zM10.5 18h3v3h-3z"]],
  memo: [[grey, "M4 2h14v20H4z"], [white, "M6 4h10v16H6z"], [dark, "-M8 8h6M8 12h4"], [amber, "-M21 9l-8 9"]],
  mag: [[blue, "-M10 4a6 6 0 1 0 .1 0zM15 15l6 6"]],
  link: [[grey, "-M10 14a4 4 0 0 1 0-6l3-3a4 4 0 0 1 6 6l-2 2M14 10a4 4 0 0 1 0 6l-3 3a4 4 0 0 1-6-6l2-2"]],
  package: [[amber, "M2 7l10-5l10 5v11l-10 5L2 18z"], [dark, "-M2 7l10 5l10-5M12 12v11"]],
  file_folder: [[amber, "M2 5h8l2 3h10v12H2z"]],
  tada: [[amber, "M3 22L8 8l8 8z"], [red, "M14 3h3v3h-3zM19 12h3v3h-3z"], [blue, "M20 5h2v3h-2zM10 2h2v3h-2z"], [green, "-M14 10c2-3 4-2 6-3"]],
  snowflake: [[blue, "-M12 2v20M3 7l18 10M21 7L3 17"]],
  large_green_circle: spot(green), large_yellow_circle: spot(amber), red_circle: spot(red), large_blue_circle: spot(blue), white_circle: spot(grey), black_circle: spot(dark),
  thumbsup: thumb("M3 11h4v10H3zM8 11l4-9c3 0 3 2 2 7h6c2 0 1 4 0 9c-1 3-2 3-4 3H8z"),
  thumbsdown: thumb("M3 3h4v10H3zM8 13l4 9c3 0 3-2 2-7h6c2 0 1-4 0-9c-1-3-2-3-4-3H8z"),
  repeat: [[blue, "-M4 10V7h14M15 3l4 4l-4 4M20 14v3H6M9 21l-4-4l4-4"]],
  wastebasket: [[grey, "M5 7h14l-2 15H7zM4 3h16v3H4z"]],
  zap: [[amber, "M14 1L4 14h6l-1 9L20 9h-7z"]],
  speech_balloon: [[grey, "M2 3h20v14H10l-5 5v-5H2z"]],
  // Two signs of the page itself.
  send: [["currentColor", "M2 3l20 9l-20 9l4-9z"]],
  image: [[grey, "M2 4h20v16H2z"], [white, "M4 6h16v12H4z"], [green, "M4 18l6-8l4 5l2-2l4 5z"]],
};

// same has other names of a drawing.
const same: Record<string, string> = {
  hourglass_flowing_sand: "hourglass", stopwatch: "clock1", closed_lock_with_key: "lock", pencil2: "memo", arrows_counterclockwise: "repeat", "+1": "thumbsup", "-1": "thumbsdown", large_orange_circle: "large_yellow_circle",
};

// named has the names of emoji that people and bots write as characters.
const named: Record<string, string> = {
  "⚠": "warning", "✅": "white_check_mark", "✔": "heavy_check_mark", "❌": "x", "⛔": "no_entry", "🚫": "no_entry_sign", "🛑": "octagonal_sign", "⌛": "hourglass", "⏳": "hourglass_flowing_sand",
  "⏰": "alarm_clock", "🕐": "clock1", "⏱": "stopwatch", "📅": "calendar", "🔒": "lock", "🔓": "unlock", "🔐": "closed_lock_with_key", "🔑": "key", "🛡": "shield", "🚨": "rotating_light", "🔥": "fire",
  "🔔": "bell", "👀": "eyes", "💡": "bulb", "ℹ": "information_source", "❓": "question", "❗": "exclamation", "📝": "memo", "✏": "pencil2", "🔍": "mag", "🔗": "link", "📦": "package", "📁": "file_folder",
  "🎉": "tada", "❄": "snowflake", "🟢": "large_green_circle", "🟡": "large_yellow_circle", "🟠": "large_orange_circle", "🔴": "red_circle", "🔵": "large_blue_circle", "⚪": "white_circle", "⚫": "black_circle",
  "👍": "thumbsup", "👎": "thumbsdown", "🔁": "repeat", "🔄": "arrows_counterclockwise", "🗑": "wastebasket", "⚡": "zap", "💬": "speech_balloon",
};

// isDrawn reports whether the page has a drawing of an emoji. Other names stay
// unchanged: ARNs contain colons, and replacing a part of an ARN would be worse.
export const isDrawn = (name: string) => (same[name] ?? name) in drawings;

// Picture is a drawing without a name for screen readers.
export function Picture({ name }: { name: string }) {
  return (
    <svg class="emoji" viewBox="0 0 24 24" aria-hidden="true">
      {drawings[same[name] ?? name].map(([colour, path]) =>
        path.startsWith("-") ? <path d={path.slice(1)} fill="none" stroke={colour} stroke-width="2.5" stroke-linecap="round" stroke-linejoin="round" /> : <path d={path} fill={colour} />)}
    </svg>
  );
}

export function Emoji({ name }: { name: string }) {
  return isDrawn(name) ? <span role="img" aria-label={name.replaceAll("_", " ")}><Picture name={name} /></span> : <span>:{name}:</span>;
}

const characters = new RegExp(`(${Object.keys(named).join("|")})\uFE0F?`, "u");

// withEmoji draws the emoji that a text has as characters.
export const withEmoji = (text: string) => text.split(characters).map((s, i) => (i % 2 ? <Emoji name={named[s]} /> : s));
