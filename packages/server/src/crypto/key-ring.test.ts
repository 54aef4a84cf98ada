import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type EncryptionKey, KeyRing, UnsealError } from "./key-ring.ts";
import { systemRandom } from "./random.ts";

const newKey = (version: number): EncryptionKey => ({ version, secret: randomBytes(32) });
const oldKey = newKey(1);
const currentKey = newKey(7);
const ring = new KeyRing([oldKey, currentKey], systemRandom);

const bytes = fc.uint8Array({ maxLength: 200 });

test("a sealed value opens in the same context", () => {
  fc.assert(
    fc.property(bytes, fc.string(), (plaintext, context) => {
      expect(ring.open(ring.seal(plaintext, context), context)).toEqual(Buffer.from(plaintext));
    }),
  );
});

test("a sealed value does not open in another context", () => {
  fc.assert(
    fc.property(bytes, fc.string(), fc.string(), (plaintext, context, other) => {
      fc.pre(!Buffer.from(context).equals(Buffer.from(other)));
      expect(() => ring.open(ring.seal(plaintext, context), other)).toThrow(UnsealError);
    }),
  );
});

test("a sealed value with any bit changed does not open", () => {
  fc.assert(
    fc.property(bytes, fc.nat(), (plaintext, at) => {
      const sealed = ring.seal(plaintext, "session:1");
      const bit = at % (sealed.length * 8);
      const index = bit >> 3;
      sealed.writeUInt8(sealed.readUInt8(index) ^ (1 << (bit & 7)), index);
      expect(() => ring.open(sealed, "session:1")).toThrow(UnsealError);
    }),
  );
});

test("a sealed value that was cut off does not open", () => {
  const sealed = ring.seal(Buffer.from("secret"), "session:1");
  for (let length = 0; length < sealed.length; length += 1) {
    expect(() => ring.open(sealed.subarray(0, length), "session:1")).toThrow(UnsealError);
  }
});

test("the same value sealed twice gives two ciphertexts that do not contain it", () => {
  const plaintext = Buffer.from("the same secret");
  const [first, second] = [ring.seal(plaintext, "a"), ring.seal(plaintext, "a")];
  expect(first).not.toEqual(second);
  expect(first.includes(plaintext)).toBe(false);
});

test("a view into a larger buffer, as drivers return it, opens", () => {
  const sealed = ring.seal(Buffer.from("secret"), "a");
  const larger = Buffer.concat([Buffer.alloc(5), sealed, Buffer.alloc(5)]);
  const view = new Uint8Array(larger.buffer, larger.byteOffset + 5, sealed.length);
  expect(ring.open(view, "a").toString()).toBe("secret");
});

test("the key of the highest version seals, wherever it stands in the list", () => {
  for (const keys of [[oldKey, currentKey] as const, [currentKey, oldKey] as const]) {
    expect(new KeyRing(keys, systemRandom).seal(Buffer.from("x"), "a")[0]).toBe(7);
  }
});

test("a key that is still being handed out opens and does not seal", () => {
  const careful = new KeyRing([oldKey, currentKey], systemRandom, 1);
  const sealed = careful.seal(Buffer.from("secret"), "a");
  expect([sealed[0], careful.currentVersion, careful.versions]).toEqual([1, 1, [1, 7]]);
  expect(careful.open(ring.seal(Buffer.from("secret"), "a"), "a").toString()).toBe("secret");
  expect(careful.derive("cursor")).toEqual(ring.derive("cursor").toReversed());
});

test("a re-sealed value has the same content under the current key", () => {
  const sealed = new KeyRing([oldKey], systemRandom).seal(Buffer.from("secret"), "a");
  const resealed = ring.reseal(sealed, "a");
  expect(resealed[0]).toBe(7);
  expect(new KeyRing([currentKey], systemRandom).open(resealed, "a").toString()).toBe("secret");
  expect(() => ring.reseal(sealed, "b")).toThrow(UnsealError);
});

test("after a rotation the older key still opens what it sealed, until it leaves the ring", () => {
  const sealed = new KeyRing([oldKey], systemRandom).seal(Buffer.from("secret"), "a");
  expect(ring.open(sealed, "a").toString()).toBe("secret");
  expect(() => new KeyRing([currentKey], systemRandom).open(sealed, "a")).toThrow(/version 1 .*ENCRYPTION_KEYS/);
});

test("another key of the same version opens nothing, and the message names the setting", () => {
  const sealed = ring.seal(Buffer.from("secret"), "a");
  expect(() => new KeyRing([newKey(7)], systemRandom).open(sealed, "a")).toThrow(/version 7 .*ENCRYPTION_KEYS/);
});

test("derived keys come newest first, differ by purpose and key, and are the same every time", () => {
  const [newest, oldest, ...others] = ring.derive("cursor");
  expect(others).toEqual([]);
  expect(newest).toHaveLength(32);
  expect(newest).not.toEqual(oldest);
  expect(new KeyRing([currentKey], systemRandom).derive("cursor")).toEqual([newest]);
  expect(ring.derive("other")).not.toContainEqual(newest);
  expect(newest).not.toEqual(Buffer.from(currentKey.secret));
});
