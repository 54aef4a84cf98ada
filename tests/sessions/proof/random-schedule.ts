import { attemptOf, type Habit } from "./attempts.ts";
import { Owner } from "./owner.ts";
import type { Asked, World } from "./world.ts";

/** Requests of one world: the search for a serial order grows fast with them. */
const maxRequests = 8;
const maxParallel = 3;

/** Who takes part besides the owner, who always does. */
interface Cast {
  readonly hasThief: boolean;
  readonly mayEnd: boolean;
}

/** Of the owners; most have the client of this project, or do as it does. */
const habits: readonly Habit[] = [
  "one key for each token",
  "one key for each token",
  "no keys",
  "a key of its own for each try",
];

/** Of the thieves; a choice among the same for each theft. */
const thievishHabits: readonly Habit[] = ["no keys", "a thief's key"];

type Action = () => Promise<void> | void;

/**
 * Plays a schedule: each byte chooses what happens next among what can happen. An owner in several tabs, with and without attempt
 * keys, whose answers get lost; a thief with copies of tokens; logouts; crashes; broken connections; a clock. It ends where the bytes end.
 */
export async function play(world: World, schedule: Uint8Array): Promise<void> {
  const [first = 0, ...choices] = schedule;
  const [tokens] = world.issued;
  if (tokens === undefined) return;
  const owner = new Owner(world, tokens, habits[(first >> 2) % habits.length] ?? "no keys");
  const cast: Cast = { hasThief: first % 2 === 1, mayEnd: first % 4 >= 2 };
  for (const choice of choices) {
    const possible = [...progress(world), ...(canAsk(world) ? asking(world, owner, cast) : []), ...surroundings(world)];
    await pick(possible, choice)?.();
  }
}

function canAsk(world: World): boolean {
  return world.requests < maxRequests && world.running.length < maxParallel;
}

/** An action, as often among the others as its weight says. */
type Weighted = readonly [weight: number, action: Action];

function pick(possible: readonly Weighted[], choice: number): Action | undefined {
  const total = possible.reduce((sum, [weight]) => sum + weight, 0);
  let rest = choice % total;
  for (const [weight, action] of possible) {
    rest -= weight;
    if (rest < 0) return action;
  }
  return undefined;
}

function progress(world: World): Weighted[] {
  return world.halted.map((running) => [4, () => world.step(running)] as const);
}

const instances = [0, 1] as const;

function asking(world: World, owner: Owner, cast: Cast): Weighted[] {
  return instances.flatMap((instance) => {
    const ask = (asked: Omit<Asked, "instance">) => async () => void (await world.start({ ...asked, instance }));
    const { tokens } = owner;
    const own: Weighted[] = [
      [4, () => owner.refresh(instance, true)],
      [1, () => owner.refresh(instance, false)],
      [3, ask({ kind: "call", role: "owner", tokens })],
    ];
    const late: Weighted[] = owner.lateTokens === undefined ? [] : [[1, () => owner.refreshLate(instance)]];
    const endings: Weighted[] = [
      [1, ask({ kind: "logout", role: "owner", tokens })],
      [1, ask({ kind: "logout-all", role: "owner", tokens })],
      [1, ask({ kind: "disable", role: "operator", tokens })],
    ];
    const stolen = world.issued.flatMap((copied): Weighted[] => [
      ...thievishHabits.map((habit): Weighted => {
        const attempt = attemptOf(habit, copied, world);
        return [1, ask({ kind: "refresh", role: "thief", tokens: copied, attempt })];
      }),
      [1, ask({ kind: "call", role: "thief", tokens: copied })],
    ]);
    return [...own, ...late, ...(cast.mayEnd ? endings : []), ...(cast.hasThief ? stolen : [])];
  });
}

/** Seconds by which the clock moves: a moment, around the grace time, and past the lives of tokens and sessions. */
const leaps = [
  [2, 1],
  [1, 30],
  [2, 31],
  [1, 900],
  [1, 2000],
] as const;

function surroundings(world: World): Weighted[] {
  return [
    ...leaps.map(([weight, seconds]): Weighted => [weight, () => world.advance(seconds)]),
    ...instances.flatMap((instance): Weighted[] => [
      [1, () => world.crash(instance)],
      [1, () => world.hear(instance)],
      [1, () => world.lose(instance)],
      [1, () => world.poll(instance)],
    ]),
  ];
}
