// The processes of bench/run.mjs: one library in one case, told to run rounds.
import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const script = fileURLToPath(new URL('./peers/child.mjs', import.meta.url));

/** What a process says, in order, also where it is not waited for yet. */
function heard(child, what) {
  const said = [];
  let waiting;
  const ended = once(child, 'exit').then(([code, signal]) => {
    throw new Error(`${what}: its process ended (${code ?? signal})`);
  });
  // Killed when the case is over.
  ended.catch(() => {});
  const hear = (message) => {
    said.push(message);
    waiting?.();
  };
  const told = async () => {
    if (said.length === 0) {
      const next = new Promise((resolve) => {
        waiting = resolve;
      });
      await Promise.race([next, ended]);
    }
    return said.shift();
  };
  return { hear, told };
}

/** One library in one case: a process that is told to run a round, and says what it measured. */
export function started(measured, library, redisUrl) {
  const what = `${measured.name}, ${library.name}`;
  const environment = { ...process.env, BENCH_REDIS: redisUrl };
  if (library.command !== undefined) {
    // Not of Node: lines of JSON by its standard streams.
    const [program, ...args] = library.command(measured.name);
    const child = spawn(program, args, { env: environment, stdio: ['pipe', 'pipe', 'inherit'] });
    const { hear, told } = heard(child, what);
    createInterface({ input: child.stdout }).on('line', (line) => hear(JSON.parse(line)));
    return { library, child, told, send: (message) => child.stdin.write(`${message}\n`) };
  }
  const child = fork(script, [measured.name, library.name], {
    execArgv: ['--expose-gc', ...(measured.flags ?? [])],
    env: environment,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const { hear, told } = heard(child, what);
  child.on('message', hear);
  return { library, child, told, send: (message) => child.send(message) };
}
