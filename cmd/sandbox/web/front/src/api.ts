import type { Acted, World } from "./types";

// watch calls next with each state of the world, until it is stopped. The
// browser reconnects by itself; lost reports whether it is reconnecting.
export function watch(next: (w: World) => void, lost: (is: boolean) => void): () => void {
  const source = new EventSource("api/events");
  source.addEventListener("state", (e) => {
    lost(false);
    next(JSON.parse((e as MessageEvent).data));
  });
  source.onerror = () => lost(true);
  return () => source.close();
}

// post sends a person's act. The message of a thrown error is shown to the
// reader.
export async function post<T = { error?: string }>(path: string, body: unknown): Promise<T> {
  let answer: Response;
  try {
    answer = await fetch("api/" + path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  } catch {
    throw new Error("The sandbox does not answer. Is it still running?");
  }
  if (!answer.ok) throw new Error((await answer.text()).trim());
  return answer.json();
}

export interface Act {
  as: string;
  do: "say" | "open home" | "press" | "look up" | "submit" | "close" | "shortcut" | "shortcut on" | "dismiss";
  channel?: string;
  ts?: string;
  view?: string;
  text?: string;
  block?: string;
  action?: string;
  state?: unknown;
}

export const act = (a: Act) => post<Acted>("act", a);
