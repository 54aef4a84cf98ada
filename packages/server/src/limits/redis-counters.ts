import { Redis } from "ioredis";
import type { Logger } from "../logging/logger.ts";
import type { Counter, CounterStore } from "./counter.ts";

/** Milliseconds after which a count is given up, since a call waits for it. */
const commandTimeoutMillis = 500;

/** The longest pause before a reconnection, in milliseconds. */
const maxReconnectMillis = 2000;

/** The rule of `counter.ts` for each key; Redis runs a script atomically. Times are in milliseconds. */
const takeScript = `
  local now = tonumber(ARGV[1])
  local answers = {}
  for i, key in ipairs(KEYS) do
    local max, window, longest = tonumber(ARGV[3 * i - 1]), tonumber(ARGV[3 * i]), tonumber(ARGV[3 * i + 1])
    local held = redis.call('HMGET', key, 'count', 'blocked', 'expires')
    local count, blocked, expires = tonumber(held[1]) or 0, tonumber(held[2]) or 0, tonumber(held[3]) or 0
    local isOver = expires <= now
    local allowed = 0
    if isOver or blocked <= now then
      allowed = 1
      if isOver then count = 1 else count = count + 1 end
      if isOver or longest >= 0 then expires = now + window end
      blocked = 0
      if count >= max then
        if longest >= 0 then blocked = now + math.min(1000 * 2 ^ math.min(count - max, 30), longest) else blocked = expires end
      end
      redis.call('HSET', key, 'count', count, 'blocked', blocked, 'expires', expires)
      redis.call('PEXPIRE', key, expires - now)
    end
    answers[2 * i - 1] = allowed
    answers[2 * i] = blocked
  end
  return answers`;

/** Resets the first keys, as many as the argument says, and takes one back from each of the others. */
const settleScript = `
  for i, key in ipairs(KEYS) do
    local count = tonumber(redis.call('HGET', key, 'count') or '')
    if i <= tonumber(ARGV[1]) then redis.call('DEL', key)
    elseif count then redis.call('HSET', key, 'count', math.max(count - 1, 0), 'blocked', 0) end
  end`;

/** Counts in Redis, which all instances share. `prefix` keeps the keys apart from those of other programs. */
export function openRedisCounters(url: string, log: Logger, prefix = "gatehouse:limit:"): CounterStore {
  const redis = connect(url, log);
  const prefixed = (keys: readonly string[]) => keys.map((key) => prefix + key);
  return {
    async take(counters, now) {
      const keys = prefixed(counters.map(({ key }) => key));
      const rules = counters.flatMap(ruleArguments);
      return toTaken(await redis.eval(takeScript, keys.length, ...keys, now.getTime(), ...rules));
    },
    async settle({ reset = [], giveBack = [] }) {
      const keys = prefixed([...reset, ...giveBack]);
      if (keys.length > 0) await redis.eval(settleScript, keys.length, ...keys, reset.length);
    },
    // Redis expires keys itself.
    forgetExpired: async () => undefined,
    close: async () => redis.disconnect(),
  };
}

/** Commands fail at once while there is no connection, so that calls do not wait for one. */
function connect(url: string, log: Logger): Redis {
  const redis = new Redis(url, {
    commandTimeout: commandTimeoutMillis,
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
    retryStrategy: (attempt) => Math.min(attempt * 100, maxReconnectMillis),
  });
  // Emitted at each failed attempt to connect; with-fallback.ts reports the outage.
  redis.on("error", (err) => log.debug({ err }, "Redis connection"));
  return redis;
}

function ruleArguments({ rule }: Counter): readonly number[] {
  const longest = rule.maxDelaySeconds === undefined ? -1 : rule.maxDelaySeconds * 1000;
  return [rule.max, rule.windowSeconds * 1000, longest];
}

/** Reads pairs: whether it was allowed, and until when the key is blocked (0 if it is not). */
function toTaken(answer: unknown) {
  if (!Array.isArray(answer)) throw new TypeError("Redis did not answer with a list");
  const numbers = answer.map(Number);
  return Array.from({ length: numbers.length / 2 }, (_, index) => {
    const [allowed = 0, blockedUntil = 0] = numbers.slice(2 * index);
    return { allowed: allowed === 1, blockedUntil: blockedUntil === 0 ? null : new Date(blockedUntil) };
  });
}
