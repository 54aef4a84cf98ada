import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { type EncryptionKey, KeyRing } from "../../crypto/key-ring.ts";
import { systemRandom } from "../../crypto/random.ts";
import { KeyIds } from "./key-ids.ts";

const thumbprint = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k";
const encryptionKey = (version: number): EncryptionKey => ({ version, secret: randomBytes(32) });
const keyIds = (...keys: [EncryptionKey, ...EncryptionKey[]]) => new KeyIds(new KeyRing(keys, systemRandom));

const older = encryptionKey(1);
const newer = encryptionKey(2);

test("a key id is genuine for every server that has its encryption key, also after a rotation of that key", () => {
  const id = keyIds(older).make(thumbprint);
  expect(id).toMatch(new RegExp(`^${thumbprint}\\.[\\w-]{12}$`));
  expect([keyIds(older).isGenuine(id), keyIds(older, newer).isGenuine(id)]).toEqual([true, true]);
  expect(keyIds(newer).isGenuine(id)).toBe(false);
});

test("an invented key id is not genuine", () => {
  const ids = keyIds(older);
  const id = ids.make(thumbprint);
  const tag = id.slice(thumbprint.length);
  const other = `A${thumbprint.slice(1)}`;
  const made = ["", ".", thumbprint, `${thumbprint}.`, tag, other + tag, id.slice(0, -1), `${id}AAAA`, "\u{1f4a5}.x"];
  expect(made.filter((text) => ids.isGenuine(text))).toEqual([]);
});

test("another spelling of a genuine id is not genuine", () => {
  // A key whose tag holds both characters that have another in plain base64.
  const secret = Buffer.alloc(32, 76);
  const ids = keyIds({ version: 1, secret });
  const id = ids.make(thumbprint);
  const [, tag = ""] = id.split(".");
  expect(tag).toMatch(/-.*_|_.*-/);
  const withTag = (spelling: string) => `${thumbprint}.${spelling}`;
  const spellings = [
    `${tag}.x`,
    `${tag}.`,
    `${tag}=`,
    `${tag} `,
    ` ${tag}`,
    tag.replaceAll("-", "+"),
    tag.replaceAll("_", "/"),
  ];
  expect(ids.isGenuine(withTag(tag))).toBe(true);
  expect(spellings.map(withTag).filter((text) => ids.isGenuine(text))).toEqual([]);
});
