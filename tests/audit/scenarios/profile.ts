import { makeApiKey } from "../../support/api-keys.ts";
import { imageOf } from "../../support/images.ts";
import { receiveToken } from "../../support/mailbox.ts";
import { deleteAccount } from "../../support/own-data.ts";
import { recordOf, type Scenario } from "../scene.ts";
import { nothing, own, register, registerOwner, sessionOf } from "./accounts.ts";

/** What people do with their accounts. */
export const profileScenarios: readonly Scenario[] = [
  {
    procedure: "user.update",
    async prepare(scene) {
      const { userId, accessToken: token } = await register(scene);
      const body = { givenName: "Ada" };
      return { method: "PATCH", path: "/v1/users/me", token, body, events: () => [own("user.updated", userId)] };
    },
  },
  {
    procedure: "user.update",
    when: "the metadata is replaced",
    async prepare(scene) {
      const { userId, accessToken: token } = await register(scene);
      const body = { publicMetadata: { note: scene.keepSecret("a note that is only in the metadata") } };
      return { method: "PATCH", path: "/v1/users/me", token, body, events: () => [own("user.updated", userId)] };
    },
  },
  {
    procedure: "user.update",
    when: "nothing changes",
    async prepare(scene) {
      const { accessToken: token } = await register(scene, { givenName: "Ada" });
      return { method: "PATCH", path: "/v1/users/me", token, body: { givenName: "Ada" }, events: nothing };
    },
  },
  {
    procedure: "user.setAvatar",
    async prepare(scene) {
      const { userId, accessToken: token } = await register(scene);
      const upload = new Uint8Array(await imageOf());
      return { method: "PUT", path: "/v1/users/me/avatar", token, upload, events: () => [own("user.updated", userId)] };
    },
  },
  {
    procedure: "user.removeAvatar",
    async prepare(scene) {
      const { userId, accessToken: token } = await register(scene);
      const upload = new Uint8Array(await imageOf());
      await recordOf(scene, { method: "PUT", path: "/v1/users/me/avatar", token, upload, events: nothing });
      return { method: "DELETE", path: "/v1/users/me/avatar", token, events: () => [own("user.updated", userId)] };
    },
  },
  {
    procedure: "user.removeAvatar",
    when: "there is none",
    async prepare(scene) {
      const { accessToken: token } = await register(scene);
      return { method: "DELETE", path: "/v1/users/me/avatar", token, events: nothing };
    },
  },
  {
    procedure: "user.deactivate",
    async prepare(scene) {
      const account = await register(scene);
      const session = await sessionOf(scene, account);
      const { userId, accessToken: token } = account;
      const events = () => [own("user.deactivated", userId), own("session.revoked", userId, session)];
      return { path: "/v1/users/me/deactivate", token, events };
    },
  },
  {
    procedure: "user.delete",
    async prepare(scene) {
      const owner = await registerOwner(scene);
      const [session, key] = [await sessionOf(scene, owner), await makeApiKey(scene.server.url, owner)];
      const { userId, accessToken: token } = owner;
      return {
        method: "DELETE",
        path: "/v1/users/me",
        token,
        events: () => [
          own("user.deleted", userId),
          own("session.revoked", userId, session),
          own("api_key.revoked", userId, key.id),
        ],
      };
    },
  },
  {
    procedure: "user.undoDeletion",
    async prepare(scene) {
      const owner = await registerOwner(scene);
      await deleteAccount(scene.server.url, owner);
      const token = scene.keepSecret(await receiveToken(scene.server, owner.email, "account-deleted"));
      const events = () => [own("user.restored", owner.userId)];
      return { path: "/v1/users/undo-deletion", body: { token }, events };
    },
  },
  {
    procedure: "user.export",
    async prepare(scene) {
      const { userId, accessToken: token } = await registerOwner(scene);
      const events = () => [own("user.export_requested", userId)];
      return { method: "GET", path: "/v1/users/me/export", token, events };
    },
  },
];
