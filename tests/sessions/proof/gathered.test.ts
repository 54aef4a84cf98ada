import { expect, test } from "vitest";
import { Gathered } from "./gathered.ts";

/** Statements that end when they are told to, and what each was asked. */
function openStatements() {
  const asked: (readonly string[])[] = [];
  const ends: PromiseWithResolvers<(question: string) => string>[] = [];
  const gathered = new Gathered<string, string>((questions) => {
    const end = Promise.withResolvers<(question: string) => string>();
    asked.push(questions);
    ends.push(end);
    return end.promise;
  });
  return { gathered, asked, ends };
}

/** Lets everything happen that waits for nothing. */
const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve));

test("a question that comes while a statement runs is asked by the next one, never answered by that one", async () => {
  const { gathered, asked, ends } = openStatements();
  const first = [gathered.ask("a"), gathered.ask("b")];
  await nextTurn();
  const later = [gathered.ask("a"), gathered.ask("c")];
  await nextTurn();
  expect(asked).toEqual([["a", "b"]]);
  ends[0]?.resolve((question) => `${question} at first`);
  expect(await Promise.all(first)).toEqual(["a at first", "b at first"]);
  await nextTurn();
  expect(asked).toEqual([
    ["a", "b"],
    ["a", "c"],
  ]);
  ends[1]?.resolve((question) => `${question} later`);
  expect(await Promise.all(later)).toEqual(["a later", "c later"]);
});

test("a statement that fails fails all its questions, and not those of the next one", async () => {
  const { gathered, ends } = openStatements();
  const first = Promise.allSettled([gathered.ask("a"), gathered.ask("b")]);
  await nextTurn();
  const later = gathered.ask("c");
  ends[0]?.reject(new Error("the connection is lost"));
  expect(await first).toMatchObject([{ status: "rejected" }, { status: "rejected" }]);
  await nextTurn();
  ends[1]?.resolve((question) => question);
  expect(await later).toBe("c");
});
