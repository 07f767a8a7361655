import { promisify } from 'node:util';
import * as zlib from 'node:zlib';

/** A way to compress: as it is written in an entry, by its number. */
export interface Codec {
  /** In the entry. Never given to another. */
  readonly id: number;
  compress(value: Uint8Array, level: number | undefined): Promise<Uint8Array>;
  /** Rejects for what is malformed, and for what would be longer than `maxLength` bytes, before it is. */
  decompress(stored: Uint8Array, maxLength: number): Promise<Uint8Array>;
}

/** The compressions there are. */
export type Compression = 'brotli' | 'gzip' | 'zstd';

type Options = Record<string, unknown>;
type Work = (bytes: Uint8Array, options: Options, done: (error: Error | null, result: Buffer) => void) => void;

function codec(id: number, compress: Work, decompress: Work, optionsOf: (level: number | undefined) => Options): Codec {
  const compressing = promisify(compress);
  const decompressing = promisify(decompress);
  return {
    id,
    compress: async (value, level) => bytesOf(await compressing(value, optionsOf(level))),
    decompress: async (stored, maxLength) =>
      bytesOf(await decompressing(stored, { maxOutputLength: Math.max(1, maxLength) })),
  };
}

/** The same bytes, as no Buffer: callers get what they would get without compression. */
const bytesOf = ({ buffer, byteOffset, length }: Buffer) => new Uint8Array(buffer, byteOffset, length);

const { constants } = zlib;
// On JSON of 1 to 400 KB it is as fast as gzip's 6 and shorter; 11, zlib's own default, takes 6 to 200 times as long
// (bench/compression.mjs).
const brotliQuality = 4;

// zstd came with Node 22.15 and 23.8.
const zstd = zlib as unknown as { zstdCompress?: Work; zstdDecompress?: Work };
const zstdConstants = constants as unknown as { ZSTD_c_compressionLevel: number };

/** Those that this runtime has. */
export const codecs: Readonly<Partial<Record<Compression, Codec>>> = {
  gzip: codec(1, zlib.gzip as Work, zlib.gunzip as Work, (level) => (level === undefined ? {} : { level })),
  brotli: codec(2, zlib.brotliCompress as Work, zlib.brotliDecompress as Work, (level = brotliQuality) => ({
    params: { [constants.BROTLI_PARAM_QUALITY]: level },
  })),
  ...(zstd.zstdCompress && zstd.zstdDecompress
    ? {
        zstd: codec(3, zstd.zstdCompress, zstd.zstdDecompress, (level) =>
          level === undefined ? {} : { params: { [zstdConstants.ZSTD_c_compressionLevel]: level } },
        ),
      }
    : {}),
};
