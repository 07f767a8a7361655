import type { RedisCommands, RedisSubscriber } from '../client.js';
import { isCommandRefusal } from '../redis-error.js';

// Between two attempts to connect, in ms.
const longestDelay = 500;

/** What a {@link Subscriber} tells. */
export interface SubscriberEvents {
  /** From now on every message comes. */
  armed(): void;
  /** Messages may be lost from now on. */
  lost(): void;
  /** The server does not allow what was asked for. */
  refused(error: unknown): void;
  /** Messages can't be had right now; it is tried again. */
  failed(error: unknown): void;
}

/** How a {@link Subscriber} listens on its connection. */
export interface Subscription {
  /** Asks for the messages. Called on every new connection. */
  arm(connection: RedisSubscriber): Promise<unknown>;
  /** The event of the client that brings them, and what is done with it. */
  readonly event: string;
  readonly listener: (...args: unknown[]) => void;
}

/**
 * A connection that only listens, beside the one for commands. It connects again by itself, and asks for its messages
 * anew each time: only the server's answer to that says that none is missed from then on (protocol rule 22).
 */
export class Subscriber {
  readonly #connection: RedisSubscriber;
  #count = 0;
  #closed = false;

  constructor(node: RedisCommands, subscription: Subscription, events: SubscriberEvents) {
    // RESP2: with RESP3 the messages come as pushes, which ioredis does not hand on. Nothing is subscribed to or sent again
    // by the client itself: that would come before tracking is on, or beside the arming of the new connection.
    this.#connection = node.duplicate({
      protocol: 2,
      autoResubscribe: false,
      autoResendUnfulfilledCommands: false,
      retryStrategy: untilClosed(node.options),
      lazyConnect: false,
      enableOfflineQueue: true,
      maxRetriesPerRequest: null,
    });
    const connection = this.#connection;
    const arm = async () => {
      const count = ++this.#count;
      try {
        await subscription.arm(connection);
        if (count === this.#count && !this.#closed) events.armed();
      } catch (error) {
        if (count !== this.#count || this.#closed) return;
        if (isCommandRefusal(error)) return events.refused(error);
        events.failed(error);
        connection.disconnect(true);
      }
    };
    connection.on(subscription.event, (...args: unknown[]) => {
      if (!this.#closed) subscription.listener(...args);
    });
    connection.on('ready', () => void arm());
    connection.on('close', () => {
      this.#count++;
      if (!this.#closed) events.lost();
    });
    connection.on('error', (error: unknown) => {
      if (!this.#closed) events.failed(error);
    });
    if (connection.status === 'wait') connection.connect().catch(events.failed);
    else if (connection.status === undefined || connection.status === 'ready') void arm();
  }

  close(): void {
    this.#closed = true;
    this.#connection.disconnect();
  }
}

/**
 * When to connect again: as the client does, but without ever giving up. The clients of a Cluster's nodes never connect
 * again by themselves, since the Cluster's does it for them; nobody does it for this connection.
 */
function untilClosed(options: object | undefined): (attempt: number) => number {
  const { retryStrategy } = (options ?? {}) as { retryStrategy?: unknown };
  return (attempt) => {
    const delay: unknown = typeof retryStrategy === 'function' ? retryStrategy(attempt) : undefined;
    return typeof delay === 'number' ? delay : Math.min(attempt * 50, longestDelay);
  };
}
