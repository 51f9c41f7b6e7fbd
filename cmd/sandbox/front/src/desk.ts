import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Act } from "./api";
import type { Acted, World } from "./types";

// A Desk is what every part of the page works with: the world, who the reader is
// in it, and how they act.
export interface Desk {
  world: World;
  now: number; // ms of the world's clock, to the half minute
  as: string;
  be(person: string): void;
  go(place: string): void; // a channel, or "home"
  do(a: Omit<Act, "as">): Promise<Acted>;
  send(path: string, body: unknown): Promise<string>; // the sentence that went wrong, or ""
  say(text: string, bad?: boolean): void; // a passing note
  draft(text: string): void; // puts a text into the message box
}

export const DeskContext = createContext<Desk>(null as unknown as Desk);
export const useDesk = () => useContext(DeskContext);
