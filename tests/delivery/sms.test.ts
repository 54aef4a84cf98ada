import { expect, test, vi } from "vitest";
import { inTransaction } from "../../packages/server/src/database/connection.ts";
import { runSql } from "../../packages/server/src/database/run-sql.ts";
import { sendSms } from "../../packages/server/src/delivery/sms/service.ts";
import type { Sms } from "../../packages/server/src/delivery/sms/sms.ts";
import { accountSid, authToken, startTwilio } from "../../packages/server/src/delivery/sms/testing/twilio-server.ts";
import { startGatehouse, type TestGatehouse } from "../support/gatehouse.ts";
import { patience } from "../support/patience.ts";

const sms: Sms = { to: "+34600000001", locale: "es", template: "phone-code", code: "042137", validForMinutes: 10 };

function settingsFor(baseUrl: string): Readonly<Record<string, string>> {
  const account = { TWILIO_ACCOUNT_SID: accountSid, TWILIO_AUTH_TOKEN: authToken };
  return { ...account, TWILIO_FROM: "+15005550006", TWILIO_BASE_URL: baseUrl };
}

function send({ gatehouse }: TestGatehouse): Promise<void> {
  return inTransaction(gatehouse.deps.db, (trx) => sendSms(gatehouse.deps, trx, sms));
}

test("a code is sent again after the wait that a busy provider asks for", async () => {
  const busy = { status: 429, body: '{"code":20429,"message":"Too many requests"}', headers: { "retry-after": "1" } };
  await using twilio = await startTwilio(busy);
  await using gatehouse = await startGatehouse({ environment: settingsFor(twilio.baseUrl) });
  await send(gatehouse);
  await vi.waitFor(() => expect(twilio.requests).toHaveLength(2), patience);
  const body = "Gatehouse: 042137 es tu clave. Funciona durante 10 minutos. No la compartas con nadie.";
  expect(twilio.requests[1]?.form).toEqual({ To: sms.to, From: "+15005550006", Body: body });
});

test("a code for a number that does not exist is a dead letter after one try, and no log contains the number", async () => {
  const lines: string[] = [];
  const body = `{"code":21211,"message":"The 'To' number ${sms.to} is not a valid phone number","status":400}`;
  await using twilio = await startTwilio({ status: 400, body });
  const environment = settingsFor(twilio.baseUrl);
  await using gatehouse = await startGatehouse({ environment, onLog: (line) => lines.push(line) });
  await send(gatehouse);
  await vi.waitFor(async () => {
    const { rows } = await runSql(
      gatehouse.gatehouse.deps.db,
      "select data from pgboss.job where name = 'dead-letters'",
    );
    expect(rows).toMatchObject([{ data: { template: "phone-code" } }]);
  }, patience);
  expect(twilio.requests).toHaveLength(1);
  expect(lines.join()).toContain("code 21211");
  expect(lines.join()).not.toMatch(/600000001|042137|a-token-of-twilio/);
});

test("a code that has expired before its turn is not sent", async () => {
  const lines: string[] = [];
  await using twilio = await startTwilio();
  const environment = settingsFor(twilio.baseUrl);
  await using server = await startGatehouse({ environment, onLog: (line) => lines.push(line) });
  const { deps } = server.gatehouse;
  await inTransaction(deps.db, async (trx) => {
    await sendSms(deps, trx, sms);
    server.clock.advance(10 * 60);
  });
  await vi.waitFor(() => expect(lines.join()).toContain("its code works no more"), patience);
  expect(twilio.requests).toEqual([]);
});

test("production without a provider sends no codes and says which setting is missing", async () => {
  const environment = { NODE_ENV: "production", PUBLIC_URL: "https://accounts.example.com" };
  const lines: string[] = [];
  await using gatehouse = await startGatehouse({ environment, onLog: (line) => lines.push(line) });
  expect(lines.join()).toContain("TWILIO_ACCOUNT_SID");
  await expect(send(gatehouse)).rejects.toMatchObject({ code: "SMS_NOT_CONFIGURED", status: 503 });
});
