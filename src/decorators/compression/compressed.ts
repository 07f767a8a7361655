import type { DistributedCache } from '../../core/cache.js';
import { ErrorCode, rangeError, show, typeError } from '../../core/errors.js';
import type { EventOptions } from '../../core/events.js';
import { checkOptions, checkPositiveInteger } from '../../core/options.js';
import { type DecoratedCache, decorate } from '../decorate.js';
import { type Codec, type Compression, codecs } from './codecs.js';
import { isMarked, plain, unwrap, wrap } from './envelope.js';

export type { Compression } from './codecs.js';

/** Options of {@link compressed}. */
export interface CompressedOptions extends EventOptions {
  /**
   * `'zstd'` needs Node 22.15 or later, also to read what another process wrote so.
   *
   * @default 'brotli'
   */
  readonly compression?: Compression | undefined;
  /** The compression's own: 0 to 11 for brotli, 0 to 9 for gzip, 1 to 22 for zstd. @default 4 for brotli, else the codec's */
  readonly level?: number | undefined;
  /** The length of a value from which on it is compressed, in bytes. @default 1024 */
  readonly threshold?: number | undefined;
  /**
   * How long a value may be that is read, in bytes: what would become longer is not decompressed to its end, and counts as corrupt.
   *
   * @default 67108864 (64 MiB)
   */
  readonly maxDecompressedBytes?: number | undefined;
}

/**
 * A cache whose values are compressed where that makes them shorter. What is shorter than `threshold`, and what was stored
 * before, is read as it is. ASP.NET Core can not read what is compressed: leave it off where both share entries.
 *
 * What can't be decompressed (cut off, of a codec that this runtime lacks, too long) is a miss, with a `corrupt` event.
 *
 * @throws TypeError or RangeError `ERR_INVALID_OPTION`
 * @example
 * const cache = compressed(failOpen(new RedisCache({ connection })), { threshold: 2_048 });
 */
export function compressed(cache: DistributedCache, options: CompressedOptions = {}): DecoratedCache {
  checkOptions(options);
  const { compression = 'brotli', level } = options;
  const codec = codecOf(compression);
  const threshold = checkPositiveInteger(options.threshold ?? 1_024, 'threshold');
  const most = checkPositiveInteger(options.maxDecompressedBytes ?? 67_108_864, 'maxDecompressedBytes');
  checkLevel(compression, level);
  return decorate(cache, {
    name: 'compressed',
    onEvent: options.onEvent,
    async encode(value) {
      const { length } = value;
      if (length >= threshold && length <= most) {
        const body = await codec.compress(value, level);
        const stored = wrap({ codec: codec.id, length, body });
        if (stored.length < length) return stored;
      }
      return isMarked(value) ? wrap({ codec: plain, length, body: value }) : value;
    },
    async decode(stored) {
      const found = unwrap(stored);
      if (found === undefined) return stored;
      const { codec: id, length, body } = found;
      if (length > most) throw new RangeError(`a compressed value of ${length} bytes, at most ${most} are read`);
      const value = id === plain ? body : await withNumber(id).decompress(body, length);
      if (value.length !== length) throw new RangeError(`a value of ${value.length} bytes where ${length} were stored`);
      return value;
    },
  });
}

const levels: Readonly<Record<Compression, readonly [number, number]>> = {
  brotli: [0, 11],
  gzip: [0, 9],
  zstd: [1, 22],
};

function checkLevel(compression: Compression, level: number | undefined): void {
  const [least, most] = levels[compression];
  if (level === undefined || (Number.isInteger(level) && level >= least && level <= most)) return;
  throw rangeError(ErrorCode.invalidOption, 'level', `an integer from ${least} to ${most}`, show(level));
}

function codecOf(compression: Compression): Codec {
  if (!Object.hasOwn(levels, compression)) {
    throw typeError(ErrorCode.invalidOption, 'compression', "'brotli', 'gzip' or 'zstd'", show(compression));
  }
  const codec = codecs[compression];
  if (codec !== undefined) return codec;
  throw rangeError(ErrorCode.invalidOption, 'compression', 'one that this runtime has', show(compression));
}

function withNumber(id: number): Codec {
  const codec = Object.values(codecs).find((each) => each.id === id);
  if (codec === undefined) throw new RangeError(`a value of the codec ${id}, which this runtime lacks`);
  return codec;
}
