/** Every action of Gatehouse that the audit log has, with what it means. docs/audit.md is made from it. */
export const auditActions = {
  "user.created": "An account was created, by registration, by an import or by an administrator.",
  "user.updated": "Profile fields of an account changed.",
  "user.email_changed": "The address of an account changed, by confirmation from the new one or by undoing a change.",
  "user.email_verified": "Somebody proved to read the mail of the account's address.",
  "user.phone_verified": "Somebody proved to read the messages of a telephone number, which the account now has.",
  "user.phone_removed":
    "The telephone number of an account was removed, because somebody else proved to own the account.",
  "user.roles_changed": "An account was given other roles.",
  "password.changed": "The user replaced their password.",
  "password.reset": "The password was replaced by a link from a mail.",
  "password.removed":
    "The password ended, because somebody else may have chosen it: the account's address was proven or restored.",
  "email.verification_requested": "A mail to prove the account's address was requested.",
  "email.change_requested": "A change of the account's address was requested.",
  "phone.code_requested": "A code was requested for a telephone number.",
  "session.created": "Somebody signed in.",
  "session.revoked": "A session ended before its time; the reason says why.",
  "session.reauthenticated": "The user proved again who they are, for sensitive calls.",
  "api_key.created": "The user created an API key.",
  "api_key.revoked": "The user revoked an API key.",
  "device.registered": "A device was registered or changed, without a user.",
  "device.linked": "A device became the user's, or the user changed what is known of it.",
  "device.unlinked": "A device is no longer the user's.",
  "webhook.created": "A webhook was created.",
  "webhook.updated": "A webhook was given another address, description or status, or other events.",
  "webhook.deleted": "A webhook was deleted with its deliveries.",
  "webhook.secret_rotated": "A webhook was given another secret.",
  "webhook.redelivery_requested": "An event was to be delivered to a webhook again.",
  "webhook.stopped": "A webhook was stopped because its receiver only failed or answered 410; the reason says which.",
  "role.created": "A role was created.",
  "role.updated": "A role was given another description or other permissions.",
  "role.deleted": "A role was deleted.",
  "group.created": "A group was created.",
  "group.updated": "A group was given another name, another description or other roles.",
  "group.deleted": "A group was deleted; its members lost its roles.",
  "group.member_added": "A user became a member of a group.",
  "group.member_removed": "A user is no longer a member of a group.",
} as const;

/** An action of Gatehouse itself. */
export type AuditAction = keyof typeof auditActions;
