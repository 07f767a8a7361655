const ticksPerMs = 10_000;
const mostTicks = 2n ** 63n - 1n;
const leastTicks = -(2n ** 63n);
const units = [86_400n, 3_600n, 60n, 1n].map((seconds) => seconds * 10_000_000n) as [bigint, bigint, bigint, bigint];

/** A finite number of milliseconds as .NET's constant format has it, or `undefined` where it is longer than a `TimeSpan` can be. */
export function timeSpanText(ms: number): string | undefined {
  const ticks = ticksOf(ms);
  if (ticks === undefined) return undefined;
  let rest = ticks < 0n ? -ticks : ticks;
  const [days, hours, minutes, seconds] = units.map((unit) => {
    const count = rest / unit;
    rest %= unit;
    return count;
  }) as [bigint, bigint, bigint, bigint];
  const clock = [hours, minutes, seconds].map((count) => String(count).padStart(2, '0')).join(':');
  const fraction = rest === 0n ? '' : `.${String(rest).padStart(7, '0')}`;
  return `${ticks < 0n ? '-' : ''}${days === 0n ? '' : `${days}.`}${clock}${fraction}`;
}

function ticksOf(ms: number): bigint | undefined {
  const whole = Math.trunc(ms);
  const ticks = BigInt(whole) * BigInt(ticksPerMs) + BigInt(Math.round((ms - whole) * ticksPerMs));
  // The number next to TimeSpan.MaxValue is a little more, and is what reading it gave.
  if (ticks > mostTicks) return ms <= msOf(mostTicks) ? mostTicks : undefined;
  if (ticks < leastTicks) return ms >= msOf(leastTicks) ? leastTicks : undefined;
  return ticks;
}

const msOf = (ticks: bigint) => Number(ticks) / ticksPerMs;

const constant = /^(-)?(?:(\d{1,8})\.)?(\d\d):(\d\d):(\d\d)(?:\.(\d{1,7}))?$/;

/** The milliseconds of a `TimeSpan` in the constant format, to the tick for 17 years and longer ones to a tenth of a millisecond. */
export function readTimeSpan(text: string): number | undefined {
  const [, sign, ...counts] = constant.exec(text) ?? [];
  const [days = '0', hours, minutes, seconds, fraction = ''] = counts;
  if (Number(hours) > 23 || Number(minutes) > 59 || !(Number(seconds) <= 59)) return undefined;
  const size = [days, hours, minutes, seconds].reduce(
    (sum, count, i) => sum + BigInt(count as string) * (units[i] as bigint),
    BigInt(fraction.padEnd(7, '0')),
  );
  const ticks = sign === undefined ? size : -size;
  return ticks > mostTicks || ticks < leastTicks ? undefined : msOf(ticks);
}
