/** Polls until `condition` gives something truthy, and resolves with it; rejects, naming `what`, after `timeout` ms. */
export async function until<T>(
  condition: () => T | Promise<T>,
  what: string,
  { timeout = 10_000, every = 5 }: { timeout?: number; every?: number } = {},
): Promise<Exclude<T, undefined | null | false | 0 | ''>> {
  const end = performance.now() + timeout;
  for (;;) {
    const value = await condition();
    if (value) return value as Exclude<T, undefined | null | false | 0 | ''>;
    if (performance.now() >= end) throw new Error(`not within ${timeout} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, every));
  }
}

/** What a promise has come to after some 50 ms: its value, or 'pending'. */
export function soon<T>(promise: Promise<T>): Promise<T | 'pending'> {
  return Promise.race([promise, new Promise<'pending'>((resolve) => setTimeout(resolve, 50, 'pending'))]);
}
