import type { EventListener } from '../../../core/events.js';
import type { Link } from '../link.js';
import { backendError } from '../redis-error.js';

/** What a {@link Publisher} is made of. */
export interface PublisherOptions {
  readonly name: string;
  readonly instanceName: string;
  readonly link: Link;
  readonly emit: EventListener | undefined;
}

/** The channel on which processes tell each other what they changed, where the server does not tell it. */
export const channelOf = (instanceName: string) => `${instanceName}__distributed-cache:changed__`;

/**
 * Tells other processes what this one changed, where the server may not be asked to track it. The keys of one tick go in
 * one message, after the changes were answered.
 */
export class Publisher {
  readonly #options: PublisherOptions;
  #keys: string[] = [];

  constructor(options: PublisherOptions) {
    this.#options = options;
  }

  /** @param keys - As Redis knows them, but for what the client puts before them. */
  changed(keys: readonly string[]): void {
    const { link } = this.#options;
    if (link.tracking || !link.isOpen) return;
    if (this.#keys.length === 0) queueMicrotask(() => this.#publish());
    this.#keys.push(...keys);
  }

  #publish(): void {
    const { name, instanceName, link, emit } = this.#options;
    const keys = this.#keys.map((key) => key.slice(instanceName.length));
    this.#keys = [];
    link.client.publish(channelOf(instanceName), JSON.stringify(keys)).catch((error: unknown) => {
      emit?.({
        type: 'backendFailed',
        cache: name,
        key: keys[0] as string,
        operation: 'listen',
        error: backendError(error),
      });
    });
  }
}
