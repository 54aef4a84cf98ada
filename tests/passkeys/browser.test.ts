import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { browserUnreachable, servePages, startChromium } from "../support/browser.ts";
import { startGatehouse, type TestGatehouse } from "../support/gatehouse.ts";
import { share } from "../support/shared-gatehouse.ts";
import { addVirtualAuthenticator } from "../support/virtual-authenticator.ts";

/** What the pages have as globals. */
declare const gatehouse: typeof import("@gatehouse/client");
declare const passkeyClient: import("@gatehouse/client").GatehouseClient;

type Transport = "body" | "cookie";

/** Browsers have passkeys on localhost without TLS, at any port of it. */
async function startScene() {
  await using opened = new AsyncDisposableStack();
  const pages = opened.use(await servePages());
  const origin = `http://localhost:${pages.port}`;
  const environment = { PUBLIC_URL: "http://localhost", CORS_ORIGINS: origin };
  const server = opened.use(await startGatehouse({ environment }));
  const chromium = opened.use(await startChromium());
  const owned = opened.move();
  return { origin, server, chromium, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** Opens a page with an authenticator of Chromium, and a client of the server. */
async function openPage({ origin, server, chromium }: Awaited<ReturnType<typeof startScene>>, transport: Transport) {
  const browser = await chromium.openBrowser();
  const page = await browser.open(origin);
  const authenticator = await addVirtualAuthenticator(page);
  await connect(page, server, transport);
  return { page, authenticator, [Symbol.asyncDispose]: () => browser[Symbol.asyncDispose]() };
}

async function connect(page: Page, { url }: TestGatehouse, transport: Transport): Promise<void> {
  const address = url.replace("127.0.0.1", "localhost");
  await page.evaluate(
    ([at, how]) => {
      const options = { url: at, ...(how === "cookie" ? { transport: "cookie" } : {}) };
      Object.assign(globalThis, { passkeyClient: gatehouse.createClient(options) });
    },
    [address, transport] as const,
  );
}

const newAddress = () => `${crypto.randomUUID()}@example.com`;

const register = (page: Page, email = newAddress()) =>
  page.evaluate(
    async (address) =>
      (await passkeyClient.auth.register.mutate({ email: address, password: "correct horse battery" })).status,
    email,
  );

/** The code, or the name of the browser's error, with which something in the page is refused. */
const refusalOf = (page: Page, what: "register" | "signIn") =>
  page.evaluate(
    (wanted) =>
      (wanted === "register"
        ? gatehouse.registerPasskey(passkeyClient)
        : gatehouse.signInWithPasskey(passkeyClient)
      ).then(
        () => "none",
        (error: unknown) => (gatehouse.isGatehouseError(error) ? error.data.code : (error as Error).name),
      ),
    what,
  );

const signIn = (page: Page) =>
  page.evaluate(async () => {
    const { status, user } = await gatehouse.signInWithPasskey(passkeyClient);
    return [status, user.email];
  });

describe.skipIf(browserUnreachable !== undefined)(
  `in Chromium${browserUnreachable ? `: ${browserUnreachable}` : ""}`,
  () => {
    const scene = share(startScene);

    test.each(["body", "cookie"] as const)(
      "a user adds a passkey and signs in with it without a name, with tokens in the %s",
      async (transport) => {
        await using opened = await openPage(scene(), transport);
        const { page, authenticator } = opened;
        const email = newAddress();
        await register(page, email);
        const passkey = await page.evaluate(() => gatehouse.registerPasskey(passkeyClient, { name: "This computer" }));
        expect(passkey).toMatchObject({ name: "This computer", transports: ["internal"], lastUsedAt: null });
        const { credentials } = await authenticator.cdp.send("WebAuthn.getCredentials", {
          authenticatorId: authenticator.authenticatorId,
        });
        expect(credentials).toMatchObject([{ isResidentCredential: true, rpId: "localhost" }]);
        await page.evaluate(() => passkeyClient.auth.logout.mutate());
        expect(await signIn(page)).toEqual(["signed_in", email]);
        const { session } = await page.evaluate(() => passkeyClient.auth.status.query());
        expect(session.methods).toEqual(["hwk", "mfa"]);
      },
    );

    test.each(["body", "cookie"] as const)(
      "a user completes a sign-in by the password with a passkey, with tokens in the %s",
      async (transport) => {
        await using opened = await openPage(scene(), transport);
        const { page } = opened;
        const email = newAddress();
        await register(page, email);
        await page.evaluate(() => gatehouse.registerPasskey(passkeyClient));
        await page.evaluate(() => passkeyClient.auth.mfa.passkeys.enable.mutate());
        await page.evaluate(() => passkeyClient.auth.logout.mutate());
        const user = await page.evaluate(async (identifier) => {
          const asked = await passkeyClient.auth.login.mutate({ identifier, password: "correct horse battery" });
          if (asked.status !== "mfa_required") throw new Error("No second factor was asked for");
          return (await gatehouse.completeSignInWithPasskey(passkeyClient, asked.challenge)).user.email;
        }, email);
        expect(user).toBe(email);
        const { session } = await page.evaluate(() => passkeyClient.auth.status.query());
        expect(session).toMatchObject({ methods: ["pwd", "hwk", "mfa"], aal: 2 });
      },
    );

    test("a sign-in waits for a suggestion of the browser, if the page asks for that", async () => {
      await using opened = await openPage(scene(), "body");
      const { page } = opened;
      const email = newAddress();
      await register(page, email);
      await page.evaluate(() => gatehouse.registerPasskey(passkeyClient));
      await page.evaluate(() => passkeyClient.auth.logout.mutate());
      expect(await page.evaluate(() => gatehouse.suggestsPasskeys())).toBe(true);
      await page.evaluate(`document.body.innerHTML = '<input autocomplete="username webauthn" autofocus>'`);
      const user = await page.evaluate(
        async () =>
          (await gatehouse.signInWithPasskey(passkeyClient, { conditional: true, remember: false })).user.email,
      );
      expect(user).toBe(email);
    });

    test("a second passkey on the same device is refused by the browser, and a third device adds its own", async () => {
      await using opened = await openPage(scene(), "body");
      const { page, authenticator } = opened;
      await register(page);
      await page.evaluate(() => gatehouse.registerPasskey(passkeyClient));
      expect(await refusalOf(page, "register")).toBe("InvalidStateError");
      await authenticator.cdp.send("WebAuthn.removeVirtualAuthenticator", {
        authenticatorId: authenticator.authenticatorId,
      });
      await addVirtualAuthenticator(page);
      await page.evaluate(() => gatehouse.registerPasskey(passkeyClient));
      const { items } = await page.evaluate(() => passkeyClient.auth.passkeys.list.query());
      expect(items).toHaveLength(2);
    });

    test("a user who is not verified cannot sign in", async () => {
      await using opened = await openPage(scene(), "body");
      const { page, authenticator } = opened;
      await register(page);
      await page.evaluate(() => gatehouse.registerPasskey(passkeyClient));
      const { cdp, authenticatorId } = authenticator;
      await cdp.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified: false });
      expect(await refusalOf(page, "signIn")).toBe("NotAllowedError");
    });

    test("a copied passkey is refused once the other has counted on", async () => {
      await using opened = await openPage(scene(), "body");
      const { page, authenticator } = opened;
      await register(page);
      await page.evaluate(() => gatehouse.registerPasskey(passkeyClient));
      const { cdp, authenticatorId } = authenticator;
      const copied = (await cdp.send("WebAuthn.getCredentials", { authenticatorId })).credentials;
      await signIn(page);
      await cdp.send("WebAuthn.clearCredentials", { authenticatorId });
      for (const credential of copied) await cdp.send("WebAuthn.addCredential", { authenticatorId, credential });
      expect(await refusalOf(page, "signIn")).toBe("PASSKEY_INVALID");
    });

    test("a removed passkey is refused, and a step-up takes another one", async () => {
      await using opened = await openPage(scene(), "body");
      const { page } = opened;
      await register(page);
      const { id } = await page.evaluate(() => gatehouse.registerPasskey(passkeyClient));
      const { server } = scene();
      server.clock.advance(901);
      expect(await page.evaluate(() => passkeyClient.$session.refresh().then(() => "refreshed"))).toBe("refreshed");
      expect(await refusalOf(page, "register")).toBe("STEP_UP_REQUIRED");
      await page.evaluate(() => gatehouse.stepUpWithPasskey(passkeyClient));
      await page.evaluate((passkey) => passkeyClient.auth.passkeys.remove.mutate({ id: passkey }), id);
      expect(await refusalOf(page, "signIn")).toBe("PASSKEY_INVALID");
    });
  },
);
