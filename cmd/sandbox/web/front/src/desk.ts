import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Act } from "./api";
import type { Acted, World } from "./types";

// A Desk has the data and functions that all parts of the page share: the
// world, the person that the reader plays, and the acts of that person.
export interface Desk {
  world: World;
  now: number; // ms of the world's clock, rounded to half minutes
  as: string;
  be(person: string): void;
  go(place: string): void; // a channel, or "home"
  do(a: Omit<Act, "as">): Promise<Acted>;
  send(path: string, body: unknown): Promise<string>; // resolves to the error for the reader, or ""
  say(text: string, bad?: boolean): void; // shows a short note
  draft(text: string): void; // puts a text into the message box
}

export const DeskContext = createContext<Desk>(null as unknown as Desk);
export const useDesk = () => useContext(DeskContext);
