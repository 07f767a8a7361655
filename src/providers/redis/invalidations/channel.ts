import type { InvalidationSink, InvalidationSource } from '../../../core/capabilities.js';
import { BackendError, ErrorCode } from '../../../core/errors.js';
import type { EventListener } from '../../../core/events.js';
import { reportCallbackError } from '../../../core/report.js';
import type { RedisCommands } from '../client.js';
import { backendError } from '../redis-error.js';
import { Heartbeat, type HeartbeatOptions } from './heartbeat.js';
import { Masters } from './masters.js';
import { channelOf } from './publisher.js';
import { Subscriber, type SubscriberEvents } from './subscriber.js';
import { channelSubscription, trackingSubscription } from './subscriptions.js';

/** What a {@link Channel} is made of. */
export interface ChannelOptions extends HeartbeatOptions {
  readonly name: string;
  readonly emit: EventListener | undefined;
  /** @throws CacheClosedError */
  readonly checkOpen: () => void;
}

/**
 * Tells listeners of every change of a key, over connections of its own: one, or one to each master of a Cluster. They
 * are there only while somebody listens. The channel is up when all of them are armed.
 */
export class Channel implements InvalidationSource {
  readonly #options: ChannelOptions;
  readonly #sinks = new Set<InvalidationSink>();
  readonly #subscribers = new Map<RedisCommands, Subscriber>();
  readonly #armed = new Set<RedisCommands>();
  readonly #heartbeat: Heartbeat;
  #masters: Masters | undefined;
  #isUp = false;
  #waiting: (() => void)[] = [];

  constructor(options: ChannelOptions) {
    this.#options = options;
    this.#heartbeat = new Heartbeat(options);
    options.link.onChange(() => this.#linkChanged());
  }

  async listen(sink: InvalidationSink): Promise<AsyncDisposable> {
    this.#options.checkOpen();
    // A wrapper of its own: the same sink may listen twice, and each ends alone.
    const entry: InvalidationSink = {
      keys: (keys) => sink.keys(keys),
      all: () => sink.all(),
      up: () => sink.up(),
      down: () => sink.down(),
    };
    this.#sinks.add(entry);
    if (this.#isUp) tell(entry, (each) => each.up());
    else this.#start();
    this.#options.link.ensure();
    return {
      [Symbol.asyncDispose]: async () => {
        if (this.#sinks.delete(entry) && this.#sinks.size === 0) this.#stop();
      },
    };
  }

  /** @throws BackendError where changes are not heard. */
  async prove(): Promise<void> {
    this.#options.checkOpen();
    if (!this.#isUp) throw new BackendError(ErrorCode.backendUnavailable, 'Changes are not heard now.');
    await this.#heartbeat.prove([...this.#subscribers.keys()]);
  }

  /** Resolves when it is up, or nobody listens. */
  async ready(): Promise<void> {
    if (this.#sinks.size === 0 || this.#isUp) return;
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** Tells the listeners that nothing more will come, and forgets them. */
  close(): void {
    this.#tell((sink) => sink.down());
    this.#sinks.clear();
    this.#stop();
  }

  /** Commands that go to another server from now on would change what the old one does not tell of (protocol rule 21). */
  #linkChanged(): void {
    if (this.#options.link.isOpen) {
      this.#start();
    } else if (this.#masters !== undefined) {
      this.#setUp(false);
      this.#drop();
    }
  }

  #start(): void {
    const { link } = this.#options;
    if (this.#sinks.size === 0 || !link.isOpen) return;
    this.#masters ??= new Masters(link.client, () => this.#follow());
    this.#follow();
  }

  /** Listens to the nodes that there are now, and to no others. */
  #follow(): void {
    const nodes = new Set(this.#nodes());
    for (const [node, subscriber] of this.#subscribers) {
      if (nodes.has(node)) continue;
      subscriber.close();
      this.#subscribers.delete(node);
      this.#armed.delete(node);
    }
    for (const node of nodes) if (!this.#subscribers.has(node)) this.#subscribers.set(node, this.#subscriber(node));
    this.#look();
  }

  /** All masters; without tracking any one of them, since it passes on what is published at another. */
  #nodes(): readonly RedisCommands[] {
    const nodes = this.#masters?.nodes() ?? [];
    if (this.#options.link.tracking) return nodes;
    return nodes
      .filter((node) => this.#subscribers.has(node))
      .concat(nodes)
      .slice(0, 1);
  }

  /** It is up while all are listened to. */
  #look(): void {
    const { size } = this.#subscribers;
    this.#setUp(size > 0 && this.#armed.size === size && this.#masters?.areKnown === true);
  }

  #subscriber(node: RedisCommands): Subscriber {
    const { link, instanceName } = this.#options;
    const begin = link.keyPrefix + instanceName;
    const all = () => this.#tell((sink) => sink.all());
    const heartbeat = this.#heartbeat;
    const prefixes = () => (heartbeat.prefix === undefined ? [begin] : [begin, heartbeat.prefix]);
    const subscription = link.tracking
      ? trackingSubscription(prefixes, {
          keys: (keys) => this.#changed(withoutStart(heartbeat.withoutBeats(node, keys), begin)),
          all,
        })
      : channelSubscription(channelOf(instanceName), {
          keys: (keys) => this.#changed(heartbeat.withoutBeats(node, keys)),
          all,
        });
    const events: SubscriberEvents = {
      armed: () => {
        this.#armed.add(node);
        this.#look();
      },
      lost: () => {
        this.#armed.delete(node);
        this.#look();
      },
      refused: (error) => this.#refused(error),
      failed: (error) => {
        this.#failed(error);
        this.#masters?.ask();
      },
    };
    return new Subscriber(node, subscription, events);
  }

  #refused(error: unknown): void {
    const { link } = this.#options;
    if (link.tracking) {
      link.refuseTracking(backendError(error));
      this.#restart();
    } else {
      this.#failed(error);
    }
  }

  #failed(error: unknown): void {
    const { emit, name } = this.#options;
    emit?.({ type: 'backendFailed', cache: name, key: '', operation: 'listen', error: backendError(error) });
  }

  #restart(): void {
    this.#setUp(false);
    this.#drop();
    this.#start();
  }

  #stop(): void {
    this.#isUp = false;
    this.#heartbeat.stop();
    this.#drop();
    this.#release();
  }

  #drop(): void {
    this.#masters?.close();
    this.#masters = undefined;
    for (const subscriber of this.#subscribers.values()) subscriber.close();
    this.#subscribers.clear();
    this.#armed.clear();
  }

  #setUp(isUp: boolean): void {
    if (this.#isUp === isUp) return;
    this.#isUp = isUp;
    if (!isUp) this.#heartbeat.stop();
    this.#tell((sink) => (isUp ? sink.up() : sink.down()));
    if (isUp) this.#release();
  }

  #release(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting = [];
  }

  #changed(keys: readonly string[]): void {
    if (keys.length > 0) this.#tell((sink) => sink.keys(keys));
  }

  #tell(message: (sink: InvalidationSink) => void): void {
    for (const sink of [...this.#sinks]) tell(sink, message);
  }
}

function withoutStart(keys: readonly string[], start: string): string[] {
  return keys.filter((key) => key.startsWith(start)).map((key) => key.slice(start.length));
}

function tell(sink: InvalidationSink, message: (sink: InvalidationSink) => void): void {
  try {
    message(sink);
  } catch (error) {
    reportCallbackError('an invalidation sink', error);
  }
}
