import type { ContestantName } from "./contestants/contestants.ts";
import { stormFigures } from "./contestants/in-storm.ts";
import type { ActionName } from "./load/scripts.ts";

/** One block of the report. */
export interface Case {
  readonly action: ActionName;
  readonly title: string;
  readonly contestants: readonly ContestantName[];
  /** A program of the machine, without which the case is left out. */
  readonly needs?: "nginx";
}

const overHttp = ["gatehouse-rpc", "gatehouse-rest", "floor"] as const satisfies ContestantName[];

/** The cases in the order of the report. Contestants that are compared are in one case: a round measures them together. */
export const cases: readonly Case[] = [
  { action: "register", title: "Registration", contestants: [...overHttp, "argon2"] },
  { action: "login", title: "Login", contestants: [...overHttp, "argon2"] },
  { action: "refresh", title: "Refresh", contestants: [...overHttp, "by-hand", "bare"] },
  {
    action: "me",
    title: "`user.me`",
    contestants: [
      "gatehouse-rpc",
      "gatehouse-batch",
      "gatehouse-rest",
      "by-hand",
      "bare",
      "bare-pipelined",
      "floor",
      "gatehouse-stock",
      "gatehouse-unnamed",
      "gatehouse-pooled",
      "gatehouse-pooled-rest",
      "better-auth",
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
];

interface MeasureBase {
  readonly title: string;
  readonly action: ActionName;
  readonly of: ContestantName;
  /** The least value that counts as fast enough. A measure without a requirement is only reported. */
  readonly atLeast?: number;
  /** The greatest value that counts as cheap enough. */
  readonly atMost?: number;
}

/** The ratio of two contestants of a case, by their calls per second. */
export type RatioMeasure = MeasureBase & { readonly by: ContestantName };

/** A figure that one contestant of a case reports, by its name among the contestant's figures. */
type FigureMeasure = MeasureBase & { readonly figure: string };

/** A result that says whether Gatehouse is fast. */
export type Measure = RatioMeasure | FigureMeasure;

/** The measures in the order of the report. */
export const measures: readonly Measure[] = [
  {
    title: "`user.me` over RPC ÷ by hand",
    action: "me",
    of: "gatehouse-rpc",
    by: "by-hand",
    atLeast: 1,
  },
  {
    title: "`user.me` over REST ÷ by hand",
    action: "me",
    of: "gatehouse-rest",
    by: "by-hand",
    atLeast: 1.05,
  },
  {
    title: "`user.me` over RPC ÷ bare",
    action: "me",
    of: "gatehouse-rpc",
    by: "bare",
    atLeast: 0.75,
  },
  {
    title: "`user.me` over RPC ÷ bare, reads over one pipelined connection",
    action: "me",
    of: "gatehouse-rpc",
    by: "bare-pipelined",
  },
  {
    title: "`auth.refresh` over RPC ÷ by hand",
    action: "refresh",
    of: "gatehouse-rpc",
    by: "by-hand",
    atLeast: 0.9,
  },
  {
    title: "call of the signed-in, with the revocation check ÷ without",
    action: "signed-in",
    of: "gatehouse-checked",
    by: "gatehouse-unchecked",
    atLeast: 0.97,
  },
  {
    title: "`auth.login` over RPC ÷ Argon2 alone on the same threads",
    action: "login",
    of: "gatehouse-rpc",
    by: "argon2",
    atLeast: 0.9,
  },
  {
    title: "calls of the signed-in during a login storm of 10 times capacity ÷ without",
    action: "storm",
    of: "gatehouse-in-storm",
    by: "gatehouse-rpc",
    atLeast: 0.5,
  },
  {
    title: "logins let in a second during that storm ÷ possible a second",
    action: "storm",
    of: "gatehouse-in-storm",
    figure: stormFigures.letIn,
    atLeast: 0.4,
  },
  {
    title: "CPU time of a login that is refused ÷ of one that is let in",
    action: "storm",
    of: "gatehouse-in-storm",
    figure: stormFigures.refusalCost,
    atMost: 0.01,
  },
  {
    title: "`user.me`, two processes behind nginx ÷ one without nginx",
    action: "proxied",
    of: "two-behind-nginx",
    by: "gatehouse-rpc",
  },
  {
    title: "`user.me`, two processes behind nginx ÷ one behind nginx",
    action: "proxied",
    of: "two-behind-nginx",
    by: "one-behind-nginx",
  },
  {
    title: "empty procedure, our adapter alone ÷ the stock one alone",
    action: "empty",
    of: "adapter",
    by: "stock-adapter",
    atLeast: 2.5,
  },
  {
    title: "`user.me` over RPC in batches of 10 ÷ single",
    action: "me",
    of: "gatehouse-batch",
    by: "gatehouse-rpc",
    atLeast: 1.5,
  },
  {
    title: "REST bridge alone ÷ trpc-to-openapi's handler alone, 60 routes",
    action: "thing",
    of: "bridge",
    by: "trpc-to-openapi",
    atLeast: 2,
  },
  {
    title: "`user.me` over RPC ÷ better-auth `get-session`",
    action: "me",
    of: "gatehouse-rpc",
    by: "better-auth",
    atLeast: 8,
  },
  {
    title: "`user.me` over RPC ÷ the same through the stock adapter",
    action: "me",
    of: "gatehouse-rpc",
    by: "gatehouse-stock",
  },
  {
    title: "`user.me` over RPC, named statements on ÷ off",
    action: "me",
    of: "gatehouse-rpc",
    by: "gatehouse-unnamed",
  },
  {
    title: "`user.me` over RPC, pipelined reads on ÷ off",
    action: "me",
    of: "gatehouse-rpc",
    by: "gatehouse-pooled",
  },
  {
    title: "`user.me` over REST, pipelined reads on ÷ off",
    action: "me",
    of: "gatehouse-rest",
    by: "gatehouse-pooled-rest",
  },
  {
    title: "by hand ÷ floor",
    action: "me",
    of: "by-hand",
    by: "floor",
  },
];
