import { existsSync, readdirSync, readFileSync } from 'node:fs';

/** Whether a process runs (or is frozen). One that ended and that nobody asked about yet (a zombie) does not count. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  return processState(pid) !== 'Z';
}

/** The state letter that Linux gives a process (`T`: stopped by a signal); undefined elsewhere, or where there is none. */
export function processState(pid: number): string | undefined {
  return statusOf(pid)?.[0];
}

/** The processes that this one started and that still run. Empty where the system is not Linux. */
export function childProcesses(): number[] {
  if (!existsSync('/proc/self/stat')) return [];
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => {
      const [state, parent] = statusOf(pid) ?? [];
      return Number(parent) === process.pid && state !== 'Z';
    });
}

function statusOf(pid: number): string[] | undefined {
  try {
    // The name in parentheses may hold anything, parentheses too.
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ');
  } catch {
    return undefined;
  }
}
