/** A sign-in's result, once it is known to have started a session. Throws for one that takes a second factor or a mail. */
export function signedIn<Result extends { readonly status: string }>(
  result: Result,
): Extract<Result, { readonly status: "signed_in" }> {
  if (result.status !== "signed_in") throw new Error(`The sign-in answered ${result.status}`);
  // `status` tells the members of the union apart, which a type parameter hides.
  return result as Extract<Result, { readonly status: "signed_in" }>;
}
