import type { Tokens, World } from "./world.ts";

/** How the tabs of an owner, or a thief, go about attempt keys. */
export type Habit = "one key for each token" | "no keys" | "a key of its own for each try" | "a thief's key";

type Attempt = NonNullable<Parameters<World["start"]>[0]["attempt"]>;

/** The attempt key with which somebody of this habit presents these tokens. */
export function attemptOf(habit: Habit, { counter }: Tokens, world: World): Attempt {
  switch (habit) {
    case "one key for each token":
      return { key: `kept ${counter}`, isKept: true };
    case "no keys":
      return { key: undefined, isKept: false };
    case "a key of its own for each try":
      return { key: `made ${world.requests}`, isKept: false };
    case "a thief's key":
      return { key: `stolen ${counter}`, isKept: false };
  }
}
