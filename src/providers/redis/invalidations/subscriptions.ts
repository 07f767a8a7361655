import type { Subscription } from './subscriber.js';

/** What a subscription brings. */
export interface Messages {
  /** Keys as Redis knows them. */
  keys(redisKeys: readonly string[]): void;
  all(): void;
}

const invalidations = '__redis__:invalidate';
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Redis's own client-side caching in broadcast mode: a message for every change of a key that begins with a prefix, by
 * whomever, expirations and evictions too (https://redis.io/docs/latest/develop/reference/client-side-caching/).
 */
export function trackingSubscription(prefixes: () => readonly string[], messages: Messages): Subscription {
  return {
    async arm(connection) {
      const id = (await connection.client('ID')) as number;
      const named = prefixes().flatMap((prefix) => (prefix === '' ? [] : ['PREFIX', prefix]));
      await connection.client('TRACKING', 'ON', 'REDIRECT', id, 'BCAST', ...named);
      await connection.subscribe(invalidations);
    },
    event: 'messageBuffer',
    listener: (_channel, keys) => {
      // null: everything was removed.
      if (keys === null) messages.all();
      else messages.keys((keys as Uint8Array[]).map(textOf).filter((key) => key !== undefined));
    },
  };
}

/** The messages of a `Publisher`. */
export function channelSubscription(channel: string, messages: Messages): Subscription {
  return {
    arm: (connection) => connection.subscribe(channel),
    event: 'message',
    listener: (from, message) => {
      if (from !== channel) return;
      const keys = keysIn(message as string);
      // Somebody else's message on our channel may mean anything.
      if (keys === undefined) messages.all();
      else messages.keys(keys);
    },
  };
}

function keysIn(message: string): string[] | undefined {
  try {
    const keys: unknown = JSON.parse(message);
    return Array.isArray(keys) && keys.every((key) => typeof key === 'string') ? keys : undefined;
  } catch {
    return undefined;
  }
}

function textOf(key: Uint8Array): string | undefined {
  try {
    return decoder.decode(key);
  } catch {
    // No key of this library's.
    return undefined;
  }
}
