import { useState } from "preact/hooks";
import { useDesk } from "./desk";

const ways: [string, string][] = [["works", "Works"], ["fails", "Fails"], ["loses", "Loses replies"], ["slow", "Slow"]];

const told: Record<string, Record<string, string>> = {
  aws: {
    works: "AWS answers as it should.",
    fails: "AWS refuses every call with ServiceUnavailable. Access still ends on time: each statement carries its own end.",
    loses: "AWS does what it is asked and the answer never arrives, so the bot cannot know. It reads back.",
    slow: "Each call to AWS takes two seconds longer.",
  },
  slack: {
    works: "Slack answers as it should.",
    fails: "Slack cannot be reached. What people are to be told is told later.",
    loses: "Slack does what it is asked and the answer never arrives. Cards are not posted twice where that can be helped.",
    slow: "Each call to Slack takes two seconds longer. A form may miss its three seconds.",
  },
};

export const steps: [number, string][] = [[1, "+1 min"], [15, "+15 min"], [60, "+1 h"], [480, "+8 h"]];

// ClockButtons move the clock of the whole world.
export function ClockButtons() {
  const desk = useDesk();
  const [busy, setBusy] = useState(false);
  const move = async (minutes: number) => {
    setBusy(true);
    const wrong = await desk.send("clock", { minutes });
    setBusy(false);
    if (wrong) desk.say(wrong, true);
  };
  return <div class="clock-buttons" role="group" aria-label="Move the clock on">{steps.map(([m, name]) => <button class="btn" disabled={busy} onClick={() => move(m)}>{name}</button>)}</div>;
}

export function Levers() {
  const desk = useDesk(), { app, levers } = desk.world;
  const fault = async (what: string, how: string) => {
    const wrong = await desk.send("fault", { what, how });
    if (wrong) desk.say(wrong, true);
  };
  const bot = async (what: "kill" | "start") => {
    const wrong = await desk.send("bot", { do: what });
    if (wrong) desk.say(wrong, true);
  };
  return (
    <>
      <section class="card lever" aria-label="Time">
        <h2>Time</h2>
        <p>Moves the clock of the bot, of Slack and of AWS.</p>
        <ClockButtons />
      </section>
      {(["aws", "slack"] as const).map((what) => (
        <section class="card lever" aria-label={what === "aws" ? "AWS" : "Slack"}>
          <h2>{what === "aws" ? "AWS" : "Slack"}</h2>
          <div class="segments" role="group" aria-label={`How ${what === "aws" ? "AWS" : "Slack"} is`}>
            {ways.map(([how, name]) => <button aria-pressed={levers[what] === how} class={how} onClick={() => fault(what, how)}>{name}</button>)}
          </div>
          <p role="status">{told[what][levers[what]]}</p>
        </section>
      ))}
      <section class="card lever" aria-label="The bot">
        <h2>The bot</h2>
        <p role="status">{app.runs ? (app.connected ? "It runs, and is connected to Slack." : "It runs, and is connecting to Slack…") : "It is dead. Access that it opened still ends on time; people are told once it is back."}</p>
        <div class="dialog-buttons start">
          <button class="btn danger" disabled={!app.runs} onClick={() => bot("kill")}>Kill it</button>
          <button class="btn primary" disabled={app.runs} onClick={() => bot("start")}>Start it again</button>
        </div>
      </section>
      <section class="card lever" aria-label="Somebody else">
        <h2>Somebody else</h2>
        <p>Under <b>AWS now</b>, <b>Edit by hand</b> changes a bucket’s policy as Terraform would. Take one of the bot’s statements out while a grant is active, and the admin channel is asked what to do.</p>
      </section>
    </>
  );
}
