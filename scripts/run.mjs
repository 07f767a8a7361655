// What the other scripts share: where the project is, and how a program is started.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));

/**
 * Runs a program to its end. Rejects when it fails or takes longer than `timeout` ms, with what it printed if the
 * output was held back (`quiet`); resolves with that output.
 */
export function run(command, args, { cwd = root, quiet = false, timeout = 600_000, env = process.env } = {}) {
  return new Promise((resolve, reject) => {
    const stdio = ['ignore', quiet ? 'pipe' : 'inherit', quiet ? 'pipe' : 'inherit'];
    // npm is a .cmd file on Windows, which only a shell can start.
    const shell = process.platform === 'win32' && command === 'npm';
    const child = spawn(command, args, { cwd, env, stdio, shell });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text) => {
        output += text;
      });
    }
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      child.kill('SIGKILL');
    }, timeout);
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      if (code === 0) return resolve(output);
      const why = late ? `did not end within ${timeout / 1000} s` : `failed (${signal ?? `exit code ${code}`})`;
      reject(new Error(`${[command, ...args].join(' ')} ${why}${output && `\n${output.trimEnd()}`}`));
    });
  });
}

/** Runs one named piece of work, and prints one line about it. Resolves with whether it went well. */
export async function report(name, work) {
  const started = performance.now();
  const line = (outcome) => `${outcome} ${name} (${((performance.now() - started) / 1000).toFixed(1)} s)`;
  try {
    const note = await work();
    console.log(line('ok  ') + (note ? `: ${note}` : ''));
    return true;
  } catch (error) {
    // The end of a long output is where runners say what failed.
    const lines = error.message.split('\n');
    const shown = lines.length > 100 ? [lines[0], '...', ...lines.slice(-80)] : lines;
    console.log(`${line('FAIL')}: ${shown.join('\n')}`);
    process.exitCode = 1;
    return false;
  }
}
