import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';

const stopTimeout = 5_000;

/** Ends a process that ends with its standard input: by its own id, and not before it had the time to go by itself. */
export async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'close');
  child.stdin?.end();
  const timer = setTimeout(() => child.kill('SIGKILL'), stopTimeout);
  await ended;
  clearTimeout(timer);
}
