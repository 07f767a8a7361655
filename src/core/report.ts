/**
 * Prints an error of a callback that has no caller to tell: a listener that throws must break nothing, and must not
 * fail in silence either.
 */
export function reportCallbackError(what: string, error: unknown): void {
  console.error(`distributed-cache: ${what} failed.`, error);
}
