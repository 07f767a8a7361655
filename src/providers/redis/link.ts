import type { BackendState } from '../../core/door.js';
import type { EventListener } from '../../core/events.js';
import type { RedisCommands } from './client.js';
import { backendError, replyCode } from './redis-error.js';
import { loadScripts } from './script-loading.js';
import { prepareScripts } from './scripts/scripts.js';
import { ServerClock } from './server-clock.js';
import { probeServer } from './server-probe.js';
import type { ClientSource } from './source.js';

/** What a {@link Link} is made of. */
export interface LinkOptions {
  /** The cache's name, for events. */
  readonly name: string;
  readonly source: ClientSource;
  /** A key that nobody uses. */
  readonly probeKey: string;
  readonly emit: EventListener | undefined;
}

/**
 * The connection for commands: whether it can be used right now, and what the server can do. It is opened on first need.
 * When the client is ready the server is asked for its time, by a script, and only then the link is open: the first set
 * has to know that time, and all have to know whether there are scripts.
 */
export class Link {
  readonly clock = new ServerClock();
  /** Whether scripts can be run. */
  scripts = true;
  /** Whether the server may be asked to tell of changes. */
  tracking = true;
  /** What the client or the server failed with last, while the link is not open. */
  lastError: Error | undefined;
  readonly #options: LinkOptions;
  readonly #listeners = new Set<() => void>();
  #client: RedisCommands | undefined;
  #isOpen = false;
  #isSlotted = false;
  #refusal: Error | undefined;
  /** Whether an attempt to connect has failed, or a connection was lost, since the start. */
  #failed = false;
  /** Whether the server answered the last time that it was asked what it can do, and the answer was no. */
  #isRefused = false;
  readonly #toldFallbacks = new Set<string>();
  #begun = false;
  /** Counts the connections, so that the answer of an earlier one means nothing. */
  #connection = 0;
  /** Since when there is a connection that is not ready yet. */
  #connectedAt: number | undefined;
  #asking = false;
  #closed = false;
  #detach = () => {};

  constructor(options: LinkOptions) {
    this.#options = options;
  }

  /** Whether commands can be sent. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** The client, once the link was open. */
  get client(): RedisCommands {
    return this.#client as RedisCommands;
  }

  /** What the client puts before every key. */
  get keyPrefix(): string {
    return this.#client?.options?.keyPrefix ?? '';
  }

  /** Whether a script or a command may name keys of one slot only. */
  get isSlotted(): boolean {
    return this.#isSlotted;
  }

  /** Whether the client itself sends again what was under way when its connection was lost. */
  get sendsAgain(): boolean {
    return this.#client?.options?.autoResendUnfulfilledCommands === true;
  }

  get state(): BackendState {
    // A server that refuses what it is asked first is there: only who asks it again finds out that it has come to itself.
    if (this.#isOpen || this.#isRefused) return 'up';
    return this.#failed ? 'down' : 'connecting';
  }

  /** Why calls that need a connection are not to wait for one. */
  get refusal(): Error | undefined {
    return this.#refusal;
  }

  /** Calls back when the link was opened or lost, and when there is a new refusal. */
  onChange(listener: () => void): void {
    this.#listeners.add(listener);
  }

  /** Resolves when the link is open, be it at once. */
  async opened(): Promise<void> {
    if (this.#isOpen) return;
    await new Promise<void>((resolve) => {
      const look = () => {
        // Without a client there is nothing to wait for.
        if (!this.#isOpen && !this.#closed && this.#begun) return;
        this.#listeners.delete(look);
        resolve();
      };
      this.#listeners.add(look);
    });
  }

  /** Opens the connection, or asks the server again what it can do; at once and in the background. */
  ensure(): void {
    if (this.#closed || this.#isOpen) return;
    if (!this.#begun) {
      this.#begun = true;
      void this.#begin();
    } else if (this.#client !== undefined && isReady(this.#client)) {
      void this.#ask();
    }
  }

  /** The client answers nothing: a connection of our own is opened anew. */
  suspect(): void {
    if (this.#isOpen) this.#cut();
  }

  /** A call waited in vain. A server that took the connection and then says nothing is connected to anew, too. */
  overdue(): void {
    const { source } = this.#options;
    if (this.#isOpen || this.#connectedAt === undefined) return;
    if (performance.now() - this.#connectedAt >= source.connectTimeoutMs) this.#cut();
  }

  /** The server refused a script because there are none for this connection. */
  refuseScripts(error: unknown): void {
    if (!this.scripts) return;
    this.scripts = false;
    this.#tellFallback('scripts', error);
  }

  /** The server does not tell this connection of changes. */
  refuseTracking(error: unknown): void {
    if (!this.tracking) return;
    this.tracking = false;
    this.#tellFallback('tracking', error);
  }

  /** The server refused keys of several slots. */
  refuseSlots(error: unknown): void {
    if (this.#isSlotted) return;
    this.#isSlotted = true;
    this.#tellFallback('batches', error);
  }

  /** Closes what it opened, and lets go of what it was handed. */
  close(): void {
    const wasOpen = this.#isOpen;
    this.#closed = true;
    this.#isOpen = false;
    this.#detach();
    if (this.#options.source.owned) this.#end(wasOpen);
    this.#tell();
  }

  /** Ends our client, and what ioredis would keep the process for: it waits 2 s for a server's goodbye, even to a dead socket. */
  #end(isPolite: boolean): void {
    const client: Streaming | undefined = this.#client;
    client?.disconnect();
    if (isPolite || !client?.stream) return;
    if (client.stream.closed) client.stream.emit('close');
    else client.stream.destroy();
  }

  /** At once: a client that ends a connection politely waits for a server that says nothing. */
  #cut(): void {
    const client: Streaming | undefined = this.#client;
    if (!this.#options.source.owned || client === undefined || client.isCluster) return;
    if (client.stream) client.stream.destroy();
    else client.disconnect(true);
    this.#lost();
  }

  async #begin(): Promise<void> {
    try {
      await prepareScripts();
      this.#attach(await this.#options.source.open());
    } catch (error) {
      // Nothing was opened, and nothing is down: the next call tries again, once ioredis is installed.
      this.#begun = false;
      this.#refuse(error as Error);
      this.#failed = false;
    }
  }

  #attach(client: RedisCommands): void {
    if (this.#closed) {
      if (this.#options.source.owned) client.disconnect();
      return;
    }
    this.#client = client;
    this.#isSlotted = client.isCluster === true;
    const listeners: Record<string, (error?: unknown) => void> = {
      connect: () => {
        this.#connectedAt = performance.now();
      },
      ready: () => void this.#ready(),
      close: () => this.#lost(),
      end: () => this.#lost(new Error('The client was closed.')),
      error: (error) => this.#clientFailed(error as Error),
    };
    for (const [event, listener] of Object.entries(listeners)) client.on(event, listener);
    this.#detach = () => {
      for (const [event, listener] of Object.entries(listeners)) client.removeListener(event, listener);
      // A client that is being closed may still fail at something, and nobody is left to be told.
      if (this.#options.source.owned) client.on('error', () => {});
    };
    if (isReady(client)) void this.#ask();
    else if (client.status === 'wait') {
      client.connect().catch((error: Error) => {
        // 'error' says why a connection failed, and this often only that it is closed.
        if (this.lastError === undefined) this.#clientFailed(error);
      });
    } else if (client.status === 'end') this.#lost(new Error('The client was closed.'));
    else if (client.status === 'close' || client.status === 'reconnecting') this.#failed = true;
  }

  async #ready(): Promise<void> {
    const client = this.#client as RedisCommands;
    const instead = await this.#other(client);
    // Meanwhile it may have been lost, and become ready again.
    if (this.#client !== client || this.#closed) instead?.disconnect();
    else if (instead === undefined) await this.#ask();
    else {
      this.#detach();
      client.disconnect();
      this.#attach(instead);
    }
  }

  /** The client to use where the one endpoint that was named is a node of a Cluster. */
  async #other(client: RedisCommands): Promise<RedisCommands | undefined> {
    try {
      return await this.#options.source.instead?.(client);
    } catch {
      // Who may not ask what the server is takes it for what it was called; the probe tells of all that matters.
      return undefined;
    }
  }

  /** Asks for the server's time, and thereby whether it runs scripts. */
  async #ask(): Promise<void> {
    if (this.#asking) return;
    this.#asking = true;
    const connection = ++this.#connection;
    loadScripts(this.client);
    const answer = await probeServer(this.client, this.#options.probeKey).catch((error: Error) => error);
    if (connection !== this.#connection || this.#closed) return;
    this.#asking = false;
    if (answer instanceof Error) {
      this.#isRefused = true;
      return this.#refuse(answer);
    }
    if (answer.time !== undefined) this.clock.heard(answer.time);
    if (answer.noScripts === undefined) this.scripts = true;
    else this.refuseScripts(answer.noScripts);
    if (answer.noTracking !== undefined) this.refuseTracking(answer.noTracking);
    this.#isOpen = true;
    this.#isRefused = false;
    this.#connectedAt = undefined;
    this.#failed = false;
    this.#refusal = undefined;
    this.lastError = undefined;
    this.#tell();
  }

  #lost(error?: Error): void {
    this.#connection++;
    this.#asking = false;
    this.#isOpen = false;
    this.#isRefused = false;
    this.#connectedAt = undefined;
    this.#failed = true;
    if (error !== undefined) this.#refusal = backendError(this.lastError ?? error);
    this.#tell();
  }

  #clientFailed(error: Error): void {
    this.lastError = backendError(error, this.#options.source.hints);
    this.#failed = true;
    // A wrong password is wrong at the next attempt too: nothing is to wait for it.
    if (!this.#isOpen && ['NOAUTH', 'WRONGPASS', 'NOPERM', 'ERR'].includes(replyCode(error))) {
      this.#refuse(this.lastError);
    }
  }

  #refuse(error: Error): void {
    this.lastError = error;
    this.#refusal = error;
    this.#failed = true;
    this.#tell();
    // What the server refused once it may grant the next time: a call that comes later asks again.
    if (this.#client !== undefined && isReady(this.#client)) this.#refusal = undefined;
    if (this.#client === undefined) this.#refusal = undefined;
  }

  #tellFallback(feature: 'scripts' | 'tracking' | 'batches', error: unknown): void {
    if (this.#toldFallbacks.has(feature)) return;
    this.#toldFallbacks.add(feature);
    this.#options.emit?.({ type: 'fallback', cache: this.#options.name, feature, error });
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}

interface Stream {
  readonly closed: boolean;
  destroy(): void;
  emit(event: string): void;
  cork?(): void;
  uncork?(): void;
}

/** The socket of ioredis and iovalkey, which their types keep to themselves. */
interface Streaming extends RedisCommands {
  readonly stream?: Stream | null | undefined;
}

const isReady = ({ status }: RedisCommands) => status === undefined || status === 'ready';
