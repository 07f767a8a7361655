import { expect } from 'vitest';

export interface Refusal {
  readonly name: string;
  readonly code: unknown;
  readonly message: string;
  /** Everything of the error that could end up in a log. */
  readonly everything: string;
}

/** What the call throws; it fails where nothing is thrown, or an error that is not one of ours. */
export function refusal(call: () => unknown): Refusal {
  try {
    call();
  } catch (error) {
    expect(error).toBeInstanceOf(Error);
    const { name, message, stack, cause } = error as Error;
    const { code, ...rest } = error as Error & { code?: unknown };
    expect(code).toBe('ERR_INVALID_OPTION');
    expect(['TypeError', 'RangeError']).toContain(name);
    return { name, code, message, everything: [message, stack, String(cause), JSON.stringify(rest)].join('\n') };
  }
  throw new Error('nothing was thrown');
}
