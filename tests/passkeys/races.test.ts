import { expect, test } from "vitest";
import { startGatehouse } from "../support/gatehouse.ts";
import { addPasskey, leaveOnlyPasskeys, listPasskeys, removePasskey, signInWith } from "../support/passkeys.ts";
import { registerAccount } from "../support/rest.ts";

test("of two passkeys that are removed at once, one stays if nothing else signs in", async () => {
  await using server = await startGatehouse();
  for (let round = 0; round < 10; round++) {
    const ada = await registerAccount(server.url);
    const [first, second] = [await addPasskey(server, ada), await addPasskey(server, ada)];
    await leaveOnlyPasskeys(server, ada.userId);
    const answers = await Promise.all([first, second].map(({ id }) => removePasskey(server, ada, id)));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([204, 409]);
    expect((await listPasskeys(server, ada)).body.items).toHaveLength(1);
  }
});

test("a sign-in that races the removal of its passkey comes before it, or is refused", async () => {
  await using server = await startGatehouse();
  for (let round = 0; round < 10; round++) {
    const ada = await registerAccount(server.url);
    const { id, authenticator } = await addPasskey(server, ada);
    const [signedIn, removed] = await Promise.all([signInWith(server, authenticator), removePasskey(server, ada, id)]);
    expect(removed.status).toBe(204);
    expect(signedIn.status).toBeOneOf([200, 401]);
    expect((await signInWith(server, authenticator)).status).toBe(401);
  }
});
