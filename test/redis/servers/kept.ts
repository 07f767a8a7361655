import { afterAll, beforeAll, onTestFinished } from 'vitest';
import { childProcesses } from './processes.js';
import { until } from './waiting.js';

/**
 * For what is started within a test: `const proxy = await kept(startProxy(server))`. It is stopped when the test has
 * ended, however it ended; what was started last is stopped first.
 */
export async function kept<T extends { stop(): Promise<void> } | { close(): void } | { disconnect(): void }>(
  starting: T | Promise<T>,
): Promise<T> {
  const started = await starting;
  onTestFinished(async () => {
    if ('stop' in started) await started.stop();
    else if ('close' in started) started.close();
    else started.disconnect();
  });
  return started;
}

/** Makes a test file fail that leaves processes behind. */
export function leavesNoProcessBehind(): void {
  let before: number[] = [];
  beforeAll(() => {
    before = childProcesses();
  });
  afterAll(async () => {
    const left = () => childProcesses().filter((pid) => !before.includes(pid));
    await until(() => left().length === 0, 'no process is left', { timeout: 2000 }).catch((error: Error) => {
      throw new Error(`${error.message}: ${left()}`);
    });
  });
}
