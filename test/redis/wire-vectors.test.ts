import { expect, it } from 'vitest';
import { lifeText, storableLifetime } from '../../src/providers/redis/lifetime.js';
import { putLua, timeLua } from '../../src/providers/redis/scripts/head.js';
import { read, touch } from '../../src/providers/redis/scripts/scripts.js';
import { describeWithSharedRedis } from './servers/requirement.js';
import { decoded } from './servers/resp.js';
import { exists, serverTime, ticksOfMicroseconds, writeAsDotnet } from './stored.js';
import { rawClient } from './tools.js';
import { epochTicks, optionsOf, vectors } from './wire/recorded.js';

/** A time of the vectors as Redis's TIME tells it. Its resolution is a microsecond: a last digit of the ticks is cut off. */
const timeOf = (ticks: string) => {
  const microseconds = (BigInt(ticks) - epochTicks) / 10n;
  return { seconds: microseconds / 1_000_000n, rest: microseconds % 1_000_000n, ms: Number(microseconds / 1000n) };
};
const withoutLastDigit = (ticks: string) => (ticks === '-1' ? ticks : `${ticks.slice(0, -1)}0`);

/** A script whose TIME is the given one, which then also tells what it called: [its result, its commands as JSON]. */
function atTime(ticks: string | null, lua: string): string {
  const time = ticks === null ? undefined : timeOf(ticks);
  const fixed = time ? `if name == 'TIME' then return { '${time.seconds}', '${time.rest}' } end` : '';
  return `
    local server, calls = redis, {}
    local redis = setmetatable({
      call = function(name, ...)
        ${fixed}
        table.insert(calls, { name, ... })
        return server.call(name, ...)
      end,
      pcall = function(name, ...)
        table.insert(calls, { name, ... })
        return server.pcall(name, ...)
      end,
    }, { __index = server })
    local function script()
      ${lua}
    end
    return { script(), #calls == 0 and '[]' or cjson.encode(calls) }`;
}

describeWithSharedRedis('the scripts, at the time of a vector', ({ url, instanceName: prefix }) => {
  it.each(vectors.set)('$id is set', async ({ id, createdTicks, options, absexp, sldexp, dotnetExpireSeconds }) => {
    const raw = await rawClient(url);
    const key = `${prefix}${id}`;
    const life = lifeText(storableLifetime(optionsOf(options), timeOf(createdTicks).ms));
    const put = "return { put(KEYS[1], ARGV[1], ARGV[2]), redis.call('HGETALL', KEYS[1]) }";
    const lua = atTime(createdTicks, `${timeLua}${putLua}${put}`);
    const reply = decoded(await raw.command('EVAL', lua, 1, key, life, 'value')) as [[number, string[]], string];
    const [[stored, fields], json] = reply;
    expect(stored).toBe(1);
    // In the order of .NET, too.
    expect(fields).toEqual(['absexp', withoutLastDigit(absexp), 'sldexp', sldexp, 'data', 'value']);
    const calls = JSON.parse(json) as string[][];
    const ttl = calls.find(([command]) => command === 'PEXPIRE')?.[2];
    const { relativeMs, slidingMs = Infinity, absolute = '9999-12-31' } = options;
    const left = (BigInt(Date.parse(absolute)) * 10_000n + epochTicks - BigInt(createdTicks)) / 10_000n;
    const cap = relativeMs ?? (options.absolute === undefined ? Infinity : Number(left));
    const expected = Math.min(cap, slidingMs);
    expect(ttl).toBe(expected === Infinity ? undefined : String(expected));
    expect(dotnetExpireSeconds).toBe(expected === Infinity ? null : Math.trunc(expected / 1000));
  });

  it.each(vectors.refresh)('$id is touched', async ({ id, nowTicks, absexp, sldexp, ttlMs }) => {
    const raw = await rawClient(url);
    const key = `${prefix}${id}`;
    // R4 is one tick past a microsecond, which TIME can't tell; a whole microsecond past it comes to the same.
    const now = id === 'R4' ? '638396670000000010' : nowTicks;
    const scripts: [string, unknown][] = [
      [touch.lua, [1]],
      [read.lua, ['value']],
    ];
    for (const [lua, result] of scripts) {
      await writeAsDotnet(raw, key, { absexp, sldexp, data: 'value' }, 3_600);
      const reply = decoded(await raw.command('EVAL', atTime(now, lua), 1, key)) as [unknown, string];
      expect(reply[0]).toEqual(result);
      const expirations = (JSON.parse(reply[1]) as string[][]).filter(([command]) => command === 'PEXPIRE');
      expect(expirations).toEqual(ttlMs === null ? [] : [['PEXPIRE', key, String(ttlMs)]]);
      expect(await exists(raw, key)).toBe(ttlMs === null || ttlMs > 0);
    }
  });

  it('every time has the digits that it has in .NET', async () => {
    const raw = await rawClient(url);
    for (const ticks of [
      '638396640000000000',
      '638396640000000010',
      '638396640000009990',
      '638397092961234560',
      '655000000000000090',
    ]) {
      const lua = atTime(ticks, `${timeLua} return { ticks(0), ticks(1), ticks(86400000000) }`);
      const [told] = decoded(await raw.command('EVAL', lua, 0)) as [string[]];
      expect(told).toEqual([0n, 10_000n, 864_000_000_000_000n].map((later) => String(BigInt(ticks) + later)));
    }
    const before = ticksOfMicroseconds(await serverTime(raw));
    const now = BigInt(String(await raw.command('EVAL', `${timeLua} return ticks(0)`, 0)));
    expect(now).toBeGreaterThanOrEqual(before);
    expect(now).toBeLessThanOrEqual(ticksOfMicroseconds(await serverTime(raw)));
  });
});
