import { createECDH, randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { decryptText } from "./testing/decrypt-text.ts";
import { encryptText, maxTextBytes } from "./web-push-encryption.ts";

/** RFC 8291, appendix A. */
const example = {
  text: "When I grow up, I want to be a watermelon",
  senderPrivateKey: "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw",
  browserPrivateKey: "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94",
  browserPublicKey: "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
  authSecret: "BTBZMqHH6r4Tts7J_aSIgg",
  salt: "DGv6ra1nlYgDCS1FRnbzlw",
  body: "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN",
};

function keyPair(privateKey?: string) {
  const keys = createECDH("prime256v1");
  if (privateKey === undefined) keys.generateKeys();
  else keys.setPrivateKey(privateKey, "base64url");
  return keys;
}

function newBrowser() {
  const keys = keyPair();
  const authSecret = randomBytes(16);
  return { keys, authSecret, subscription: { publicKey: keys.getPublicKey(), authSecret } };
}

test("the example of RFC 8291 comes out to the byte", () => {
  const authSecret = Buffer.from(example.authSecret, "base64url");
  const subscription = { publicKey: Buffer.from(example.browserPublicKey, "base64url"), authSecret };
  const ephemeral = { keys: keyPair(example.senderPrivateKey), salt: Buffer.from(example.salt, "base64url") };
  const body = encryptText(Buffer.from(example.text), subscription, ephemeral);
  expect(body.toString("base64url")).toBe(example.body);
  // What the tests open messages with is right, too.
  expect(decryptText(body, { keys: keyPair(example.browserPrivateKey), authSecret }).toString()).toBe(example.text);
});

describe("a text", () => {
  test("is opened by the browser of the subscription alone, and only unchanged", () => {
    const [browser, other] = [newBrowser(), newBrowser()];
    const body = encryptText(Buffer.from("hello ñ"), browser.subscription);
    expect(decryptText(body, browser).toString()).toBe("hello ñ");
    expect(() => decryptText(body, other)).toThrow();
    expect(() => decryptText(body, { ...browser, authSecret: other.authSecret })).toThrow();
    body[body.length - 1] = (body.at(-1) ?? 0) ^ 1;
    expect(() => decryptText(body, browser)).toThrow();
  });

  test("is encrypted by other keys each time", () => {
    const { subscription } = newBrowser();
    const [one, another] = [1, 2].map(() => encryptText(Buffer.from("hello"), subscription).toString("hex"));
    expect(one).not.toBe(another);
    expect(one?.slice(0, 32)).not.toBe(another?.slice(0, 32));
  });

  test("of the largest size makes a body of 4,096 bytes", () => {
    const browser = newBrowser();
    const text = randomBytes(maxTextBytes);
    const body = encryptText(text, browser.subscription);
    expect(body).toHaveLength(4096);
    expect(decryptText(body, browser)).toEqual(text);
  });
});

test("a key that is no point of the curve is refused", () => {
  const publicKey = Buffer.alloc(65, 1);
  publicKey[0] = 4;
  expect(() => encryptText(Buffer.from("hello"), { publicKey, authSecret: randomBytes(16) })).toThrow();
});
