import type { Misbehaviour, Reply } from "./http2-server.ts";

/** What a local push service answers to messages for a device, one after the other; afterwards it accepts every message. */
export type AnswerScript = Readonly<Record<string, readonly (Reply | Misbehaviour)[]>>;

/** Returns the next answer of the script for a device; `undefined`: the message is accepted. */
export function playScript(script: AnswerScript): (device: string) => Reply | Misbehaviour | undefined {
  const played = new Map<string, number>();
  return (device) => {
    const answers = script[device];
    if (answers === undefined) return undefined;
    const place = played.get(device) ?? 0;
    played.set(device, place + 1);
    return answers[place];
  };
}
