import { createPrivateKey } from "node:crypto";
import { SignJWT } from "jose";
import { BoundedMap } from "../../bounded-map.ts";
import { addSeconds, type Clock } from "../../clock.ts";
import type { WebPushConfig } from "./config.ts";
import { RenewedCredential } from "./credential.ts";

/** The lifetime of a token, in seconds; services allow 24 hours. */
const ttlSeconds = 12 * 60 * 60;

/** A token is renewed so long before it expires, in seconds. */
const renewalLeadSeconds = 60 * 60;

/** Browsers use a handful of services; other origins are of somebody who tries. */
const maxOrigins = 100;

/** Proves to push services who sends (RFC 8292). A token is for one service, and serves many messages. */
export class Vapid {
  readonly #config: WebPushConfig;
  readonly #clock: Clock;
  readonly #tokens = new BoundedMap<string, RenewedCredential>(maxOrigins);

  constructor(config: WebPushConfig, clock: Clock) {
    this.#config = config;
    this.#clock = clock;
  }

  /** Returns the header `Authorization` for a service. */
  async authorization(origin: string): Promise<string> {
    let token = this.#tokens.get(origin);
    if (token === undefined) {
      token = new RenewedCredential({ clock: this.#clock, make: (now) => this.#sign(origin, now) });
      this.#tokens.set(origin, token);
    }
    return `vapid t=${await token.get()}, k=${this.#config.publicKey}`;
  }

  async #sign(origin: string, now: Date) {
    const expiresAt = addSeconds(now, ttlSeconds);
    const value = await new SignJWT()
      .setProtectedHeader({ alg: "ES256", typ: "JWT" })
      .setAudience(origin)
      .setExpirationTime(Math.floor(expiresAt.getTime() / 1000))
      .setSubject(this.#config.subject)
      .sign(this.#signingKey());
    return { value, expiresAt, renewAt: addSeconds(expiresAt, -renewalLeadSeconds) };
  }

  #signingKey() {
    const { publicKey, privateKey: d } = this.#config;
    const point = Buffer.from(publicKey, "base64url");
    const x = point.toString("base64url", 1, 33);
    const y = point.toString("base64url", 33);
    const jwk = { kty: "EC", crv: "P-256", x, y, d };
    return createPrivateKey({ key: jwk, format: "jwk" });
  }
}
