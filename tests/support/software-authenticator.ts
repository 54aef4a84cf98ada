import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";
import { z } from "zod";

/** The parts of the options that an authenticator and its browser use. */
const creationOptions = z.object({
  rp: z.object({ id: z.string() }),
  user: z.object({ id: z.string() }),
  challenge: z.string(),
});

const requestOptions = z.object({ rpId: z.string(), challenge: z.string() });

/** What differs from the answer of an honest browser and authenticator. */
export interface Deviation {
  readonly origin?: string;
  readonly rpId?: string;
  readonly challenge?: string;
  /** The type in the client data. */
  readonly type?: string;
  readonly crossOrigin?: boolean;
  readonly topOrigin?: string;
  /** Default true. */
  readonly userVerified?: boolean;
  /** Default true. */
  readonly userPresent?: boolean;
  /** Default: one more than before, or 0 for an authenticator that does not count. */
  readonly counter?: number;
  /** In base64url. Default: the handle of the user whom the passkey was made for. */
  readonly userHandle?: string | null;
  /** Changes the signature. */
  readonly tamper?: boolean;
}

/** A passkey of a software authenticator. */
interface SoftwarePasskey {
  readonly id: Buffer;
  readonly privateKey: KeyObject;
  readonly publicKey: Buffer;
  readonly rpId: string;
  readonly userHandle: string;
  counter: number;
}

interface AuthenticatorOptions {
  /** The page that the browser shows. */
  readonly origin: string;
  /** Whether its passkeys may be copied to other devices; they then count nothing. Default false. */
  readonly isSynced?: boolean;
  readonly aaguid?: string;
}

const flag = { present: 0x01, verified: 0x04, backupEligible: 0x08, backedUp: 0x10, attested: 0x40 } as const;

/** An authenticator and its browser, which make real ES256 passkeys and sign with them (WebAuthn, 6). */
export class SoftwareAuthenticator {
  readonly passkeys: SoftwarePasskey[] = [];
  readonly #options: AuthenticatorOptions;

  constructor(options: AuthenticatorOptions) {
    this.#options = options;
  }

  /** Makes a passkey, as `navigator.credentials.create()` does, and returns the `toJSON()` of the answer. */
  create(options: unknown, deviation: Deviation = {}) {
    const { rp, user, challenge } = creationOptions.parse(options);
    const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const id = randomBytes(32);
    const rpId = deviation.rpId ?? rp.id;
    const passkey = { id, privateKey, publicKey: coseKey(publicKey), rpId, userHandle: user.id, counter: 0 };
    this.passkeys.push(passkey);
    return this.attest(passkey, challenge, deviation);
  }

  /** The answer of a passkey that is there, as if it were just made. */
  attest({ id, publicKey, rpId, counter }: SoftwarePasskey, challenge: string, deviation: Deviation = {}) {
    const length = Buffer.alloc(2);
    length.writeUInt16BE(id.length);
    const aaguid = Buffer.from((this.#options.aaguid ?? "").replaceAll("-", "").padEnd(32, "0"), "hex");
    const attested = Buffer.concat([aaguid, length, id, publicKey]);
    const authData = Buffer.concat([this.#authenticatorData(rpId, counter, { ...deviation, isNew: true }), attested]);
    const attestationObject = cbor(
      new Map<string, unknown>([
        ["fmt", "none"],
        ["attStmt", new Map()],
        ["authData", authData],
      ]),
    );
    return {
      ...this.#identity(id),
      response: {
        clientDataJSON: this.#clientData("webauthn.create", challenge, deviation).toString("base64url"),
        attestationObject: attestationObject.toString("base64url"),
        authenticatorData: authData.toString("base64url"),
        publicKeyAlgorithm: -7,
        transports: ["internal", "hybrid"],
      },
    };
  }

  /** Uses a passkey, by default the newest, as `navigator.credentials.get()` does, and returns the `toJSON()` of the answer. */
  get(options: unknown, deviation: Deviation = {}, passkey = this.passkeys.at(-1)) {
    if (passkey === undefined) throw new Error("The authenticator has no passkey");
    const { challenge } = requestOptions.parse(options);
    if (this.#options.isSynced !== true) passkey.counter += 1;
    const counter = deviation.counter ?? passkey.counter;
    const authenticatorData = this.#authenticatorData(deviation.rpId ?? passkey.rpId, counter, deviation);
    const clientData = this.#clientData("webauthn.get", challenge, deviation);
    const signed = Buffer.concat([authenticatorData, createHash("sha256").update(clientData).digest()]);
    const signature = sign("sha256", deviation.tamper === true ? Buffer.from("another") : signed, passkey.privateKey);
    const { userHandle = passkey.userHandle } = deviation;
    return {
      ...this.#identity(passkey.id),
      response: {
        clientDataJSON: clientData.toString("base64url"),
        authenticatorData: authenticatorData.toString("base64url"),
        signature: signature.toString("base64url"),
        ...(userHandle === null ? {} : { userHandle }),
      },
    };
  }

  #identity(id: Buffer) {
    const encoded = id.toString("base64url");
    return {
      id: encoded,
      rawId: encoded,
      type: "public-key" as const,
      authenticatorAttachment: "platform",
      clientExtensionResults: {},
    };
  }

  #clientData(type: string, challenge: string, deviation: Deviation): Buffer {
    const { topOrigin, crossOrigin = false } = deviation;
    return Buffer.from(
      JSON.stringify({
        type: deviation.type ?? type,
        challenge: deviation.challenge ?? challenge,
        origin: deviation.origin ?? this.#options.origin,
        crossOrigin,
        ...(topOrigin === undefined ? {} : { topOrigin }),
      }),
    );
  }

  #authenticatorData(rpId: string, count: number, deviation: Deviation & { readonly isNew?: boolean }): Buffer {
    const { userVerified = true, userPresent = true, isNew = false } = deviation;
    const flags =
      (userPresent ? flag.present : 0) |
      (userVerified ? flag.verified : 0) |
      (this.#options.isSynced === true ? flag.backupEligible | flag.backedUp : 0) |
      (isNew ? flag.attested : 0);
    const counter = Buffer.alloc(4);
    counter.writeUInt32BE(count);
    return Buffer.concat([createHash("sha256").update(rpId).digest(), Buffer.of(flags), counter]);
  }
}

/** The public key of P-256 in COSE (RFC 9053, 7.1): EC2, ES256, the curve, and the two coordinates. */
function coseKey(publicKey: KeyObject): Buffer {
  const { x = "", y = "" } = publicKey.export({ format: "jwk" });
  return cbor(
    new Map<number, unknown>([
      [1, 2],
      [3, -7],
      [-1, 1],
      [-2, Buffer.from(x, "base64url")],
      [-3, Buffer.from(y, "base64url")],
    ]),
  );
}

/** Encodes the few kinds of values that passkeys consist of (RFC 8949). */
export function cbor(value: unknown): Buffer {
  if (typeof value === "number") return value >= 0 ? head(0, value) : head(1, -1 - value);
  if (Buffer.isBuffer(value)) return Buffer.concat([head(2, value.length), value]);
  if (typeof value === "string") return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)]);
  if (Array.isArray(value)) return Buffer.concat([head(4, value.length), ...value.map(cbor)]);
  if (value instanceof Map) {
    return Buffer.concat([head(5, value.size), ...[...value].flatMap(([key, member]) => [cbor(key), cbor(member)])]);
  }
  throw new TypeError(`CBOR of this kind is not needed: ${String(value)}`);
}

function head(major: number, size: number): Buffer {
  const type = major << 5;
  if (size < 24) return Buffer.of(type | size);
  if (size < 0x100) return Buffer.of(type | 24, size);
  return Buffer.of(type | 25, size >> 8, size & 0xff);
}
