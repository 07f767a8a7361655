import type { InvalidationSource } from 'distributed-cache';
import { onTestFinished } from 'vitest';
import type { RawClient } from './servers/raw-client.js';
import { until } from './servers/waiting.js';

/** What listens to a cache, and what it was told: keys, and `<up>`, `<down>`, `<all>`, in their order. */
export async function listen(source: InvalidationSource) {
  const told: string[] = [];
  const listening = await source.listen({
    keys: (keys) => void told.push(...keys),
    all: () => void told.push('<all>'),
    up: () => void told.push('<up>'),
    down: () => void told.push('<down>'),
  });
  const end = () => listening[Symbol.asyncDispose]();
  onTestFinished(end);
  const isUp = () => told.lastIndexOf('<up>') > told.lastIndexOf('<down>');
  return {
    told,
    end,
    isUp,
    /** Waits until it is up for the nth time. */
    up: (times = 1) =>
      until(() => isUp() && told.filter((one) => one === '<up>').length >= times, `it is up (${times})`),
    hears: (what: string) => until(() => told.includes(what), `${what} is heard`),
    /** Forgets what was told but for its being up. */
    forget: () => void told.splice(0, told.length, ...(isUp() ? ['<up>'] : [])),
  };
}

/** The connections on which a server's clients listen. */
export async function listeningClients(raw: RawClient): Promise<string[]> {
  const lines = String(await raw.command('CLIENT', 'LIST')).split('\n');
  return lines.filter((line) => / sub=[1-9]/.test(line)).map((line) => /^id=(\d+)/.exec(line)?.[1] as string);
}
