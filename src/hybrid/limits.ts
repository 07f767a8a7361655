import type { Parts } from './parts.js';

/** Whether an entry may be stored, by the limits of the cache; an event tells what may not. */
export function fits({ emit, name, settings }: Parts, key: string, payload: Uint8Array): boolean {
  const reason =
    key.length > settings.maxKeyLength
      ? 'keyTooLong'
      : payload.byteLength > settings.maxPayloadBytes
        ? 'tooLarge'
        : undefined;
  if (reason === undefined) return true;
  emit?.({ type: 'rejected', cache: name, key, reason });
  return false;
}
