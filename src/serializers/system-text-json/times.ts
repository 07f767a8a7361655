const firstInstant = Date.parse('0001-01-01T00:00:00Z');
const lastInstant = Date.parse('9999-12-31T23:59:59.999Z');
const isInstant = (time: number) => time >= firstInstant && time <= lastInstant;

/** The text that .NET writes for this instant, or `undefined` where its `DateTime` has none. */
export function instantText(date: Date, zone: 'Z' | '+00:00'): string | undefined {
  if (!isInstant(date.getTime())) return undefined;
  // .NET writes no zeros at the end of the fraction.
  return date.toISOString().replace(/\.?0*Z$/, zone);
}

const instant = /^(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d)(?::(\d\d)(?:\.(\d{1,16}))?)?(Z|[+-]\d\d:\d\d)?)?$/;

/** The instant of a `DateTime` or a `DateTimeOffset`, cut to milliseconds. One that names no zone is taken as UTC, on every machine. */
export function readInstant(text: string): Date | undefined {
  const [, day, minutes = '00:00', seconds = '00', fraction = '', zone = 'Z'] = instant.exec(text) ?? [];
  if (day === undefined) return undefined;
  const clock = new Date(`${day}T${minutes}:${seconds}.${fraction.slice(0, 3).padEnd(3, '0')}Z`);
  // Neither the 30th of February nor the hour 24 may become another day.
  if (Number.isNaN(clock.getTime()) || !clock.toISOString().startsWith(day)) return undefined;
  const time = clock.getTime() - offsetOf(zone);
  return isInstant(time) ? new Date(time) : undefined;
}

function offsetOf(zone: string): number {
  if (zone === 'Z') return 0;
  const [hours, minutes] = zone.slice(1).split(':').map(Number) as [number, number];
  return (zone[0] === '-' ? -1 : 1) * (hours * 60 + minutes) * 60_000;
}
