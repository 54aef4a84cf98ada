// Every mistake here must be a compile error, in this repository and in an app that installed the package.
import {
  createClient,
  type Device,
  type GatehouseErrorCode,
  isGatehouseError,
  type RouterInputs,
  type RouterOutputs,
  type Session,
  type User,
} from "@gatehouse/client";

const client = createClient({ url: "http://localhost:3000" });
const installation = { installationId: "6c2f0e0a", platform: "web" } as const;

// @ts-expect-error createClient needs the address
createClient({});
// @ts-expect-error an option that does not exist
createClient({ url: "http://localhost:3000", storge: undefined });
// @ts-expect-error storage that cannot remove
createClient({ url: "http://localhost:3000", storage: { getItem: () => null, setItem: () => undefined } });
// @ts-expect-error a machine has a key or a session, not both
createClient({ url: "http://localhost:3000", apiKey: "gatehouse_key", storageKey: "machine" });
// @ts-expect-error a machine has no session to look at
createClient({ url: "http://localhost:3000", apiKey: "gatehouse_key" }).$session;

// @ts-expect-error a misspelt procedure
client.auth.logn.mutate({ identifier: "ada", password: "correct horse" });
// @ts-expect-error a misspelt router
client.devices.list.query({});
// @ts-expect-error a mutation is not queried
client.auth.login.query({ identifier: "ada", password: "correct horse" });
// @ts-expect-error a query does not mutate
client.user.me.mutate();

// @ts-expect-error a field is missing
client.auth.login.mutate({ identifier: "ada" });
// @ts-expect-error a field of the wrong type
client.auth.login.mutate({ identifier: "ada", password: 12345678 });
// @ts-expect-error an unknown field
client.auth.login.mutate({ identifier: "ada", password: "correct horse", remenber: true });
// @ts-expect-error an unknown platform
client.device.link.mutate({ ...installation, platform: "amiga" });
// @ts-expect-error null clears, undefined is nothing to send
client.user.update.mutate({ locale: null });

// @ts-expect-error a subscription is not called
client.auth.onSessionChange.query();
client.auth.onSessionChange.subscribe(undefined, {
  // @ts-expect-error no event is of this kind
  onData: ({ data }) => data.type === "renamed",
});

const cookies = createClient({ url: "http://localhost:3000", transport: "cookie" });
// @ts-expect-error the token is in a cookie
(await cookies.auth.refresh.mutate()).session.accessToken;

const signIn = await client.auth.login.mutate({ identifier: "ada", password: "correct horse" });
// @ts-expect-error a second factor may be missing
signIn.session;
if (signIn.status !== "signed_in") throw new Error(signIn.challenge);
const { session, user } = signIn;
// @ts-expect-error a moment is a Date, not a text
session.accessTokenExpiresAt.slice(0, 10);
// @ts-expect-error a user may have no name
user.givenName.toUpperCase();
// @ts-expect-error a field that no user has
user.passwordHash;
// @ts-expect-error pages have items, not a length
(await client.device.list.query({})).length;

// @ts-expect-error a code that the server does not have
isGatehouseError(new Error(), "EMAIL_TAKEN_ALREADY");
// @ts-expect-error a code that the server does not have
const code: GatehouseErrorCode = "NOPE";

const caught: unknown = new Error();
// @ts-expect-error not known to be an error of the server yet
caught.data;
if (isGatehouseError(caught, "EMAIL_TAKEN")) {
  // @ts-expect-error the code is known here
  caught.data.code === "USERNAME_TAKEN";
}

// @ts-expect-error there may be nobody signed in
(await client.$session.get()).session.accessToken;
// @ts-expect-error the session is not for writing
client.$session.session = session;
// @ts-expect-error a listener takes the state
client.$session.onChange((state: string) => state);

const login: RouterInputs["auth"]["login"] = { identifier: "ada", password: "correct horse" };
const output: RouterOutputs["auth"]["login"] = { status: "signed_in", user, session };
// @ts-expect-error the named types differ
const wrongUser: User = session;
// @ts-expect-error the named types differ
const wrongSession: Session = user;
// @ts-expect-error the named types differ
const wrongDevice: Device = user;

export { code, login, output, wrongDevice, wrongSession, wrongUser };
