import { useState } from "preact/hooks";
import { useDesk } from "./desk";

const ways: [string, string][] = [["works", "Works"], ["fails", "Fails"], ["loses", "Loses replies"], ["slow", "Slow"]];

const told: Record<string, Record<string, string>> = {
  aws: {
    works: "AWS works normally.",
    fails: "AWS refuses every call with ServiceUnavailable. Access still ends on time: each statement carries its end date.",
    loses: "Each call takes effect in AWS, but the reply is lost. The bot reads the state back to find out.",
    slow: "Each call to AWS takes two seconds longer.",
  },
  slack: {
    works: "Slack works normally.",
    fails: "Slack is unreachable. Messages are sent once it is back.",
    loses: "Each call takes effect in Slack, but the reply is lost. The bot looks for its message before it posts again.",
    slow: "Each call to Slack takes two seconds longer. A form may miss Slack’s limit of three seconds.",
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
  return <div class="clock-buttons" role="group" aria-label="Move the clock forward">{steps.map(([m, name]) => <button class="btn" disabled={busy} onClick={() => move(m)}>{name}</button>)}</div>;
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
        <p>Moves the clock of the bot, Slack and AWS forward.</p>
        <ClockButtons />
      </section>
      {(["aws", "slack"] as const).map((what) => (
        <section class="card lever" aria-label={what === "aws" ? "AWS" : "Slack"}>
          <h2>{what === "aws" ? "AWS" : "Slack"}</h2>
          <div class="segments" role="group" aria-label={`State of ${what === "aws" ? "AWS" : "Slack"}`}>
            {ways.map(([how, name]) => <button aria-pressed={levers[what] === how} class={how} onClick={() => fault(what, how)}>{name}</button>)}
          </div>
          <p role="status">{told[what][levers[what]]}</p>
        </section>
      ))}
      <section class="card lever" aria-label="The bot">
        <h2>The bot</h2>
        <p role="status">{app.runs ? (app.connected ? "Running, connected to Slack." : "Running, connecting to Slack…") : "Stopped. Active access still ends on time; messages are sent after the restart."}</p>
        <div class="dialog-buttons start">
          <button class="btn danger" disabled={!app.runs} onClick={() => bot("kill")}>Kill the bot</button>
          <button class="btn primary" disabled={app.runs} onClick={() => bot("start")}>Restart the bot</button>
        </div>
      </section>
      <Story />
      <section class="card lever" aria-label="Changes outside s3share">
        <h2>Changes outside s3share</h2>
        <p>Under <b>AWS now</b>, <b>Edit by hand</b> changes a bucket policy, as Terraform would. Remove one of s3share’s statements while access is active: an alert in #s3-admins offers to restore or end it.</p>
      </section>
    </>
  );
}

// Story gives the acts so far as a script for the sandbox.
function Story() {
  const desk = useDesk();
  const [script, setScript] = useState("");
  const copy = async () => {
    try {
      const text = await (await fetch("api/script")).text();
      setScript(text);
      await navigator.clipboard.writeText(text);
      desk.say("Copied the script.");
    } catch (e) {
      desk.say(`The script was not copied: ${(e as Error).message}`, true);
    }
  };
  return (
    <section class="card lever" aria-label="The story so far">
      <h2>The story so far</h2>
      <p>Your acts as a script. Save it as a file; <code>go run ./cmd/sandbox -script FILE</code> replays it in a new sandbox.</p>
      <button class="btn" onClick={copy}>Copy as script</button>
      {script && <pre tabIndex={0} aria-label="The script">{script}</pre>}
    </section>
  );
}
