import { execFile } from 'node:child_process';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

export const title = 'Cold import of the package, in a process of its own';
export const unit = 'ms';
/** The difference to importing lru-cache is what counts. */
export const isDifference = true;

const run = promisify(execFile);
const own = fileURLToPath(new URL('../../../dist/index.js', import.meta.url));

export function prepare({ packageName, isBound, name }) {
  if (packageName === undefined && !isBound) return undefined;
  const from = isBound ? 'lru-cache' : name === 'distributed-cache' ? own : packageName;
  const url = from.startsWith('/') ? pathToFileURL(from).href : from;
  const script = `
    const began = performance.now();
    await import(${JSON.stringify(url)});
    console.log(performance.now() - began);`;
  return async () => {
    const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', script], {
      cwd: fileURLToPath(new URL('..', import.meta.url)),
    });
    return Number(stdout);
  };
}
