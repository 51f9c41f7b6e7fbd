import { clock, day, full, span } from "./dates";
import { useDesk } from "./desk";
import type { Grant } from "./types";

// over has the final states with their labels.
const over: Record<string, string> = { ended: "ended", denied: "denied", cancelled: "cancelled", lapsed: "expired without a decision", refused: "refused" };

// outcomes are the labels of an ended grant.
const outcomes: Record<string, string> = { relinquished: "ended early", revoked: "ended early", settled: "closed by a responder" };

// Timeline draws all grants from start to end on one scale.
export function Timeline() {
  const { world, now } = useDesk();
  const shown = world.grants.slice(0, 8);
  const from = Math.min(now, ...shown.map((g) => g.startAt ?? g.askedAt));
  const to = Math.max(now, from + 3_600_000, ...shown.map((g) => g.expiresAt ?? g.askedAt));
  const at = (ms: number) => `${Math.min(100, Math.max(0, ((ms - from) / (to - from)) * 100))}%`;
  return (
    <section class="card timeline" aria-label="Grants over time">
      <h2>Grants over time</h2>
      {shown.length === 0 ? <p class="none">No grants yet. Request access with <code>/s3share request</code>.</p> : (
        <>
          <ul>
            {shown.map((g) => (
              <li key={g.id}>
                <p class="grant"><code>{g.id}</code> <b>{g.principal.split("/").pop()}</b> {g.level} <span>{g.bucket}{g.prefix && "/" + g.prefix}</span> <span class={`state ${tone(g)}`}>{stateLabel(g)}</span></p>
                <div class="track" aria-hidden="true">
                  {g.startAt && g.expiresAt && <span class={`bar ${tone(g)}`} style={{ left: at(g.startAt), width: `max(6px, calc(${at(g.endedAt ?? g.expiresAt)} - ${at(g.startAt)}))` }} />}
                  {!g.startAt && <span class={`point ${tone(g)}`} style={{ left: at(g.askedAt) }} />}
                  {g.expiresAt && !over[g.state] && <span class="end" style={{ left: at(g.expiresAt) }} />}
                  <span class="now" style={{ left: at(now) }} />
                </div>
                <p class="ends" title={g.expiresAt ? full(g.expiresAt) : undefined}>{ends(g, now)}</p>
              </li>
            ))}
          </ul>
          <p class="scale" aria-hidden="true"><span>{day(from, now)} {clock(from)}</span><span>{day(to, now)} {clock(to)}</span></p>
        </>
      )}
    </section>
  );
}

function tone(g: Grant): string {
  if (g.state === "active") return "good";
  if (["pending", "checking", "approved", "ending"].includes(g.state)) return "wait";
  return "over";
}

// stateLabel is a grant's state, as the bot names it to people.
export function stateLabel(g: Grant): string {
  if (g.state === "ended" && g.outcome) return outcomes[g.outcome] ?? g.outcome;
  return g.state === "approved" ? "waiting for AWS" : over[g.state] ?? g.state;
}

function ends(g: Grant, now: number): string {
  if (g.state === "ended" && g.endedAt) return `ended ${day(g.endedAt, now).toLowerCase()} at ${clock(g.endedAt)}`;
  if (g.state === "ending") return "ending; being removed from AWS";
  if (g.expiresAt) return `ends ${day(g.expiresAt, now).toLowerCase()} at ${clock(g.expiresAt)}, ${g.expiresAt > now ? `in ${span(g.expiresAt - now)}` : "now past"}`;
  if (over[g.state]) return `requested ${day(g.askedAt, now).toLowerCase()} at ${clock(g.askedAt)}`;
  return `requested for ${g.term} from the approval`;
}
