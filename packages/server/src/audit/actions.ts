/** Every action of Gatehouse that the audit log has, with what it means. docs/guides/audit-log.md is made from it. */
export const auditActions = {
  "user.created":
    "An account was created, by registration, by an import or by an administrator, or an anonymous account became a full one.",
  "user.anonymous_created":
    "An account without identifiers was created, by a sign-in without credentials. It is no sign-up before it becomes a full account, which is `user.created`.",
  "user.updated":
    "Profile fields of an account changed. Of metadata, the event names the object that was replaced, and no value.",
  "user.email_changed": "The address of an account changed, by confirmation from the new one or by undoing a change.",
  "user.email_verified": "Somebody proved to read the mail of the account's address.",
  "user.phone_verified": "Somebody proved to read the messages of a telephone number, which the account now has.",
  "user.phone_removed":
    "The telephone number of an account was removed, because somebody else proved to own the account.",
  "user.roles_changed": "An account was given other roles.",
  "user.deactivated": "The user deactivated their account.",
  "user.deleted": "An account was deleted; it can be restored until it is erased.",
  "user.restored": "A deleted account was restored.",
  "user.erased": "A deleted account was erased, with everything personal.",
  "user.export_requested": "The user asked for a copy of all that is held about them.",
  "user.exported": "An operator made a copy of all that is held about an account.",
  "user.disabled": "An operator disabled an account; the reason says why, and until when.",
  "user.enabled": "An account was enabled again, by an operator or at the time that was set.",
  "user.sessions_revoked": "An operator ended every session of an account.",
  "user.second_factor_reset_requested":
    "An operator asked that the second factors of an account end, after a waiting time; the event says when.",
  "user.second_factor_reset_canceled":
    "A pending reset of second factors was stopped, by an operator or by a proof of a second factor; the reason says which.",
  "user.second_factors_reset": "The second factors of an account ended by an operator's reset, and its sessions too.",
  "user.impersonated": "An administrator began to act in a user's name.",
  "user.bulk_requested": "An operator asked for a change of many accounts; each of them has its own event too.",
  "password.changed": "The user replaced their password.",
  "password.reset":
    "The password was replaced by a link from a mail or from an operator, or by a code that was sent to the number.",
  "password.removed":
    "The password ended: an operator removed it, or somebody else may have chosen it before the address was proven or restored.",
  "password.link_created":
    "An operator was given a link to choose a password, which they hand to the user of the account.",
  "email.verification_requested": "A mail to prove the account's address was requested.",
  "email.change_requested": "A change of the account's address was requested.",
  "phone.code_requested": "A code was requested for a telephone number.",
  "session.created": "Somebody signed in.",
  "session.revoked": "A session ended before its time; the reason says why.",
  "session.reauthenticated": "The user proved again who they are, for sensitive calls.",
  "second_factor.requested": "A secret for an authenticator app was made, which is to be confirmed.",
  "second_factor.added": "A second factor was set up; sign-ins take it from then on.",
  "second_factor.code_requested": "A code that completes a sign-in was mailed.",
  "second_factor.removed":
    "A second factor ended: its user or an operator removed it or the last passkey, or somebody else proved to own the account.",
  "second_factor.recovery_code_used":
    "A recovery code was used in place of a second factor; the event says how many are left.",
  "second_factor.recovery_codes_replaced": "The user got other recovery codes, and the earlier ones ended.",
  "api_key.created": "The user created an API key.",
  "api_key.revoked": "The user revoked an API key.",
  "passkey.added": "The user added a passkey.",
  "passkey.renamed": "The user gave a passkey another name.",
  "passkey.removed": "A passkey was removed, by its user, by an operator, or because somebody else may have added it.",
  "passkey.counter_regressed":
    "A passkey signed with a counter that went backwards, so it may have been copied; the outcome says whether it was refused.",
  "identity.linked":
    "An identity at a provider, such as Google, was linked to an account, which it signs in to from then on.",
  "identity.unlinked":
    "An identity no longer signs in to an account: its user unlinked it, or somebody else may have linked it before the address was proven.",
  "device.registered": "A device was registered or changed, without a user.",
  "device.linked": "A device became the user's, or the user changed what is known of it.",
  "device.trusted":
    "The user proved a second factor and chose to trust the device, on which sign-ins then take none for a while.",
  "device.updated": "The user named or muted a device, or changed its language or time zone.",
  "device.push_token_removed":
    "A push service said that the push token of a device is dead, so the device gets no messages until its app sends another.",
  "device.unlinked": "A device is no longer the user's.",
  "webhook.created": "A webhook was created.",
  "webhook.updated": "A webhook was given another address, description or status, or other events.",
  "webhook.deleted": "A webhook was deleted with its deliveries.",
  "webhook.secret_rotated": "A webhook was given another secret.",
  "webhook.redelivery_requested": "An event was to be delivered to a webhook again.",
  "webhook.stopped": "A webhook was stopped because its receiver only failed or answered 410; the reason says which.",
  "notification.sent": "A notification was accepted, to be sent now or at the time that the event names.",
  "notification.canceled": "A notification was canceled before all of it was sent.",
  "role.created": "A role was created.",
  "role.updated": "A role was given another description or other permissions.",
  "role.deleted": "A role was deleted.",
  "group.created": "A group was created.",
  "group.updated": "A group was given another name, another description or other roles.",
  "group.deleted": "A group was deleted; its members lost its roles.",
  "group.member_added": "A user became a member of a group.",
  "group.member_removed": "A user is no longer a member of a group.",
  "audit_log.exported": "An operator exported events over HTTP; the details are the filters.",
  "audit_log.month_dropped": "A month of the audit log was dropped, because it was older than the retention setting.",
} as const;

/** An action of Gatehouse itself. */
export type AuditAction = keyof typeof auditActions;
