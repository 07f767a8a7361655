import { ErrorCode, rangeError } from './errors.js';

/** .NET ticks (100 ns) between 0001-01-01T00:00:00Z and the Unix epoch: `DateTime.UnixEpoch.Ticks`. */
const unixEpochTicks = 621_355_968_000_000_000n;

/** The last time that .NET knows: `DateTime.MaxValue.Ticks`. */
export const lastTicks = 3_155_378_975_999_999_999n;

/** How many ticks a millisecond has. */
export const ticksPerMs = 10_000n;

/** A time in ms since the Unix epoch as UTC ticks of .NET. BigInt: ticks of today do not fit a double. */
export function ticksOf(time: number): bigint {
  return unixEpochTicks + BigInt(Math.trunc(time)) * ticksPerMs;
}

/** How many bytes a time takes where it is stored: an Int64, little-endian. */
const timeLength = 8;

/** Puts a time into the bytes, from `at` on. */
export function writeTicks(bytes: Uint8Array, at: number, ticks: bigint): void {
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).setBigInt64(at, ticks, true);
}

/** A time as the value of a key. */
export function ticksBytes(ticks: bigint): Uint8Array {
  const bytes = new Uint8Array(timeLength);
  writeTicks(bytes, 0, ticks);
  return bytes;
}

/** The time that is the value of a key; `undefined` for what is none. */
export function readTicks(bytes: Uint8Array | null | undefined): bigint | undefined {
  if (bytes?.byteLength !== timeLength) return undefined;
  const ticks = new DataView(bytes.buffer, bytes.byteOffset, timeLength).getBigInt64(0, true);
  return ticks < 0n ? undefined : ticks;
}

/** @throws RangeError `ERR_INVALID_ARGUMENT` unless there is room for a time in the value, from `at` on. */
export function checkStampPlace(value: Uint8Array, at: number | undefined): void {
  if (at === undefined) return;
  if (Number.isInteger(at) && at >= 0 && at + timeLength <= value.byteLength) return;
  const expected = `a place with ${timeLength} bytes of the value from it on`;
  throw rangeError(ErrorCode.invalidArgument, 'at', expected, `${at}, of ${value.byteLength} bytes`);
}
