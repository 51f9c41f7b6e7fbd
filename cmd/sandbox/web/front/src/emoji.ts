// The emoji that such bots use. Other names stay unchanged: ARNs contain
// colons, and replacing a part of an ARN would be worse.
export const emoji: Record<string, string> = {
  warning: "⚠️", white_check_mark: "✅", heavy_check_mark: "✔️", x: "❌", no_entry: "⛔", no_entry_sign: "🚫", octagonal_sign: "🛑",
  hourglass: "⌛", hourglass_flowing_sand: "⏳", alarm_clock: "⏰", clock1: "🕐", stopwatch: "⏱️", calendar: "📅",
  lock: "🔒", unlock: "🔓", closed_lock_with_key: "🔐", key: "🔑", shield: "🛡️", rotating_light: "🚨", fire: "🔥", bell: "🔔", no_bell: "🔕",
  eyes: "👀", bulb: "💡", information_source: "ℹ️", question: "❓", exclamation: "❗", memo: "📝", pencil2: "✏️", mag: "🔍",
  link: "🔗", package: "📦", file_folder: "📁", bucket: "🪣", robot_face: "🤖", wave: "👋", tada: "🎉", rocket: "🚀", snowflake: "❄️",
  large_green_circle: "🟢", large_yellow_circle: "🟡", large_orange_circle: "🟠", red_circle: "🔴", large_blue_circle: "🔵", white_circle: "⚪", black_circle: "⚫",
  thumbsup: "👍", "+1": "👍", thumbsdown: "👎", "-1": "👎", point_right: "👉", raising_hand: "🙋", bust_in_silhouette: "👤", busts_in_silhouette: "👥",
  arrow_right: "➡️", arrow_left: "⬅️", arrow_up: "⬆️", arrow_down: "⬇️", repeat: "🔁", arrows_counterclockwise: "🔄", heavy_plus_sign: "➕", wastebasket: "🗑️",
  smile: "😄", thinking_face: "🤔", ok: "🆗", new: "🆕", star: "⭐", zap: "⚡", construction: "🚧", speech_balloon: "💬", checkered_flag: "🏁", handshake: "🤝",
};
