import type { ContestantName } from "./contestants/contestants.ts";

const overHttp = ["gatehouse-rpc", "gatehouse-rest", "floor"] as const satisfies ContestantName[];

/** What is measured, and of whom, in the order of the table. What is compared is in one case, and so measured together. */
export const cases = [
  { action: "register", title: "Registration", contestants: [...overHttp, "argon2"] },
  { action: "login", title: "Login", contestants: [...overHttp, "argon2"] },
  { action: "refresh", title: "Refresh", contestants: [...overHttp, "by-hand"] },
  {
    action: "me",
    title: "`user.me`",
    contestants: [
      ...["gatehouse-rpc", "gatehouse-batch", "gatehouse-rest", "by-hand", "floor"],
      ...["gatehouse-stock", "gatehouse-unnamed", "better-auth"],
    ],
  },
  {
    action: "signed-in",
    title: "Empty procedure for the signed-in",
    contestants: ["gatehouse-checked", "gatehouse-unchecked"],
  },
  {
    action: "storm",
    title: "`user.me`, and ten times as many logins as possible",
    contestants: ["gatehouse-rpc", "gatehouse-in-storm"],
  },
  {
    action: "proxied",
    title: "`user.me` in one process and two",
    contestants: ["gatehouse-rpc", "one-behind-nginx", "two-behind-nginx"],
    needs: "nginx",
  },
  { action: "empty", title: "Empty procedure", contestants: ["adapter", "stock-adapter"] },
  { action: "thing", title: "One of 60 REST routes", contestants: ["bridge", "trpc-to-openapi"] },
] as const satisfies readonly Case[];

/** What the load does over and over. */
export const actions = [
  "register",
  "login",
  "refresh",
  "me",
  "signed-in",
  "storm",
  "proxied",
  "empty",
  "thing",
] as const;

/** An action by its name, which names its case too. */
export type ActionName = (typeof actions)[number];

/** One block of the table. */
export interface Case {
  readonly action: ActionName;
  readonly title: string;
  readonly contestants: readonly ContestantName[];
  /** A program of the machine, without which the case is left out. */
  readonly needs?: "nginx";
}
