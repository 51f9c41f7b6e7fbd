import { useEffect, useId, useRef } from "preact/hooks";
import { useDesk } from "./desk";
import type { World } from "./types";

export const request = "/s3share request my-shared-bucket-20932/builds read build/test.user 8h nightly build needs the fixtures";

interface Step {
  title: string;
  text: string;
  done?: (w: World) => boolean; // true once the step is done; the tour then moves on
  help?: { label: string; does: "rita" | "ada" | "clock" | "levers" };
}

const newest = (w: World) => w.grants[0]?.state;

const steps: Step[] = [
  { title: "Two accounts, no access yet", text: "The build cluster’s test.user needs files from my-shared-bucket-20932, in another account. AWS now, beside Slack, shows the current state: neither the bucket policy nor a group membership allows access, so AWS denies it." },
  { title: "Rita requests access", text: "Rita requests access in Slack, with a reason and a duration. Send the command.", done: (w) => w.grants.length > 0 && newest(w) !== "refused", help: { label: "Type it for me", does: "rita" } },
  { title: "Ada decides", text: "The card in #s3-admins shows the requester, access level, bucket, duration and reason. Rita cannot approve her own request, and Eve is not an approver. Press Approve as Ada.", done: (w) => w.grants.some((g) => g.state === "active"), help: { label: "Switch to Ada", does: "ada" } },
  { title: "Access is active", text: "Two changes in AWS allow it: a statement in the bucket policy (marked below) and a group membership. Secrets are still denied. The statement carries the end date, so AWS enforces it. Rita has been notified." },
  { title: "Access expires", text: "Access expires after eight hours, even if the bot is stopped and Slack is down. Move the clock to see it.", done: (w) => w.grants.some((g) => g.state === "ended"), help: { label: "Move the clock by 8 h", does: "clock" } },
  { title: "Access has ended", text: "s3share removed its statement and the group membership, left all other statements unchanged and notified Rita. Next, try a failure: kill the bot in the middle of a change, or edit the policy by hand.", help: { label: "Simulate failures", does: "levers" } },
];

interface Props { at: number; move(to: number): void; end(): void; be(person: string, place: string): void; levers(): void }

// Tour shows the steps of the main example. It moves on when the reader has
// done a step, this one or a later one.
export function Tour({ at, move, end, be, levers }: Props) {
  const desk = useDesk(), step = steps[at], id = useId(), head = useRef<HTMLHeadingElement>(null);
  const done = steps.map((s) => s.done?.(desk.world) ?? false);
  const before = useRef(done);
  useEffect(() => {
    const just = done.map((is, i) => is && !before.current[i]).lastIndexOf(true);
    before.current = done;
    if (just >= at && just < steps.length - 1) move(just + 1);
  }, [done.join()]);
  const offer = step.help?.does === "ada" && desk.as === "U0ADA" ? undefined : step.help; // she is being played already
  const help = () => {
    switch (step.help!.does) {
      case "rita":
        be("U0RITA", "C0BUILDS");
        desk.draft(request);
        break;
      case "ada":
        be("U0ADA", "C0ADMIN");
        break;
      case "clock":
        desk.send("clock", { minutes: 480 });
        be("U0RITA", "D0RITA");
        break;
      case "levers":
        levers();
        end();
    }
  };
  const go = (to: number) => {
    move(to);
    head.current?.focus();
  };
  return (
    <section class="tour" aria-labelledby={id}>
      <div class="tour-words">
        <span class="steps">{at + 1} of {steps.length}</span>
        <h2 id={id} ref={head} tabIndex={-1}>{step.title}</h2>
        <p aria-live="polite">{step.text}</p>
      </div>
      <div class="dialog-buttons">
        {at < steps.length - 1 && <button class="link" onClick={end}>Skip the tour</button>}
        {at > 0 && <button class="btn" onClick={() => go(at - 1)}>Back</button>}
        {offer && <button class="btn primary" onClick={help}>{offer.label}</button>}
        {at < steps.length - 1 ? <button class={offer ? "btn" : "btn primary"} onClick={() => go(at + 1)}>Next</button> : <button class="btn" onClick={end}>Done</button>}
      </div>
      <div class="progress" aria-hidden="true">{steps.map((_, i) => <span class={i < at ? "past" : i === at ? "here" : ""} />)}</div>
    </section>
  );
}
