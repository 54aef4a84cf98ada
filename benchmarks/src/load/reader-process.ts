// The readers of the open subscriptions, in a process of their own, so that the server does not pay for them.
import { connect, type Socket } from "node:net";
import { serveParent } from "../processes/serve-parent.ts";
import { newAccount, type Tokens, tokensOf } from "./account.ts";
import { callOnce, type ServerAddress } from "./protocols.ts";

/** Requests at once while users register and readers connect. */
const concurrency = 25;

/** The questions of this process. */
export interface ReaderAnswers {
  /** Registers so many users. */
  register(count: number): Promise<void>;
  /** Opens a subscription for each of them, by a ticket; resolves when all are connected. */
  subscribe(): Promise<void>;
  /** How many subscriptions are open, and how many of them have received this text. */
  count(text: string): { readonly open: number; readonly received: number };
}

serveParent(async (url: string) => ({ ready: undefined, answers: { ...createReaders({ url, protocol: "rpc" }) } }));

function createReaders(server: ServerAddress): ReaderAnswers {
  const users: Tokens[] = [];
  const readers: Reader[] = [];
  return {
    register: (count) =>
      inTurns(count, async () => {
        users.push(tokensOf(await callOnce(server, { procedure: "auth.register", input: newAccount() })));
      }),
    subscribe: () =>
      inTurns(users.length, async (index) => {
        const ticket = await getTicket(server, users[index]?.accessToken ?? "");
        readers.push(await Reader.connect(server.url, ticket));
      }),
    count: (text) => ({
      open: readers.filter((reader) => reader.isOpen).length,
      received: readers.filter((reader) => reader.received.includes(text)).length,
    }),
  };
}

async function getTicket({ url }: ServerAddress, accessToken: string): Promise<string> {
  const address = new URL("/v1/auth/subscription-tickets", url);
  const response = await fetch(address, { method: "POST", headers: { authorization: `Bearer ${accessToken}` } });
  const text = await response.text();
  if (!response.ok) throw new Error(`A ticket was refused with ${response.status}: ${text}`);
  const { ticket }: { readonly ticket: string } = JSON.parse(text);
  return ticket;
}

/** One open stream, read without any library. */
class Reader {
  readonly #socket: Socket;
  received = "";

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding("latin1").on("data", (chunk: string) => (this.received += chunk));
    socket.on("error", () => socket.destroy());
  }

  get isOpen(): boolean {
    return this.#socket.readyState === "open";
  }

  static async connect(url: string, ticket: string): Promise<Reader> {
    const { hostname, port, host } = new URL(url);
    const reader = new Reader(connect(Number(port), hostname));
    const query = `connectionParams=${encodeURIComponent(JSON.stringify({ ticket }))}`;
    reader.#socket.write(
      `GET /rpc/auth.onSessionChange?${query} HTTP/1.1\r\nhost: ${host}\r\naccept: text/event-stream\r\n\r\n`,
    );
    await reader.#connected();
    return reader;
  }

  #connected(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#socket.on("data", () => this.received.includes("event: connected") && resolve());
      this.#socket.on("close", () => reject(new Error(`The stream was refused: ${this.received}`)));
    });
  }
}

/** Does the work so many times, some at once. */
async function inTurns(count: number, work: (index: number) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
}
