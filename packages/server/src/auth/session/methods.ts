/**
 * What a method proves:
 * - `knowledge`: a secret that the user remembers;
 * - `possession`: a thing that the user has;
 * - `both`: a thing that the user has, and that a secret or a finger unlocked;
 * - `asserted`: another service says who the user is, and not how it knows;
 * - `none`: no authenticator by NIST SP 800-63B.
 */
type Proof = "knowledge" | "possession" | "both" | "asserted" | "none";

interface SignInMethod {
  readonly proof: Proof;
  /** Whether it satisfies an account or a role that requires a second factor. */
  readonly isSecondFactor: boolean;
}

/**
 * What each way to prove who one is is worth. The names are those of RFC 8176 where it has one: `pwd` a password, `otp` a code of
 * an authenticator app, `hwk` and `swk` a key in hardware or software (a passkey), `mfa` several factors at once, `user` that somebody was present, `sms` a code by
 * SMS. The others are Gatehouse's: `email` a link by mail, `email_code` a code by mail after another proof, `recovery_code`, `fed`
 * another service, `trusted_device` a device on which the second factor was proven before, `impersonation` an administrator in the
 * user's name, `anon` nothing at all.
 */
const signInMethods = {
  pwd: { proof: "knowledge", isSecondFactor: false },
  otp: { proof: "possession", isSecondFactor: true },
  recovery_code: { proof: "possession", isSecondFactor: true },
  hwk: { proof: "possession", isSecondFactor: true },
  swk: { proof: "possession", isSecondFactor: true },
  mfa: { proof: "both", isSecondFactor: true },
  user: { proof: "none", isSecondFactor: false },
  sms: { proof: "possession", isSecondFactor: false },
  fed: { proof: "asserted", isSecondFactor: false },
  email: { proof: "none", isSecondFactor: false },
  // NIST accepts no code by mail. The operator who allows it as a second factor does.
  email_code: { proof: "none", isSecondFactor: true },
  trusted_device: { proof: "none", isSecondFactor: true },
  // The administrator's own session is what counts.
  impersonation: { proof: "none", isSecondFactor: true },
  anon: { proof: "none", isSecondFactor: false },
} as const satisfies Record<string, SignInMethod>;

/** A way to prove who one is, as in `methods` of a session. */
export type SignInMethodName = keyof typeof signInMethods;

const methodsByName: ReadonlyMap<string, SignInMethod> = new Map(Object.entries(signInMethods));

/** Whether the name is one of those above; stored names are, unless a newer version stored them. */
export function isSignInMethod(name: string): name is SignInMethodName {
  return methodsByName.has(name);
}

/** Whether these methods satisfy an account or a role that requires a second factor. */
export function provesSecondFactor(methods: readonly string[]): boolean {
  return methods.some((name) => methodsByName.get(name)?.isSecondFactor === true);
}

/** Whether the second factor of these methods is a trusted device alone, on which one was proven earlier. */
export function restsOnTrust(methods: readonly string[]): boolean {
  return methods.includes("trusted_device") && !provesSecondFactor(methods.filter((name) => name !== "trusted_device"));
}

/**
 * The authenticator assurance level of NIST SP 800-63B that these methods reach: 2 by two different factors, 1 by one, 0 by none
 * of NIST's authenticators. Level 3 takes keys whose maker is attested, which Gatehouse does not ask for.
 */
export function assuranceLevelOf(methods: readonly string[]): 0 | 1 | 2 {
  const proofs = new Set(methods.map((name) => methodsByName.get(name)?.proof ?? "none"));
  if (proofs.has("both") || (proofs.has("knowledge") && proofs.has("possession"))) return 2;
  return proofs.has("knowledge") || proofs.has("possession") || proofs.has("asserted") ? 1 : 0;
}
