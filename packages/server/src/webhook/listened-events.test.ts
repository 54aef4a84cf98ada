import { expect, test } from "vitest";
import { ListenedEvents } from "./listened-events.ts";

/** The types as a test sets them, and a clock that it moves. */
function createListened({ isAlone = false } = {}) {
  const state = { now: 0, reads: 0, read: async (): Promise<readonly string[]> => ["user.created"] };
  const listened = new ListenedEvents({
    read: () => {
      state.reads += 1;
      return state.read();
    },
    monotonicMillis: () => state.now,
    isAlone,
  });
  return { state, listened };
}

test("before the first reading every event may be heard", () => {
  expect(createListened().listened.mayListen("user.deleted")).toBe(true);
});

test("after a reading only its types are heard, for a second", async () => {
  const { state, listened } = createListened();
  await listened.poll();
  const heard = () => ["user.created", "user.deleted"].map((type) => listened.mayListen(type));
  expect(heard()).toEqual([true, false]);
  state.now = 1000;
  expect(heard()).toEqual([true, false]);
  state.now = 1001;
  expect(heard()).toEqual([true, true]);
});

test("a reading counts from its beginning, not from its end", async () => {
  const { state, listened } = createListened();
  state.read = async () => {
    state.now += 900;
    return [];
  };
  await listened.poll();
  state.now += 101;
  expect(listened.mayListen("user.created")).toBe(true);
});

test("a reading that fails leaves what is known, until that is too old", async () => {
  const { state, listened } = createListened();
  await listened.poll();
  state.read = () => Promise.reject(new Error("The database is away"));
  state.now = 900;
  await listened.poll();
  expect(listened.mayListen("user.deleted")).toBe(false);
  state.now = 1100;
  expect(listened.mayListen("user.deleted")).toBe(true);
});

test.each([true, false])("after a change of this process the database is asked (alone: %s)", async (isAlone) => {
  const { listened } = createListened({ isAlone });
  await listened.poll();
  listened.markChanged();
  expect(listened.mayListen("user.deleted")).toBe(true);
  await listened.poll();
  expect(listened.mayListen("user.deleted")).toBe(false);
});

test("a reading that a change overtook does not count", async () => {
  const { state, listened } = createListened();
  state.read = async () => {
    listened.markChanged();
    return [];
  };
  await listened.poll();
  expect(listened.mayListen("user.created")).toBe(true);
});

test("a process that is alone reads once, and then after its own changes only", async () => {
  const { state, listened } = createListened({ isAlone: true });
  await listened.poll();
  state.now = 1_000_000;
  await listened.poll();
  expect(state.reads).toBe(1);
  expect(listened.mayListen("user.deleted")).toBe(false);
  listened.markChanged();
  await listened.poll();
  expect(state.reads).toBe(2);
});
