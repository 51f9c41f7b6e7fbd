import { useEffect, useMemo, useState } from "preact/hooks";
import { act, post, watch } from "./api";
import { Aws } from "./aws";
import { clock, date, full, span, zone } from "./dates";
import { DeskContext, type Desk } from "./desk";
import { Picture } from "./emoji";
import { ClockButtons, Levers } from "./levers";
import { People, readAll, readOne, Slack, type Read } from "./slack";
import { Tour } from "./tour";
import type { World } from "./types";

interface Note { text: string; bad: boolean; id: number }
type Tab = "slack" | "aws" | "levers";

const remembered = (key: string) => {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
};
const remember = (key: string, value: string) => {
  try {
    localStorage.setItem(key, value);
  } catch {
    // a browser that stores no data shows the tour again
  }
};

// places are the first place of each person.
const places: Record<string, string> = { U0RITA: "C0BUILDS", U0ADA: "C0ADMIN", U0BOB: "C0ADMIN", U0EVE: "C0BUILDS" };

export function App() {
  const [world, setWorld] = useState<World | null>(null);
  const [lost, setLost] = useState(false);
  const [as, setAs] = useState("U0RITA");
  const [where, setWhere] = useState(places); // by person
  const [threads, setThreads] = useState<Record<string, string>>({}); // by person and place
  const [drafts, setDrafts] = useState<Record<string, string>>({});
  const [read, setRead] = useState<Read | null>(null);
  const [notes, setNotes] = useState<Note[]>([]);
  const [tab, setTab] = useState<Tab>("slack");
  const [side, setSide] = useState<"aws" | "levers">("aws");
  const [tour, setTour] = useState(remembered("tour") === "over" ? -1 : 0);
  const [theme, setTheme] = useState(remembered("theme") ?? "auto");
  const [tick, setTick] = useState(0);

  useEffect(() => watch(setWorld, setLost), []);
  useEffect(() => {
    const every = setInterval(() => setTick((t) => t + 1), 1000);
    return () => clearInterval(every);
  }, []);
  useEffect(() => {
    if (theme === "auto") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    remember("theme", theme);
  }, [theme]);
  const place = where[as], at = as + " " + place;
  useEffect(() => {
    if (world) setRead((r) => readOne(world, r ?? readAll(world), as, place === "home" ? "" : place));
  }, [world, as, place]);

  const say = (text: string, bad = false) => {
    const id = Math.random();
    setNotes((n) => [...n.slice(-2), { text, bad, id }]);
    setTimeout(() => setNotes((n) => n.filter((x) => x.id !== id)), bad ? 12_000 : 5_000);
  };
  const exact = Date.now() + (world?.offset ?? 0), now = Math.floor(exact / 30_000) * 30_000;
  const go = (p: string) => {
    setWhere((all) => ({ ...all, [as]: p }));
    setTab("slack");
  };
  const desk = useMemo<Desk | null>(() => world && {
    world, now, as, be: setAs, go, say,
    do: (a) => act({ as, ...a }).catch((e: Error) => ({ error: e.message })),
    send: (path, body) => post(path, body).then((a) => a.error ?? "", (e: Error) => e.message),
    draft: (text) => {
      setDrafts((d) => ({ ...d, ["U0RITA C0BUILDS"]: text }));
      setTimeout(() => document.querySelector<HTMLElement>(".composer textarea")?.focus());
    },
  }, [world, now, as]);
  if (!world || !desk || !read) return <p class="loading" role="status">{lost ? "The sandbox does not respond. Check that it is still running." : "Opening the sandbox…"}</p>;

  const endTour = () => {
    setTour(-1);
    remember("tour", "over");
  };
  const be = (person: string, p: string) => {
    setAs(person);
    setWhere((all) => ({ ...all, [person]: p }));
    setTab("slack");
  };
  const levers = () => {
    setSide("levers");
    setTab("levers");
  };
  const troubles = [
    !world.app.runs && "the bot is stopped", world.levers.aws !== "works" && `AWS ${trouble[world.levers.aws]}`, world.levers.slack !== "works" && `Slack ${trouble[world.levers.slack]}`,
  ].filter(Boolean);
  return (
    <DeskContext.Provider value={desk}>
      <header class="top">
        <h1><img src="icon.svg" alt="" /> s3share <span>sandbox</span></h1>
        <div class="clock" data-tick={tick}>
          <time dateTime={new Date(exact).toISOString()} title={`${full(exact)}, ${zone()}`}><b>{clock(exact)}</b> <span>{date(exact)}</span></time>
          {world.offset > 0 && <span class="ahead">{span(world.offset)} ahead</span>}
          <ClockButtons />
        </div>
        <div class="top-right">
          {troubles.length > 0 && <button class="trouble" onClick={levers}><Picture name="warning" /> {troubles.join(", ")}</button>}
          {tour < 0 && <button class="btn" onClick={() => setTour(0)}>Tour</button>}
          <select aria-label="Colours" value={theme} onChange={(e) => setTheme(e.currentTarget.value)}>
            <option value="auto">Auto</option><option value="light">Light</option><option value="dark">Dark</option>
          </select>
        </div>
      </header>
      {lost && <p class="banner lost" role="alert">The sandbox does not respond. Check that it is still running.</p>}
      {tour >= 0 && <Tour at={tour} move={setTour} end={endTour} be={be} levers={levers} />}
      <People read={read} />
      <nav class="tabs" aria-label="Parts of the page">
        {(["slack", "aws", "levers"] as const).map((t) => <button aria-pressed={tab === t} onClick={() => { setTab(t); if (t !== "slack") setSide(t); }}>{{ slack: "Slack", aws: "AWS now", levers: "Simulate failures" }[t]}</button>)}
      </nav>
      <main data-tab={tab}>
        <Slack place={place} read={read} thread={threads[at] ?? ""} openThread={(ts) => setThreads({ ...threads, [at]: ts })} draft={drafts[at] ?? ""} setDraft={(text) => setDrafts((d) => ({ ...d, [at]: text }))} />
        <aside class="side" aria-label={side === "aws" ? "AWS now" : "Simulate failures"}>
          <div class="side-tabs" role="group" aria-label="Beside Slack">
            <button aria-pressed={side === "aws"} onClick={() => setSide("aws")}>AWS now</button>
            <button aria-pressed={side === "levers"} onClick={() => setSide("levers")}>Simulate failures</button>
          </div>
          <div class="side-body">{side === "aws" ? <Aws /> : <Levers />}</div>
        </aside>
      </main>
      <div class="notes" aria-live="assertive">{notes.map((n) => <p class={n.bad ? "note bad" : "note"}>{n.text} <button class="link" aria-label="Close the note" onClick={() => setNotes(notes.filter((x) => x !== n))}>×</button></p>)}</div>
    </DeskContext.Provider>
  );
}

const trouble: Record<string, string> = { fails: "fails", loses: "loses replies", slow: "is slow" };
