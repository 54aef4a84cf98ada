import type { AppRouterWith } from "@gatehouse/server/api";
import type { TRPCMutationProcedure, TRPCQueryProcedure } from "@trpc/server";
import { expectTypeOf } from "vitest";
import { createClient } from "./create-client.ts";
import type { CookieSession, Device, RouterInputs, RouterOutputs, Session, User } from "./inference.ts";
import type { SessionState } from "./session/session-state.ts";

const client = createClient({ url: "http://localhost:3000" });

expectTypeOf(client.user.me.query).returns.resolves.toEqualTypeOf<User>();
expectTypeOf(client.auth.login.mutate).parameter(0).toEqualTypeOf<RouterInputs["auth"]["login"]>();
expectTypeOf(client.auth.login.mutate).returns.resolves.toEqualTypeOf<RouterOutputs["auth"]["login"]>();
expectTypeOf(client.auth.logout.mutate).returns.resolves.toEqualTypeOf<void>();
expectTypeOf(client.device.list.query).returns.resolves.toHaveProperty("items").toEqualTypeOf<Device[]>();

expectTypeOf<User["createdAt"]>().toEqualTypeOf<Date>();
expectTypeOf<User["status"]>().toEqualTypeOf<"active" | "deactivated" | "disabled">();
expectTypeOf<Session>().toEqualTypeOf<Extract<RouterOutputs["auth"]["login"], { status: "signed_in" }>["session"]>();
expectTypeOf<RouterInputs["user"]["me"]>().toEqualTypeOf<void>();

// A server may want the address proven first; whoever takes the session for granted is told.
const registration = await client.auth.register.mutate({ email: "ada@example.com", password: "correct horse" });
// @ts-expect-error there may be none
registration.session;
if (registration.status === "signed_in") expectTypeOf(registration.session).toEqualTypeOf<Session>();
expectTypeOf(client.auth.magicLink.verify.mutate).returns.resolves.toEqualTypeOf<RouterOutputs["auth"]["login"]>();
expectTypeOf(client.auth.password.forgot.mutate).returns.resolves.toEqualTypeOf<void>();

// A proof is one of several, and never two.
client.auth.sudo.mutate({ password: "correct horse" });
client.auth.sudo.mutate({ magicLinkToken: "q3N0" });
// @ts-expect-error it is one or the other
client.auth.sudo.mutate({ password: "correct horse", magicLinkToken: "q3N0" });
// @ts-expect-error it is not nothing
client.auth.sudo.mutate({});
expectTypeOf(client.auth.sudo.mutate).returns.resolves.toEqualTypeOf<{ authenticatedAt: Date; recentUntil: Date }>();
expectTypeOf<RouterOutputs["auth"]["status"]["session"]["authenticatedAt"]>().toEqualTypeOf<Date>();
expectTypeOf<RouterOutputs["auth"]["status"]["session"]["recentUntil"]>().toEqualTypeOf<Date>();

// What needs no input is called without one, with or without options.
client.ping.query();
client.ping.query(undefined, { signal: new AbortController().signal });
client.auth.token.mutate();
client.device.list.query();
// @ts-expect-error what needs an input is not
client.auth.login.mutate();

expectTypeOf(client.$session.get).returns.resolves.toEqualTypeOf<SessionState>();
const state = await client.$session.get();
if (state.session === null) expectTypeOf(state.signOutReason).not.toEqualTypeOf<null>();
else expectTypeOf(state).toEqualTypeOf<{ readonly session: Session; readonly signOutReason: null }>();

createClient({ url: "http://localhost:3000", storage: localStorage, fetch });
createClient({ url: "http://localhost:3000", eventSource: EventSource });
// @ts-expect-error no class
createClient({ url: "http://localhost:3000", eventSource: fetch });

const opened = client.auth.onSessionChange.subscribe(undefined, {
  onData: ({ id, data }) => {
    expectTypeOf(id).toEqualTypeOf<string>();
    if (data.type === "roles_changed") expectTypeOf(data.roles).toEqualTypeOf<string[]>();
    // @ts-expect-error only a change of roles has them
    else data.roles;
    // @ts-expect-error there is no such event
    if (data.type === "renamed") return;
    if (data.type === "revoked") expectTypeOf(data.reason).extract<"logout">().toEqualTypeOf<"logout">();
  },
  onError: (error) => expectTypeOf(error).toEqualTypeOf<Error>(),
});
expectTypeOf(opened.unsubscribe).toEqualTypeOf<() => void>();
client.auth.onSessionChange.subscribe({ lastEventId: "1" }, {});
// @ts-expect-error nobody would listen
client.auth.onSessionChange.subscribe();
// @ts-expect-error a misspelt input
client.auth.onSessionChange.subscribe({ lastEvent: "1" }, {});
// @ts-expect-error a subscription is not called
client.auth.onSessionChange.query();

const machine = createClient({ url: "http://localhost:3000", apiKey: "gatehouse_key" });
expectTypeOf(machine.user.me.query).returns.resolves.toEqualTypeOf<User>();
// @ts-expect-error a machine has no session
machine.$session;
// @ts-expect-error and so hears of none: subscriptions take no key
machine.auth.onSessionChange;
// @ts-expect-error and so nothing to store
createClient({ url: "http://localhost:3000", apiKey: "gatehouse_key", storage: localStorage });
// @ts-expect-error a key that may be missing would silently make a client that nobody signed in
createClient({ url: "http://localhost:3000", apiKey: process.env["KEY"] });
// With cookies there are no tokens to read, and nobody says twice how they travel.
const cookies = createClient({ url: "http://localhost:3000", transport: "cookie" });
const signedIn = await cookies.auth.login.mutate({ identifier: "ada", password: "correct horse" });
// @ts-expect-error a second factor may be missing
signedIn.session;
if (signedIn.status !== "signed_in") throw new Error(signedIn.challenge);
expectTypeOf(signedIn.session).toEqualTypeOf<CookieSession>();
expectTypeOf<keyof CookieSession>().toEqualTypeOf<
  "id" | "issuedAt" | "accessTokenExpiresAt" | "refreshTokenExpiresAt"
>();
expectTypeOf(cookies.auth.refresh.mutate).returns.resolves.toEqualTypeOf<{ session: CookieSession }>();
expectTypeOf(cookies.$session.refresh).returns.resolves.toEqualTypeOf<CookieSession | null>();
expectTypeOf(cookies.auth.status.query).returns.resolves.toEqualTypeOf<RouterOutputs["auth"]["status"]>();
expectTypeOf(cookies.user.me.query).returns.resolves.toEqualTypeOf<User>();
expectTypeOf<keyof Session>().toEqualTypeOf<
  "id" | "accessToken" | "accessTokenExpiresAt" | "refreshToken" | "refreshTokenExpiresAt"
>();
// @ts-expect-error the token is in a cookie
signedIn.session.accessToken;
// @ts-expect-error the client says so itself
client.auth.login.mutate({ identifier: "ada", password: "correct horse", transport: "cookie" });
// @ts-expect-error no transport that there is
createClient({ url: "http://localhost:3000", transport: "header" });

interface Procedure<Input, Output> {
  input: Input;
  output: Output;
  meta: object;
  errorShape: unknown;
}
type Records = {
  item: {
    get: TRPCQueryProcedure<Procedure<{ id: string }, { title: string }>>;
    remove: TRPCMutationProcedure<Procedure<{ id: string }, void>>;
  };
};
const app = createClient<AppRouterWith<Records>>({ url: "http://localhost:3000" });

// Inputs are JSON, dates, undefined and bigints; a procedure that wants something else can be called by nobody.
type Json = string | number | boolean | null | Json[] | { [name: string]: Json };
type Take<Input> = TRPCMutationProcedure<Procedure<Input, void>>;
type Inputs = {
  takes: {
    date: Take<{ at: Date; until?: Date | undefined; count: bigint }>;
    json: Take<{ json: Json }>;
    unknown: Take<{ anything: unknown }>;
    map: Take<{ byName: Map<string, number> }>;
    sets: Take<{ tags: { names: Set<string> }[] }>;
    pattern: Take<{ pattern?: RegExp | undefined }>;
  };
};
const { takes } = createClient<AppRouterWith<Inputs>>({ url: "http://localhost:3000" });
takes.date.mutate({ at: new Date(), count: 1n });
takes.json.mutate({ json: { a: [1, null] } });
takes.unknown.mutate({ anything: 1 });
// @ts-expect-error the server reads no Map
takes.map.mutate({ byName: new Map() });
// @ts-expect-error nor a Set, wherever it is
takes.sets.mutate({ tags: [{ names: new Set() }] });
// @ts-expect-error nor a regular expression, though it may be left out
takes.pattern.mutate({});
const appWithCookies = createClient<AppRouterWith<Records>>({ url: "http://localhost:3000", transport: "cookie" });
expectTypeOf(appWithCookies.item.get.query).returns.resolves.toEqualTypeOf<{ title: string }>();
expectTypeOf(appWithCookies.$session.refresh).returns.resolves.toEqualTypeOf<CookieSession | null>();
expectTypeOf(app.item.get.query).parameter(0).toEqualTypeOf<{ id: string }>();
expectTypeOf(app.item.get.query).returns.resolves.toEqualTypeOf<{ title: string }>();
expectTypeOf(app.item.remove.mutate).returns.resolves.toEqualTypeOf<void>();
const appMachine = createClient<AppRouterWith<Records>>({ url: "http://localhost:3000", apiKey: "gatehouse_key" });
expectTypeOf(appMachine.item.get.query).returns.resolves.toEqualTypeOf<{ title: string }>();
expectTypeOf(app.user.me.query).returns.resolves.toEqualTypeOf<User>();
// @ts-expect-error a misspelt procedure of the app
app.item.delete;
// @ts-expect-error Gatehouse's own client does not know the app's procedures
client.item;
