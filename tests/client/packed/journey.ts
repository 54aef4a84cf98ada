import { createClient, type Device, isGatehouseError, type Session, type User } from "@gatehouse/client";

/** What somebody did who used an app for the first time. */
export interface Journey {
  readonly registered: User;
  readonly me: User;
  readonly refreshed: Session;
  readonly status: { readonly sessionId: string; readonly methods: readonly string[] };
  readonly linked: Device;
  readonly devices: readonly Device[];
  /** The code of the error that a second registration of the address answers with. */
  readonly refusal: string;
  readonly signOutReason: string | null;
  /** Whether a call after the logout is refused. */
  readonly isSignedOut: boolean;
}

/** Registers, signs in, uses everything that a new app needs first, and logs out. */
export async function travel(url: string): Promise<Journey> {
  const client = createClient({ url });
  const email = `${crypto.randomUUID()}@example.com`;
  const password = "correct horse battery";

  const registration = await client.auth.register.mutate({ email, password, givenName: "Ada" });
  if (registration.status !== "signed_in") throw new Error("the server wants the address proven first");
  const { user: registered } = registration;
  const refusal = await codeOf(client.auth.register.mutate({ email, password }));
  const login = await client.auth.login.mutate({ identifier: email, password, remember: false });
  if (login.status !== "signed_in") throw new Error("the account takes a second factor");
  const me = await client.user.me.query();
  const { session: refreshed } = await client.auth.refresh.mutate({ refreshToken: login.session.refreshToken });
  const { session } = await client.auth.status.query();
  const linked = await client.device.link.mutate({ installationId: crypto.randomUUID(), platform: "web" });
  const { items: devices } = await client.device.list.query({ limit: 10 });
  await client.auth.logout.mutate();

  const { signOutReason } = await client.$session.get();
  const isSignedOut = (await codeOf(client.user.me.query())) === "UNAUTHENTICATED";
  const status = { sessionId: session.id, methods: session.methods };
  return { registered, me, refreshed, status, linked, devices, refusal, signOutReason, isSignedOut };
}

async function codeOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return "none";
  } catch (error) {
    if (isGatehouseError(error, "EMAIL_TAKEN", "UNAUTHENTICATED")) return error.data.code;
    throw error;
  }
}
