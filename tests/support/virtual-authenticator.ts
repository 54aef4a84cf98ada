import type { CDPSession, Page } from "playwright-core";
import type { SoftwareAuthenticator } from "./software-authenticator.ts";

/** An authenticator that Chromium emulates. */
export interface VirtualAuthenticator {
  readonly cdp: CDPSession;
  readonly authenticatorId: string;
}

/** Gives the page an authenticator that keeps passkeys, verifies its user, and needs no touch. */
export async function addVirtualAuthenticator(page: Page): Promise<VirtualAuthenticator> {
  const cdp = await page.context().newCDPSession(page);
  await cdp.send("WebAuthn.enable");
  const { authenticatorId } = await cdp.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      transport: "internal",
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  return { cdp, authenticatorId };
}

/** Puts a passkey of a software authenticator into the virtual one. */
export async function givePasskey(
  { cdp, authenticatorId }: VirtualAuthenticator,
  { passkeys }: SoftwareAuthenticator,
): Promise<void> {
  const passkey = passkeys.at(-1);
  if (passkey === undefined) throw new Error("The authenticator has no passkey");
  const { id, privateKey, rpId, userHandle, counter } = passkey;
  await cdp.send("WebAuthn.addCredential", {
    authenticatorId,
    credential: {
      credentialId: id.toString("base64"),
      isResidentCredential: true,
      rpId,
      privateKey: privateKey.export({ format: "der", type: "pkcs8" }).toString("base64"),
      userHandle: Buffer.from(userHandle, "base64url").toString("base64"),
      signCount: counter,
    },
  });
}
