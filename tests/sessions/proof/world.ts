import { hash } from "node:crypto";
import { systemCall } from "../../../packages/server/src/audit/call.ts";
import { logout, logoutAll } from "../../../packages/server/src/auth/service.ts";
import { authenticate, touchSession } from "../../../packages/server/src/auth/session/authenticate.ts";
import { refreshSession } from "../../../packages/server/src/auth/session/refresh.ts";
import { addSeconds } from "../../../packages/server/src/clock.ts";
import type { Database } from "../../../packages/server/src/database/connection.ts";
import type { CallDependencies, Dependencies } from "../../../packages/server/src/dependencies.ts";
import { GatehouseError } from "../../../packages/server/src/errors.ts";
import { TestClock } from "../../support/test-clock.ts";
import { type Family, lifetimes, newFamily, type Outcome, type Request } from "./family-model.ts";
import { beginning, readFamily, type StoredFamily } from "./family-row.ts";
import type { Entry, History, Role } from "./history.ts";
import { Instance } from "./instance.ts";
import type { Lab } from "./lab.ts";
import { Operation, type Rewrite } from "./operation.ts";
import { settle } from "./settle.ts";

/** The tokens that came with one answer. */
export interface Tokens {
  readonly counter: number;
  readonly refreshToken: string;
  readonly accessToken: string;
  readonly accessTokenExpiresAt: Date;
}

interface Answer {
  readonly outcome: Outcome;
  readonly tokens?: Tokens;
}

/** A request under way. */
export interface Running {
  readonly entry: Entry;
  readonly operation: Operation<Answer>;
  /** The newest tokens, if the answer brought some and its client heard it. */
  readonly onTokens: ((tokens: Tokens) => void) | undefined;
}

/** What is asked, by whom, where, and who hears the answer. */
export interface Asked {
  readonly kind: Request["kind"];
  readonly role: Role;
  readonly instance: 0 | 1;
  readonly tokens: Tokens;
  /** With which attempt key a refresh is sent. Default: none. */
  readonly attempt?: Attempt;
  readonly onTokens?: (tokens: Tokens) => void;
}

/** How a client goes about its attempt keys. */
export interface Attempt {
  readonly key: string | undefined;
  /** Whether the client promises to send the same each time that it presents this token. */
  readonly isKept: boolean;
}

/** How a world may differ from the service as it is: broken on purpose, to see that it is noticed. */
export interface Breakage {
  readonly rewrite?: Rewrite;
  readonly alter?: (deps: Dependencies) => Dependencies;
  /** Whether clients make a new key for each try, though they promise to keep one. */
  readonly forgetsKeys?: boolean;
}

/** One session, two instances of the server, and a clock: all that happens to them happens step by step, when told. */
export class World {
  readonly #lab: Lab;
  readonly #breakage: Breakage;
  readonly #stored: StoredFamily;
  readonly #initial: Family;
  readonly #instances: readonly [Instance, Instance];
  readonly #entries: Entry[] = [];
  readonly clock: TestClock;
  /** By whom the end of the session is known for certain; `undefined` as long as it has not ended. */
  #knowEnd: Set<0 | 1> | undefined;
  /** Instances that do not hear of changes. */
  readonly #lost = new Set<0 | 1>();
  /** Access tokens that an instance may remember. */
  readonly #remembered = [new Set<string>(), new Set<string>()] as const;
  #running: Running[] = [];
  /** Operations that are known to wait for a lock. Emptied when an operation that holds locks goes on or crashes. */
  #waiting: ReadonlySet<Operation<unknown>> = new Set();
  #steps = 0;
  /** Everything that the service ever handed out, also what nobody heard. */
  readonly issued: Tokens[];

  private constructor(lab: Lab, breakage: Breakage, { stored, initial, clock, instances }: Beginning) {
    this.#lab = lab;
    this.#breakage = breakage;
    this.#stored = stored;
    this.#initial = initial;
    this.clock = clock;
    this.#instances = instances;
    const accessTokenExpiresAt = addSeconds(clock.now(), lifetimes.accessToken);
    this.issued = [{ ...stored, counter: 0, accessTokenExpiresAt }];
  }

  static async create(lab: Lab, breakage: Breakage = {}): Promise<World> {
    const clock = new TestClock(beginning);
    const stored = await lab.families.take();
    lab.notifications.watch(stored.sessionId);
    const instances = [await Instance.start(lab, stored), await Instance.start(lab, stored)] as const;
    return new World(lab, breakage, { stored, initial: newFamily(clock.now()), clock, instances });
  }

  /** Requests that halt before a statement. */
  get halted(): readonly Running[] {
    return this.#running.filter(({ operation }) => operation.state === "parked");
  }

  /** Requests under way whose process lives. */
  get running(): readonly Running[] {
    return this.#running.filter(({ operation }) => !operation.isCrashed);
  }

  get requests(): number {
    return this.#entries.length;
  }

  /** Sends a request and runs its first statement. */
  async start({ onTokens, ...given }: Asked): Promise<Running> {
    const asked = this.#breakage.forgetsKeys === true ? { ...given, attempt: this.#forgotten(given.attempt) } : given;
    const entry: Entry = {
      role: asked.role,
      instance: asked.instance,
      request: toRequest(asked),
      start: this.#nextStep(),
      end: Number.POSITIVE_INFINITY,
      over: Number.POSITIVE_INFINITY,
      moments: [this.clock.now()],
      outcome: undefined,
      successor: undefined,
      mayBeStale: this.#mayBeStale(asked),
      keepsKey: asked.attempt?.isKept === true,
    };
    if (this.#knowEnd === undefined) this.#remembered[asked.instance].add(asked.tokens.accessToken);
    const pool = this.#lab.pools[asked.instance];
    const rewrite = this.#breakage.rewrite ?? ((statement: string) => statement);
    const operation = new Operation(pool, rewrite, (db) => this.#serve(asked, db));
    const running = { entry, operation, onTokens };
    this.#entries.push(entry);
    this.#running.push(running);
    await this.#settle();
    if (operation.state === "parked") await this.step(running);
    return running;
  }

  /** Runs the next statement of a request that halts. */
  async step({ operation }: Running): Promise<void> {
    this.#nextStep();
    if (operation.holdsLocks) this.#waiting = new Set();
    operation.step();
    await this.#settle();
  }

  /** The process of an instance ends without notice, and starts again. */
  async crash(index: 0 | 1): Promise<void> {
    this.#nextStep();
    for (const { entry, operation } of this.#running) if (entry.instance === index) operation.crash();
    this.#waiting = new Set();
    await this.#settle();
    await this.#instances[index].restart();
    this.#remembered[index].clear();
    this.#lost.delete(index);
    this.#knowEnd?.add(index);
  }

  advance(seconds: number): void {
    this.#nextStep();
    this.clock.advance(seconds);
    for (const { entry } of this.#running) entry.moments.push(this.clock.now());
  }

  /** The database's notifications reach an instance, those that there are. */
  async hear(index: 0 | 1): Promise<void> {
    this.#nextStep();
    const count = await this.#lab.notifications.count(this.#stored.sessionId);
    if (count > 0) this.#instances[index].hear();
    this.#knowEnd?.add(index);
  }

  /** An instance stops hearing: from then on it asks the database. */
  lose(index: 0 | 1): void {
    this.#nextStep();
    this.#instances[index].lose();
    this.#lost.add(index);
    this.#knowEnd?.add(index);
  }

  async poll(index: 0 | 1): Promise<void> {
    this.#nextStep();
    await this.#instances[index].poll();
    this.#lost.delete(index);
    this.#knowEnd?.add(index);
  }

  /** Lets everything run to its end, and tells what happened. */
  async finish(): Promise<History> {
    for (let [next] = this.halted; next !== undefined; [next] = this.halted) await this.step(next);
    this.#lab.notifications.forget(this.#stored.sessionId);
    const { final, otherIsRevoked } = await readFamily(this.#lab.control, this.#stored);
    return { entries: this.#entries, initial: this.#initial, final, otherIsRevoked };
  }

  #forgotten({ key, isKept }: Attempt = noAttempt): Attempt {
    return { key: key === undefined ? undefined : `${key} ${this.#entries.length}`, isKept };
  }

  #mayBeStale({ kind, instance, tokens }: Asked): boolean {
    if (kind === "refresh" || kind === "disable" || this.#knowEnd === undefined) return false;
    const isRemembered = this.#remembered[instance].has(tokens.accessToken);
    return isRemembered && !this.#lost.has(instance) && !this.#knowEnd.has(instance);
  }

  #nextStep(): number {
    this.#steps += 1;
    return this.#steps;
  }

  async #settle(): Promise<void> {
    const operations = this.#running.map(({ operation }) => operation);
    this.#waiting = await settle(operations, this.#waiting, this.#lab.control);
    const enders = this.#running.filter(hasEndedSession);
    if (enders.length > 0) this.#knowEnd ??= new Set();
    // Whoever disables a user tells nobody but the database.
    for (const { entry } of enders) if (entry.request.kind !== "disable") this.#knowEnd?.add(entry.instance);
    const ended = this.#running.filter(({ operation }) => operation.state === "done");
    this.#running = this.#running.filter(({ operation }) => operation.state !== "done");
    for (const running of ended) this.#conclude(running);
  }

  #conclude({ entry, operation, onTokens }: Running): void {
    entry.over = this.#steps;
    if (operation.isCrashed) return;
    const answer = read(operation.result);
    entry.end = this.#steps;
    entry.outcome = answer.outcome;
    entry.successor = answer.tokens?.refreshToken;
    if (answer.tokens !== undefined) {
      this.issued.push(answer.tokens);
      onTokens?.(answer.tokens);
    }
  }

  async #serve({ kind, instance, tokens, attempt }: Asked, db: Database): Promise<Answer> {
    const { actorCache, refreshKeys, sessionChanges } = this.#instances[instance];
    const plain: Dependencies = { ...this.#lab.shared, db, clock: this.clock, actorCache, refreshKeys, sessionChanges };
    const deps = { ...(this.#breakage.alter?.(plain) ?? plain), call: systemCall };
    if (kind === "refresh") return await serveRefresh(deps, tokens, attempt?.key);
    if (kind === "disable") {
      await db.updateTable("user").set({ status: "disabled" }).where("id", "=", this.#stored.userId).execute();
      return { outcome: "ok" };
    }
    // As an authenticated procedure does it: who is it, the call, and that it was made.
    const actor = await authenticate(deps, tokens.accessToken);
    if (kind === "logout") await logout(deps, actor);
    if (kind === "logout-all") await logoutAll(deps, actor);
    await touchSession(deps, actor);
    return { outcome: "ok" };
  }
}

interface Beginning {
  readonly stored: StoredFamily;
  readonly initial: Family;
  readonly clock: TestClock;
  readonly instances: readonly [Instance, Instance];
}

/** Disabling a user is one statement; of the rest, only what ends a session takes a transaction. */
function hasEndedSession({ entry: { request }, operation }: Running): boolean {
  return request.kind === "disable" ? operation.hasExecuted : operation.hasCommitted;
}

const noAttempt: Attempt = { key: undefined, isKept: false };

function toRequest({ kind, tokens, attempt: { key } = noAttempt }: Asked): Request {
  if (kind === "disable") return { kind };
  const attempt = key === undefined ? null : hash("sha256", key);
  if (kind === "refresh") return { kind, counter: tokens.counter, attempt };
  return { kind, counter: tokens.counter, tokenExpiresAt: tokens.accessTokenExpiresAt };
}

async function serveRefresh(
  deps: CallDependencies,
  presented: Tokens,
  attemptKey: string | undefined,
): Promise<Answer> {
  const attempt = { refreshToken: presented.refreshToken, attemptKey };
  const { refreshToken, accessToken, accessTokenExpiresAt } = await refreshSession(deps, attempt);
  const counter = Number(refreshToken.split(".", 2)[1]);
  return { outcome: `ok ${counter}`, tokens: { counter, refreshToken, accessToken, accessTokenExpiresAt } };
}

const refusals: ReadonlySet<string> = new Set<Outcome>([
  "REFRESH_TOKEN_INVALID",
  "REFRESH_TOKEN_REUSED",
  "ACCESS_TOKEN_INVALID",
]);

/** What an operation answered; anything but an answer of the service fails the run. */
function read(result: PromiseSettledResult<Answer> | undefined): Answer {
  if (result?.status === "fulfilled") return result.value;
  const reason: unknown = result?.reason;
  if (!(reason instanceof GatehouseError && refusals.has(reason.code))) throw reason;
  // It is among the refusals, which are outcomes.
  return { outcome: reason.code as Outcome };
}
