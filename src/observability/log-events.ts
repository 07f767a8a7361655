import { quote } from '../core/errors.js';
import type { CacheEvent, EventListener } from '../core/events.js';

/** What {@link logEvents} writes to: `console`, pino, winston and others fit. */
export interface Logger {
  /** Takes what happens all the time. */
  debug(message: string): void;
  /** Takes what is worth a look. */
  warn(message: string): void;
}

/**
 * A listener that writes each event as one line: what is worth a look as a warning, the rest for debugging. Lines hold
 * keys, never values.
 *
 * @example
 * const cache = new MemoryCache({ onEvent: logEvents(console) });
 */
export function logEvents(logger: Logger): EventListener {
  return (event) => {
    const line = `cache ${event.cache}: ${describe(event)}`;
    if (isWarning(event)) logger.warn(line);
    else logger.debug(line);
  };
}

function isWarning({ type }: CacheEvent): boolean {
  return warnings.has(type);
}

const warnings = new Set<CacheEvent['type']>([
  'rejected',
  'corrupt',
  'loadFailed',
  'backendFailed',
  'fallback',
  'breakerOpened',
  'breakerClosed',
  'removalsOverflowed',
  'coherenceLost',
]);

function describe(event: CacheEvent): string {
  const parts: string[] = [event.type];
  if ('key' in event) parts.push(quote(event.key));
  if ('operation' in event) parts.push(event.operation);
  if ('feature' in event) parts.push(event.feature);
  if ('reason' in event) parts.push(event.reason);
  if ('by' in event) parts.push(event.by);
  if ('bytes' in event) parts.push(`${event.bytes} bytes`);
  if ('durationMs' in event) parts.push(`${event.durationMs} ms`);
  if ('openMs' in event) parts.push(`${event.openMs} ms`);
  if ('limit' in event) parts.push(`${event.limit}`);
  if ('error' in event) parts.push(String(event.error));
  return parts.join(' ');
}
