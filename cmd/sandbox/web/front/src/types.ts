// The states that the sandbox sends: see state.go, aws.go and grants.go.

// A Block and its parts are Slack's JSON as the bot sent it.
export type Block = Record<string, any>;
export type FieldState = Record<string, any>;
export type FormState = Record<string, Record<string, FieldState>>; // block id, action id

export interface World {
  offset: number; // ms that the world's clock is ahead of this machine's
  people: Person[];
  app: App;
  channels: Channel[];
  whispers: Message[];
  views: Record<string, View[]>;
  homes: Record<string, View>;
  accounts: Account[];
  grants: Grant[];
  question: Question;
  answer: Answer;
  levers: { aws: string; slack: string };
  endpoints: Record<string, string>;
  keys: { id: string; secret: string };
}

export interface Person { id: string; name: string; part: string; plays: boolean; dm: string }

export interface App {
  id: string;
  name: string;
  runs: boolean;
  connected: boolean;
  hasHome: boolean;
  readOnly: boolean;
  command: { name: string; description: string; usage: string; words: Word[] };
  shortcuts: Shortcut[];
}
export interface Word { word: string; args: string; help: string }
export interface Shortcut { name: string; callbackID: string; type: "message" | "global" }

export interface Channel { id: string; name: string; members: string[]; dm: boolean; messages: Message[] }

export interface Message {
  channel: string;
  ts: string;
  thread?: string;
  user: string;
  to?: string;
  text: string;
  blocks: Block[] | null;
  edited?: number;
  files?: { name: string; title: string; content: string }[];
}

export interface View {
  id: string;
  hash: string;
  title: string;
  submit: string;
  close: string;
  blocks: Block[] | null;
  state: FormState | null;
  errors: Record<string, string> | null;
}

export interface Account {
  id: string;
  name: string;
  buckets: Bucket[] | null;
  users: Principal[] | null;
  roles: Principal[] | null;
  groups: Group[] | null;
}
export interface Bucket { name: string; keys: string[] | null; policy: string; change?: Change }
export interface Change { at: number; by: "bot" | "hand"; before: string; after: string; what?: string }
export interface Policy { name: string; text: string }
export interface Principal { name: string; arn: string; uniqueID: string; groups: string[] | null; policies: Policy[] | null }
export interface Group { name: string; arn: string; members: string[] | null; policies: Policy[] | null }

export interface Grant {
  id: string;
  state: string;
  outcome?: string;
  requester: string;
  principal: string;
  bucket: string;
  prefix: string;
  level: string;
  term: string;
  reason: string;
  askedAt: number;
  startAt?: number;
  expiresAt?: number;
  endedAt?: number;
  events: { at: number; kind: string; by?: string; half?: string }[];
}

export interface Question { who: string; action: string; bucket: string; key: string }
export interface Half { allowed: boolean; why: string }
export interface Answer { allowed: boolean; why: string; owner: Half; grantee: Half }

// Slack's immediate feedback on a person's act.
export interface Acted {
  error?: string;
  fieldErrors?: Record<string, string>;
  options?: { group: string; label: string; value: string; description: string }[];
}
