// Other processes of the same library over the same Redis.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const script = fileURLToPath(new URL('../second.mjs', import.meta.url));

/** Resolves to a process that answers what it is asked. */
export async function another(libraryName, prefix) {
  const child = fork(script, [libraryName, prefix], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const answer = async () => (await once(child, 'message'))[0];
  await answer();
  return { tell: (message) => child.send(message), answer };
}

/** ms by a clock that all processes of the machine share. */
export const sharedNow = () => Number(process.hrtime.bigint()) / 1e6;
