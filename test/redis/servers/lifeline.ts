import { spawn } from 'node:child_process';
import type { Socket } from 'node:net';

// The guard reads from a pipe whose other end only this process has: the end of it without a line before is the end of
// this process, however it came (SIGKILL included).
const guard = 'read -r _ || { kill -KILL "$1"; rm -rf "$2"; }';

/**
 * Kills the process `pid` and removes `folder` if this process ends before the returned function was called.
 * To be called in the same turn as the spawn, so that there is no moment without a guard.
 */
export function tieToThisProcess(pid: number, folder: string): () => void {
  // Detached: Ctrl-C goes to a whole process group, and the guard must outlive it.
  const child = spawn('/bin/sh', ['-c', guard, 'sh', String(pid), folder], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  const pipe = child.stdin as Socket;
  for (const part of [child, pipe]) {
    part.on('error', () => {});
    part.unref();
  }
  return () => void pipe.end('\n');
}
