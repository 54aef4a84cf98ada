// The values of statements that several groups make, as `fillTables` stored them.

export const now = new Date("2030-02-01T00:00:00Z");
export const userId = "50000";
export const deviceId = "50000";
export const uuid = "01890a5d-ac96-774b-bcce-b302099a8057";
export const digest = Buffer.alloc(32, 1);
export const page = { below: "60000", limit: 50 };
export const email = "user50000@example.com";
export const purpose = "reset_password" as const;
export const newUser = {
  public_id: uuid,
  email: "other@example.com",
  email_canonical: "other@example.com",
  locale: "en",
  status: "active" as const,
  roles: ["user"],
  created_at: now,
  updated_at: now,
};
export const newToken = {
  user_id: userId,
  purpose,
  target: email,
  target_canonical: email,
  slot: "",
  digest,
  attempts: 0,
  created_at: now,
  expires_at: now,
};
export const sealed = { id: uuid, sealed: digest, resealed: digest };
export const newEvent = {
  at: now,
  action: "user.updated",
  actor_kind: "user" as const,
  actor_id: uuid,
  impersonator_id: null,
  api_key_id: null,
  account_id: null,
  target_kind: "user",
  request_id: null,
  personal: "{}",
};
