import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { createCursorCodec } from "./cursor.ts";
import { type EncryptionKey, KeyRing } from "./key-ring.ts";
import { systemRandom } from "./random.ts";

const newKey = (version: number): EncryptionKey => ({ version, secret: randomBytes(32) });
const oldKey = newKey(1);
const currentKey = newKey(2);
const codecOf = (...keys: [EncryptionKey, ...EncryptionKey[]]) => createCursorCodec(new KeyRing(keys, systemRandom));
const codec = codecOf(oldKey, currentKey);

const refusal = expect.objectContaining({
  code: "INVALID_INPUT",
  errors: [expect.objectContaining({ path: "cursor" })],
});

test("a cursor returns its position in its own list", () => {
  const position = fc.string({ unit: "grapheme" }).filter((text) => text.isWellFormed());
  fc.assert(
    fc.property(fc.string(), position, (list, where) => {
      expect(codec.decode(list, codec.encode(list, where))).toBe(where);
    }),
  );
});

test("a cursor is safe in a URL", () => {
  expect(codec.encode("devices:1", "100/ä?&=+")).toMatch(/^[A-Za-z0-9_-]+$/);
});

test("a cursor does not fit another list", () => {
  expect(() => codec.decode("devices:2", codec.encode("devices:1", "100"))).toThrow(refusal);
});

test("a cursor with a changed bit is refused", () => {
  fc.assert(
    fc.property(fc.nat(), (at) => {
      const bytes = Buffer.from(codec.encode("devices:1", "100"), "base64url");
      const bit = at % (bytes.length * 8);
      bytes.writeUInt8(bytes.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      expect(() => codec.decode("devices:1", bytes.toString("base64url"))).toThrow(refusal);
    }),
  );
});

test("another spelling of a cursor is refused", () => {
  const cursor = codec.encode("devices:1", "100");
  // Of 19 bytes, the last character holds two bits.
  const respelled = ["A", "B", "C", "D", "Q", "R", "S", "T"].map((last) => cursor.slice(0, -1) + last);
  const spellings = [...respelled, `${cursor}=`, `${cursor}==`, `${cursor}.`, ` ${cursor}`, `${cursor}\n`];
  for (const spelling of spellings.filter((candidate) => candidate !== cursor)) {
    expect(() => codec.decode("devices:1", spelling)).toThrow(refusal);
  }
});

test("any text that is no cursor is refused as input, not as an internal error", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      expect(() => codec.decode("devices:1", text)).toThrow(refusal);
    }),
  );
});

test("a cursor works after a rotation of the keys, until its key is removed", () => {
  const cursor = codecOf(oldKey).encode("devices:1", "100");
  expect(codec.decode("devices:1", cursor)).toBe("100");
  expect(() => codecOf(currentKey).decode("devices:1", cursor)).toThrow(refusal);
});

test("new cursors are made with the newest key", () => {
  expect(codecOf(currentKey).decode("devices:1", codec.encode("devices:1", "100"))).toBe("100");
});
