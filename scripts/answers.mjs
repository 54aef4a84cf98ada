// Exits with 0 if the PostgreSQL or Redis server at the given URL answers and lets us in. Needs no dependency.
import { connect } from "node:net";

const timeoutMs = 5000;
const url = new URL(process.argv[2] ?? "");
const isRedis = url.protocol.startsWith("redis");

/** PostgreSQL's AuthenticationOk; an S after it begins the settings of a session, an E a refusal. */
const postgresAccepts = "R\0\0\0\b\0\0\0\0";

const socket = connect(Number(url.port) || (isRedis ? 6379 : 5432), url.hostname);
socket.setTimeout(timeoutMs, () => process.exit(1));
socket.on("error", () => process.exit(1));
socket.on("close", () => process.exit(1));
socket.on("connect", () => socket.write(isRedis ? "PING\r\n" : postgresStartup()));
socket.on("data", (reply) => process.exit(isWelcome(reply) ? 0 : 1));

/** PostgreSQL's first message: its length, the protocol's version 3.0, and who wants to go where. */
function postgresStartup() {
  const user = decodeURIComponent(url.username) || "postgres";
  const database = decodeURIComponent(url.pathname.slice(1)) || user;
  const body = Buffer.from(`\0\x03\0\0user\0${user}\0database\0${database}\0\0`);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.length + 4);
  return Buffer.concat([length, body]);
}

/**
 * The server lets us in at once, or asks for the password that the URL has.
 * @param {Buffer | string} data
 */
function isWelcome(data) {
  const reply = data.toString("latin1");
  const asksForPassword = reply.startsWith(isRedis ? "-NOAUTH" : "R") && !reply.startsWith(postgresAccepts);
  const letsIn = reply.startsWith(isRedis ? "+PONG" : `${postgresAccepts}S`);
  return letsIn || (asksForPassword && url.password !== "");
}
