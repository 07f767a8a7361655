/** .NET ticks (100 ns) between 0001-01-01T00:00:00Z and the Unix epoch: `DateTime.UnixEpoch.Ticks`. */
const unixEpochTicks = 621_355_968_000_000_000n;

/** A time in ms since the Unix epoch as UTC ticks of .NET. BigInt: ticks of today do not fit a double. */
export function ticksOf(time: number): bigint {
  return unixEpochTicks + BigInt(Math.trunc(time)) * 10_000n;
}
