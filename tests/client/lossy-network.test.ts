import { createClient, isGatehouseError } from "@gatehouse/client";
import { beforeEach, expect, test } from "vitest";
import { clearAccounts, shareGatehouse } from "../support/shared-gatehouse.ts";
import { asyncStorage, webStorage } from "./storage.ts";

type Fetch = typeof globalThis.fetch;

/** Numbers below 1 that look random and are the same in every run (a linear congruential generator). */
function pseudoRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return state / 2 ** 31;
  };
}

/** Loses one request in ten, and the answers to two more, after the server has done its work. */
function lossyFetch(random: () => number): Fetch {
  return async (input, init) => {
    const fate = random();
    if (fate < 0.1) throw new TypeError("the request was lost");
    const response = await fetch(input, init);
    if (fate > 0.3) return response;
    await response.arrayBuffer();
    throw new TypeError("the answer was lost");
  };
}

const shared = shareGatehouse();
beforeEach(() => clearAccounts(shared()));

test.each([
  { seed: 1, createStorage: webStorage },
  { seed: 2, createStorage: webStorage },
  { seed: 3, createStorage: asyncStorage },
  { seed: 4, createStorage: asyncStorage },
])("four tabs stay signed in on a network that loses a third of all messages (seed $seed)", async (options) => {
  const server = shared();
  const random = pseudoRandom(options.seed);
  const storage = options.createStorage();
  const { url } = server;
  await createClient({ url, storage }).auth.register.mutate({
    email: "ada@example.com",
    password: "correct horse battery",
  });
  const tabs = Array.from({ length: 4 }, () => createClient({ url, storage, fetch: lossyFetch(random) }));
  for (let round = 0; round < 20; round++) {
    server.clock.advance(random() < 0.5 ? 1000 : 5);
    const outcomes = await Promise.allSettled(tabs.flatMap((tab) => [tab.user.me.query(), tab.device.list.query({})]));
    const refusals = outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason] : []));
    expect(refusals.filter((error) => isGatehouseError(error))).toEqual([]);
  }
  expect((await createClient({ url, storage }).user.me.query()).email).toBe("ada@example.com");
});
