import { generateKeyPairSync } from "node:crypto";
import { describe, expect, test } from "vitest";
import { parseProviders } from "./config.ts";

const clientSecret = "a-secret-of-the-provider";

const google = { kind: "google", clientId: "web", clientSecret };

const pemOf = (namedCurve: string) =>
  generateKeyPairSync("ec", { namedCurve }).privateKey.export({ type: "pkcs8", format: "pem" }).toString();

const apple = { kind: "apple", clientId: "web", teamId: "TEAM567890", keyId: "KEY4567890", privateKey: pemOf("P-256") };

const mistakesOf = (...providers: readonly unknown[]) => parseProviders(JSON.stringify(providers)).mistakes;

describe("SOCIAL_PROVIDERS", () => {
  test("has providers of every kind, several of one, each with a name", () => {
    const rest = { clientId: "web", clientSecret };
    const given = [
      google,
      { ...google, name: "google-staff" },
      apple,
      { ...apple, name: "apple-2", privateKey: apple.privateKey.replaceAll("\n", "\\n") },
      { ...rest, kind: "github" },
      { ...rest, kind: "microsoft", tenant: "organizations" },
      { ...rest, kind: "facebook" },
      { ...rest, kind: "oidc", name: "acme", issuer: "https://login.acme.example/realms/main" },
    ];
    const { providers, mistakes } = parseProviders(JSON.stringify(given));
    expect(mistakes).toEqual([]);
    const names = ["google", "google-staff", "apple", "apple-2", "github", "microsoft", "facebook", "acme"];
    expect(providers.map(({ name }) => name)).toEqual(names);
  });

  test.each([
    ["no JSON", "{", "not a JSON list of objects"],
    ["no list", "{}", "not a JSON list of objects"],
  ])("that is %s is refused", (_name, json, mistake) => {
    expect(parseProviders(json).mistakes).toEqual([mistake]);
  });

  test.each([
    [{ kind: "google", clientId: "web" }, ["google: clientSecret is missing"]],
    [{ kind: "google", clientSecret }, ["google: clientId is missing"]],
    [{ ...google, clientSecret: "" }, ["google: clientSecret must have 8 characters or more, without spaces"]],
    [{ ...google, name: "My Google" }, [expect.stringMatching(/^My Google: name must be/)]],
    [{ ...google, clientsecret: "x" }, ["google: clientsecret is not a setting of this kind"]],
    [{ ...google, tenant: "common" }, ["google: tenant is not a setting of this kind"]],
    [{ kind: "myspace" }, ["myspace: kind must be google, apple, github, microsoft, facebook or oidc"]],
    [{}, ["entry 1: kind must be google, apple, github, microsoft, facebook or oidc"]],
    ["google", [expect.stringMatching(/^entry 1: /)]],
    [{ ...apple, teamId: "team" }, ["apple: teamId must be 10 letters and digits"]],
    [{ ...apple, keyId: undefined }, ["apple: keyId is missing"]],
    [{ ...apple, privateKey: "key" }, ["apple: privateKey must be the text of the .p8 file, a private key on P-256"]],
    [{ ...apple, privateKey: pemOf("P-384") }, [expect.stringContaining("on P-256")]],
    [{ kind: "microsoft", clientId: "web", clientSecret, tenant: "acme.example" }, [expect.stringContaining("tenant")]],
    [{ kind: "oidc", clientId: "web", clientSecret }, ["oidc: name is missing", "oidc: issuer is missing"]],
    [
      { kind: "oidc", name: "acme", clientId: "web", clientSecret, issuer: "https://acme.example/?a=1" },
      ["acme: issuer must be a plain URL"],
    ],
  ])("names the provider and the field of %j", (provider, mistakes) => {
    expect(mistakesOf(provider).toSorted()).toEqual(mistakes.toSorted());
  });

  test("repeats no secret in what it says", () => {
    const secret = "a secret with spaces";
    expect(mistakesOf({ ...google, clientSecret: secret }, { ...apple, privateKey: secret }).join()).not.toContain(
      secret,
    );
  });

  test("has each name once", () => {
    expect(mistakesOf(google, google)).toEqual([
      "google: the name is used twice; give each provider a name of its own",
    ]);
  });
});
