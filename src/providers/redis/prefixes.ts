import { checkKey } from '../../core/arguments.js';
import type { PrefixOperations } from '../../core/capabilities.js';
import { type Signal, throwIfAborted } from '../../core/signal.js';
import { batchMost } from './batches.js';
import type { RedisCommands } from './client.js';
import type { DeadlinedParts } from './parts.js';
import { replyCode } from './redis-error.js';
import { entries, removeEntries } from './scripts/scripts.js';
import { bySlot } from './slots.js';

// How many keys the server looks at in a step of a scan, and how many one command for several takes.
const scanCount = 1_000;
const chunkLength = 8 * batchMost;

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Listing and removing by scans over every master. Each step has a deadline of its own, since the whole takes as long as
 * the database is large.
 */
export function redisPrefixes(parts: DeadlinedParts): PrefixOperations {
  const { lane, link, deadlines, instanceName, publisher, emit, name } = parts;

  /** The keys of a prefix, page by page, as the client takes them (without what it puts before them). */
  async function* pages(prefix: string, signal: Signal | undefined): AsyncGenerator<string[]> {
    const begin = instanceName + prefix;
    // Opens the connection, where there is none yet: only then the nodes are known.
    await lane.run(async () => undefined, deadlines, signal);
    const { keyPrefix } = link;
    const pattern = `${escaped(keyPrefix + begin)}*`;
    for (const node of mastersOf(link.client)) {
      let cursor = '0';
      do {
        const from = cursor;
        const scan = () => node.scanBuffer(from, 'MATCH', pattern, 'COUNT', scanCount);
        const [next, found] = await lane.run(scan, deadlines, signal);
        cursor = decoder.decode(next);
        const keys = found.map(textOf).filter((key) => key?.startsWith(keyPrefix + begin)) as string[];
        // One page may name a key twice.
        if (keys.length > 0) yield [...new Set(keys)].map((key) => key.slice(keyPrefix.length));
      } while (cursor !== '0');
    }
  }

  /** Runs something on as many keys at once as the server takes. */
  async function inChunks<Result>(
    keys: readonly string[],
    signal: Signal | undefined,
    run: (chunk: readonly string[]) => Promise<Result>,
  ): Promise<Result[]> {
    const groups = link.isSlotted ? bySlot(keys, (key) => link.keyPrefix + key) : [keys];
    const chunks = groups.flatMap((group) =>
      Array.from({ length: Math.ceil(group.length / chunkLength) }, (_, i) =>
        group.slice(i * chunkLength, (i + 1) * chunkLength),
      ),
    );
    try {
      return await Promise.all(chunks.map((chunk) => lane.run(() => run(chunk), deadlines, signal)));
    } catch (error) {
      // Slots behind what looks like one server. What was done already is done again, which changes nothing.
      if (link.isSlotted || replyCode((error as Error).cause) !== 'CROSSSLOT') throw error;
      link.refuseSlots(error);
      return inChunks(keys, signal, run);
    }
  }

  /** Those that are entries: a lone lease is none. */
  async function entriesOf(keys: readonly string[], signal: Signal | undefined): Promise<string[]> {
    const found = await inChunks(keys, signal, async (chunk) => {
      const flags = link.scripts
        ? ((await entries.run(link.client, chunk, [])) as number[])
        : await Promise.all(chunk.map((key) => isEntry(link.client, key)));
      return chunk.filter((_, i) => flags[i] === 1);
    });
    return found.flat();
  }

  /** Removes entries and leases, and nothing that is neither. Gives how many entries there were. */
  async function remove(chunk: readonly string[]): Promise<number> {
    if (link.scripts) return (await removeEntries.run(link.client, chunk, [])) as number;
    const removed = await Promise.all(
      chunk.map(async (key) => ((await isEntry(link.client, key)) === 1 ? link.client.unlink(key) : 0)),
    );
    return removed.reduce((sum, each) => sum + each, 0);
  }

  return {
    async removeByPrefix(prefix, options) {
      checkKey(prefix, 'prefix');
      throwIfAborted(options?.signal);
      let removed = 0;
      for await (const keys of pages(prefix, options?.signal)) {
        // Who listens is told of each entry, which the removal only counts.
        const told = emit && (await entriesOf(keys, options?.signal));
        const counts = await inChunks(keys, options?.signal, remove);
        publisher.changed(keys);
        for (const count of counts) removed += count;
        for (const key of told ?? []) emit?.({ type: 'removed', cache: name, key: key.slice(instanceName.length) });
      }
      return removed;
    },
    async *keys(prefix, options) {
      checkKey(prefix, 'prefix');
      throwIfAborted(options?.signal);
      for await (const page of pages(prefix, options?.signal)) {
        for (const key of await entriesOf(page, options?.signal)) {
          throwIfAborted(options?.signal);
          yield key.slice(instanceName.length);
        }
      }
    },
  };
}

/** What a pattern of Redis means literally: `*`, `?`, `[` and the backslash have a meaning otherwise. */
export const escaped = (text: string) => text.replace(/[*?[\]\\]/g, '\\$&');

function mastersOf(client: RedisCommands): readonly RedisCommands[] {
  return client.isCluster ? client.nodes('master') : [client];
}

/** A key that is no UTF-8 is nobody's that uses this library. */
function textOf(key: Uint8Array): string | undefined {
  try {
    return decoder.decode(key);
  } catch {
    return undefined;
  }
}

/** 1 for a hash with data. What is of another type is no entry. */
async function isEntry(client: RedisCommands, key: string): Promise<number> {
  try {
    return await client.hexists(key, 'data');
  } catch (error) {
    if (String((error as Error).message).startsWith('WRONGTYPE')) return 0;
    throw error;
  }
}
