import type { PushContent } from "./push-sender.ts";

/** Does the work for each content once, although many messages share it. */
export function eachContent<T>(prepare: (content: PushContent) => T): (content: PushContent) => T {
  const prepared = new Map<PushContent, T>();
  return (content) => {
    const known = prepared.get(content);
    if (known !== undefined) return known;
    const made = prepare(content);
    prepared.set(content, made);
    return made;
  };
}
