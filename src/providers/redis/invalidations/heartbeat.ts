import type { Clock } from '../../../core/clock.js';
import { BackendError, ErrorCode } from '../../../core/errors.js';
import type { RedisCommands } from '../client.js';
import type { Link } from '../link.js';
import { backendError, isKeyRefusal, timeoutError } from '../redis-error.js';
import { slotOf } from '../slots.js';
import { channelOf } from './publisher.js';

/** What the keys of all heartbeats begin with, and their messages on a channel: no entry's key does. */
const start = '__distributed-cache:alive__:';

// How long a key of a heartbeat lives, in ms: it is written again long before.
const keyLifetimeMs = 60_000;
// After how many keys without one for a node it is taken to hold none of the slots that this client may write to.
const mostTries = 5_000;

/** A client of a Cluster knows which node holds which slot. */
interface SlotTable extends RedisCommands {
  readonly slots?: readonly (readonly string[] | undefined)[];
}

/** What a {@link Heartbeat} is made of. */
export interface HeartbeatOptions {
  readonly instanceName: string;
  readonly link: Link;
  readonly clock: Clock;
  /** How long a message may be under way, in ms. */
  readonly timeoutMs: number;
}

/** The beats that are waited for. */
interface Beat {
  readonly awaited: Map<RedisCommands, string>;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Proves that changes are still told: a key of this process's own is written in the way in which all commands go, and the message
 * of that must come over the connection that listens to the same node (protocol rule 24). Its key has a prefix of its own,
 * so that other processes do not hear it, unless all keys are listened to anyway.
 */
export class Heartbeat {
  readonly #options: HeartbeatOptions;
  readonly #id = crypto.randomUUID();
  /** A beat that was given up may be heard late: the next ones have other keys. */
  #generation = 0;
  #beat: Beat | undefined;
  #last: Promise<void> = Promise.resolve();
  /** Whether keys outside the cache's own prefix may not be written. */
  #isInside: boolean;

  constructor(options: HeartbeatOptions) {
    this.#options = options;
    const { instanceName } = options;
    this.#isInside = instanceName === '' || start.startsWith(instanceName) || instanceName.startsWith(start);
  }

  /** The prefix that has to be listened to beside the cache's own, as Redis knows it. */
  get prefix(): string | undefined {
    return this.#isInside ? undefined : this.#options.link.keyPrefix + start + this.#id;
  }

  /**
   * Resolves once a beat was heard from each node that was sent after the call. One at a time: a beat that was sent earlier proves
   * nothing for a later call.
   */
  prove(nodes: readonly RedisCommands[]): Promise<void> {
    const proof = this.#last.catch(() => {}).then(() => this.#prove(nodes));
    this.#last = proof;
    return proof;
  }

  /** Takes the messages of heartbeats out, whoever's they are. */
  withoutBeats(node: RedisCommands, redisKeys: readonly string[]): readonly string[] {
    const { link, instanceName } = this.#options;
    const [outside, inside] = [link.keyPrefix + start, link.keyPrefix + instanceName + start];
    return redisKeys.filter((key) => {
      const isBeat = key.startsWith(outside) || key.startsWith(inside);
      if (isBeat) this.#heard(node, key);
      return !isBeat;
    });
  }

  /** Messages may have been lost. */
  stop(): void {
    this.#beat?.reject(new BackendError(ErrorCode.backendUnavailable, 'Changes are not heard any more.'));
  }

  #heard(node: RedisCommands, key: string): void {
    const beat = this.#beat;
    if (beat?.awaited.get(node) !== key) return;
    beat.awaited.delete(node);
    if (beat.awaited.size === 0) beat.resolve();
  }

  async #prove(nodes: readonly RedisCommands[]): Promise<void> {
    const { clock, timeoutMs, link } = this.#options;
    let timer: unknown;
    try {
      await new Promise<void>((resolve, reject) => {
        timer = clock.setTimeout(() => reject(timeoutError(timeoutMs, link.lastError)), timeoutMs);
        const beat: Beat = { awaited: new Map(), resolve, reject };
        this.#beat = beat;
        for (const node of nodes) this.#send(node, beat);
        if (beat.awaited.size === 0) resolve();
      });
    } catch (error) {
      this.#generation++;
      throw error;
    } finally {
      clock.clearTimeout(timer);
      this.#beat = undefined;
    }
  }

  #send(node: RedisCommands, beat: Beat): void {
    const { link, instanceName } = this.#options;
    const { client } = link;
    const key = link.tracking ? this.#keyAt(node) : `${start}${this.#id}:${++this.#generation}`;
    if (key === undefined) return;
    const wasInside = this.#isInside;
    beat.awaited.set(node, link.keyPrefix + key);
    const sent = link.tracking
      ? client.set(key, '', 'PX', keyLifetimeMs)
      : client.publish(channelOf(instanceName), JSON.stringify([link.keyPrefix + key]));
    sent.catch((error: unknown) => {
      if (isKeyRefusal(error) && link.tracking && !wasInside) {
        // Only keys of the cache's own prefix may be written.
        this.#isInside = true;
        this.#send(node, beat);
      } else {
        beat.reject(backendError(error));
      }
    });
  }

  /** A key that this node holds; `undefined` where it holds none that may be written. */
  #keyAt(node: RedisCommands): string | undefined {
    const { link, instanceName } = this.#options;
    const { slots, isCluster } = link.client as SlotTable;
    const begin = `${this.#isInside ? instanceName : ''}${start}${this.#id}:${this.#generation}`;
    if (isCluster !== true) return begin;
    const { host, port } = (node.options ?? {}) as { readonly host?: string; readonly port?: number };
    for (let i = 0; i < mostTries; i++) {
      const key = `${begin}{${i}}`;
      if (slots?.[slotOf(link.keyPrefix + key)]?.[0] === `${host}:${port}`) return key;
    }
    return undefined;
  }
}
