import type { FastifyReply, FastifyRequest } from "fastify";
import { pino } from "pino";
import { afterEach, expect, test, vi } from "vitest";
import { RequestLog } from "./request-log.ts";

afterEach(() => void vi.useRealTimers());

/** A log of failures, whose slow requests take a second or more. */
function openLog() {
  const lines: Record<string, unknown>[] = [];
  const log = pino({ base: null, timestamp: false }, { write: (line) => lines.push(JSON.parse(line)) });
  const requestLog = new RequestLog({ config: { requestLog: { kind: "failures", slowMillis: 1000 } }, log });
  const answer = (statusCode: number, { elapsedTime = 1, type = "application/json" } = {}) => {
    const request = { log, method: "GET", url: "/v1/things?secret=1" } as unknown as FastifyRequest;
    const reply = { statusCode, elapsedTime, getHeader: () => type } as unknown as FastifyReply;
    requestLog.sent(request, reply, "203.0.113.9");
  };
  return { lines, answer };
}

test("refusals are counted by status for a minute, the slow ones too", () => {
  vi.useFakeTimers();
  const { lines, answer } = openLog();
  for (const status of [404, 200, 401, 404]) answer(status);
  answer(429, { elapsedTime: 1000 });
  expect(lines).toEqual([expect.objectContaining({ status: 429, path: "/v1/things" })]);
  vi.advanceTimersByTime(60_000);
  expect(lines[1]).toMatchObject({ msg: "requests refused", byStatus: { 401: 1, 404: 2, 429: 1 } });
  vi.advanceTimersByTime(600_000);
  expect(lines).toHaveLength(2);
  answer(400);
  vi.advanceTimersByTime(60_000);
  expect(lines[2]).toMatchObject({ msg: "requests refused", byStatus: { 400: 1 } });
});

test("a subscription is not slow, however long its client listened", () => {
  const { lines, answer } = openLog();
  answer(200, { elapsedTime: 3_600_000, type: "text/event-stream" });
  expect(lines).toEqual([]);
  answer(500, { elapsedTime: 3_600_000, type: "text/event-stream" });
  expect(lines).toEqual([expect.objectContaining({ status: 500 })]);
});
