import { z } from "zod";
import { isPrivateKey } from "../../config-formats.ts";

/** The name of a provider in addresses, such as `google`. */
const nameSchema = z.string().regex(/^[a-z][a-z0-9-]{0,30}$/, "must be 1 to 31 of a-z, 0-9 and -, a letter first");

const text = z.string().regex(/^\S{1,500}$/, "must be a text without spaces");

const secret = z.string().regex(/^\S{8,2000}$/, "must have 8 characters or more, without spaces");

/** What all kinds of providers have. */
const common = {
  /** Default: the kind. */
  name: nameSchema.optional(),
  /** The id of the client (application) that this server is at the provider. */
  clientId: text,
  /** The ids of your native apps, whose id tokens `auth.social.signIn` accepts too. */
  nativeClientIds: z.array(text).max(20).default([]),
  /** Scopes beside those that a sign-in needs. */
  scopes: z.array(text).max(50).default([]),
  /** Whether the provider's tokens are kept, sealed, for your own calls of the provider. */
  keepTokens: z.boolean().default(false),
};

/** A PKCS #8 key on the curve P-256, as Apple gives it; line breaks may be written as `\n`. */
const applePrivateKey = z
  .string()
  .transform((pem) => pem.replaceAll("\\n", "\n"))
  .refine(
    (pem) => isPrivateKey(pem, { type: "ec", curve: "prime256v1" }),
    "must be the text of the .p8 file, a private key on P-256",
  );

/** An issuer (OpenID Connect Discovery 1.0, 2.1): an http(s) URL without query and fragment, to the letter. */
const issuerSchema = z.url({ protocol: /^https?$/ }).refine((issuer) => !/[?#@\\]/.test(issuer), "must be a plain URL");

const entraTenant = z
  .string()
  .regex(
    /^(common|organizations|consumers|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$/,
    "must be common, organizations, consumers or the id of a tenant",
  );

const providerSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("google"), ...common, clientSecret: secret }),
  z.strictObject({
    kind: z.literal("apple"),
    ...common,
    teamId: z.string().regex(/^[A-Z0-9]{10}$/, "must be 10 letters and digits"),
    keyId: z.string().regex(/^[A-Z0-9]{10}$/, "must be 10 letters and digits"),
    privateKey: applePrivateKey,
  }),
  z.strictObject({ kind: z.literal("github"), ...common, clientSecret: secret }),
  z.strictObject({
    kind: z.literal("microsoft"),
    ...common,
    clientSecret: secret,
    tenant: entraTenant.default("common"),
  }),
  z.strictObject({ kind: z.literal("facebook"), ...common, clientSecret: secret }),
  z.strictObject({
    kind: z.literal("oidc"),
    ...common,
    name: nameSchema,
    clientSecret: secret,
    issuer: issuerSchema,
    /** Whether `email_verified: true` of this issuer proves an address. */
    provesEmails: z.boolean().default(false),
  }),
]);

/** The settings of a provider. */
export type ProviderSettings = z.output<typeof providerSchema> & { readonly name: string };

/** The settings of a provider of one kind. */
export type ProviderSettingsOf<Kind extends ProviderSettings["kind"]> = Extract<ProviderSettings, { kind: Kind }>;

/** The providers of `SOCIAL_PROVIDERS`, or what is wrong with it, as sentences that repeat no secret. */
interface ParsedProviders {
  readonly providers: readonly ProviderSettings[];
  readonly mistakes: readonly string[];
}

/** Parses `SOCIAL_PROVIDERS`, a JSON list. Every mistake names its provider and its field. */
export function parseProviders(json: string | undefined): ParsedProviders {
  if (json === undefined) return { providers: [], mistakes: [] };
  const list = readList(json);
  if (list === undefined) return { providers: [], mistakes: ["not a JSON list of objects"] };
  const results = list.map((entry, index) => readProvider(entry, index));
  const providers = results.flatMap(({ provider }) => (provider === undefined ? [] : [provider]));
  return { providers, mistakes: [...results.flatMap(({ mistakes }) => mistakes), ...repeatedNames(providers)] };
}

function readList(json: string): readonly unknown[] | undefined {
  try {
    const parsed: unknown = JSON.parse(json);
    return Array.isArray(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}

function readProvider(entry: unknown, index: number) {
  const { data, error } = providerSchema.safeParse(entry);
  if (data !== undefined) return { provider: { ...data, name: data.name ?? data.kind }, mistakes: [] };
  const label = labelOf(entry) ?? `entry ${index + 1}`;
  return { provider: undefined, mistakes: error.issues.map((issue) => `${label}: ${describe(issue)}`) };
}

function labelOf(entry: unknown): string | undefined {
  const named = z.object({ name: z.string().optional(), kind: z.string().optional() }).safeParse(entry).data;
  return named?.name ?? named?.kind;
}

function describe({ code, path, message, ...issue }: z.core.$ZodIssue): string {
  const field = path.join(".");
  if (code === "unrecognized_keys" && "keys" in issue) return `${issue.keys.join(", ")} is not a setting of this kind`;
  if (field === "kind") return "kind must be google, apple, github, microsoft, facebook or oidc";
  const isMissing = code === "invalid_type" && message.endsWith("undefined");
  return isMissing ? `${field} is missing` : `${field} ${message}`;
}

function repeatedNames(providers: readonly ProviderSettings[]): readonly string[] {
  const names = providers.map(({ name }) => name);
  const repeated = names.filter((name, index) => names.indexOf(name) !== index);
  return repeated.map((name) => `${name}: the name is used twice; give each provider a name of its own`);
}
