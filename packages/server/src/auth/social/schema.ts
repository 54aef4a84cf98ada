import { z } from "zod";
import { profileFields } from "../../user/schema.ts";
import { providerNameSchema } from "../identity/schema.ts";
import { signInFields } from "../session/sign-in-schema.ts";
import { codeChallengeSchema, codeVerifierSchema, redirectToSchema } from "../sign-in-code/schema.ts";

/** Long enough that nobody guesses it. */
const nonceSchema = z
  .string()
  .min(16)
  .max(500)
  .meta({ description: "The random text that the app gave the provider's library for this id token" });

/** What a native app got of a provider's library; `isNativeCredential` says which of it belong together. */
const nativeCredentialFields = {
  idToken: z.string().max(16_000).optional().meta({ description: "The id token of the provider's library" }),
  nonce: nonceSchema.optional(),
  accessToken: z
    .string()
    .max(4000)
    .optional()
    .meta({ description: "For Facebook and GitHub, which tell for whose app it was issued" }),
  givenName: profileFields.givenName.meta({ description: "Apple gives the name to the app alone, the first time" }),
  familyName: profileFields.familyName,
};

type NativeFields = z.output<z.ZodObject<typeof nativeCredentialFields>>;

/** Whether it is an id token with its nonce, or an access token. */
function isNativeCredential({ idToken, nonce, accessToken }: NativeFields): boolean {
  return (idToken === undefined) !== (accessToken === undefined) && (idToken === undefined) === (nonce === undefined);
}

/** The input of `auth.social.signIn`. */
export const socialSignInInput = z
  .strictObject({ provider: providerNameSchema, ...nativeCredentialFields, ...signInFields })
  .refine(isNativeCredential, { message: "Send idToken and nonce, or accessToken", path: ["idToken"] });

/**
 * The input of `auth.identities.link`: the code of a linking in a browser, or what a native app got of the provider's library. One
 * object, since a union would not say which field is wrong.
 */
export const linkIdentityInput = z
  .strictObject({
    code: z.string().max(8000).optional().meta({
      description: "The parameter `code` of the address at which the linking continued, with `codeVerifier`",
    }),
    codeVerifier: codeVerifierSchema.optional(),
    provider: providerNameSchema.optional().meta({
      description: "The provider of `idToken` or `accessToken`; a name of the server's SOCIAL_PROVIDERS",
    }),
    ...nativeCredentialFields,
  })
  .refine((input) => (input.code === undefined ? isNativeLink(input) : isCodeLink(input)), {
    message: "Send code and codeVerifier, or provider with idToken and nonce, or provider with accessToken",
    path: ["code"],
  });

interface LinkFields extends NativeFields {
  readonly code?: string | undefined;
  readonly codeVerifier?: string | undefined;
  readonly provider?: string | undefined;
}

function isNativeLink({ codeVerifier, provider, ...credential }: LinkFields): boolean {
  return codeVerifier === undefined && provider !== undefined && isNativeCredential(credential);
}

function isCodeLink({ code: _code, codeVerifier, ...others }: LinkFields): boolean {
  return codeVerifier !== undefined && Object.values(others).every((other) => other === undefined);
}

/** The parameters of `GET /v1/auth/social/{provider}/start`. */
export const startFlowInput = z
  .strictObject({
    redirectTo: redirectToSchema,
    mode: z.enum(["sign_in", "link"]).default("sign_in"),
    codeChallenge: codeChallengeSchema.optional(),
    remember: z
      .enum(["true", "false"])
      .default("true")
      .transform((text) => text === "true"),
  })
  .refine(({ mode, codeChallenge }) => mode === "sign_in" || codeChallenge !== undefined, {
    message: "Required to link",
    path: ["codeChallenge"],
  });
