/** Whether a result can only be streamed: it is an async iterable, or one of its own values is one or is a promise. */
export function isDataStream(result: unknown): boolean {
  if (!isRecord(result)) return false;
  if (Symbol.asyncIterator in result) return true;
  return Object.values(result).some((value) => isPromise(value) || isAsyncIterable(value));
}

function isAsyncIterable(value: unknown): boolean {
  return isRecord(value) && Symbol.asyncIterator in value;
}

function isPromise(value: unknown): boolean {
  if (!isRecord(value) && typeof value !== "function") return false;
  return "then" in value && typeof value.then === "function" && "catch" in value && typeof value.catch === "function";
}

function isRecord(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
