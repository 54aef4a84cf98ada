/**
 * Returns a function that makes a value for its first reader and keeps it for all others. After an error, such as too many open
 * files, the next reader tries again.
 */
export function onFirstRead<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make().catch((error: unknown) => {
      made = undefined;
      throw error;
    });
    return made;
  };
}
