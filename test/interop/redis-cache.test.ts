import { setTimeout as sleep } from 'node:timers/promises';
import { getJson, getString, type LeaseOperations, setJson, setString } from 'distributed-cache';
import { RedisCache } from 'distributed-cache/redis';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startRedis } from '../redis/servers/redis-server.js';
import { type Dotnet, startDotnet } from './dotnet-process.js';
import { expirations } from './expirations.js';
import type { Packages } from './packages.js';
import { describeWithDotnet } from './requirement.js';
import { dotnetSide, dotnetTicks, type Expiration, nodeSide, storedAt } from './sides.js';

// A real ASP.NET Core process and a Node process on one real Redis: each reads, slides, replaces and removes what the
// other stored. `redis` is neither: what it sees is what is stored.
const instanceName = 'app:';
const second = 1_000;
const minute = 60_000;

// Of the set of packages whose turn it is.
let dotnet: Dotnet;
let node: RedisCache;
let redis: Redis;
let url: string;
const ends: (() => unknown)[] = [];

const theirs = dotnetSide(() => dotnet.cache);
const ours = nodeSide(() => node);
const directions = [
  { writer: theirs, reader: ours, from: '.NET', to: 'Node' },
  { writer: ours, reader: theirs, from: 'Node', to: '.NET' },
];
const sides = [theirs, ours];

const bytes = (text: string) => new TextEncoder().encode(text);
const stored = (key: string) => storedAt(redis, instanceName + key);
const life = (key: string) => redis.pttl(instanceName + key);
const shorten = (key: string, ms: number) => redis.pexpire(instanceName + key, ms);
const exists = async (key: string) => (await redis.exists(instanceName + key)) === 1;

/** Byte for byte; of large arrays no difference is printed. */
function expectSame(actual: Uint8Array | undefined, expected: Uint8Array): void {
  expect(actual?.length).toBe(expected.length);
  expect(Buffer.compare(actual as Uint8Array, expected)).toBe(0);
}

/** That the key has `ms` of life, counted from `since`; .NET may have cut it to whole seconds. */
async function expectLife(key: string, ms: number, { since, cut }: { since: number; cut?: boolean }): Promise<void> {
  const left = await life(key);
  const passed = Date.now() - since;
  expect(left).toBeLessThanOrEqual(ms + tolerance);
  expect(left).toBeGreaterThanOrEqual(ms - passed - (cut ? second : 0) - tolerance);
}
// What the clocks of a server, of .NET and of Node may differ by when they are read, all being one machine's.
const tolerance = 10;

describeWithDotnet('IDistributedCache', (packages) => describe.concurrent('', () => sharedByBoth(packages)));

function sharedByBoth(packages: Packages): void {
  beforeAll(async () => {
    const server = await startRedis();
    ends.push(() => server.stop());
    url = server.url;
    redis = new Redis(url);
    ends.push(() => redis.disconnect());
    node = new RedisCache({ connection: url, instanceName });
    ends.push(() => node.close());
    dotnet = await startDotnet({ packages, redisPort: server.port, instanceName });
    ends.push(() => dotnet.stop());
    // The first call of each connects, which takes time that no entry has.
    for (const side of sides) await side.get('first');
  }, 330_000);

  afterAll(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  });

  for (const { writer, reader, from, to } of directions) {
    describe(`from ${from} to ${to}`, () => {
      // The slow ones first: these alone wait for real time to pass.
      it('a sliding entry lives while both touch it by turns, and not when both stop', async () => {
        const key = `turns of ${from}`;
        await writer.set(key, bytes('kept'), { slidingMs: 2 * second });
        const turns = [() => ours.get(key), () => theirs.refresh(key), () => theirs.get(key), () => ours.refresh(key)];
        let touching = 0;
        for (const turn of turns) {
          await sleep(1_200);
          expect(await exists(key)).toBe(true);
          touching = performance.now();
          await turn();
        }
        const touched = performance.now();
        await gone(key);
        expect(performance.now() - touching).toBeGreaterThan(2 * second - tolerance);
        expect(performance.now() - touched).toBeLessThan(4 * second);
        for (const side of sides) expect(await side.get(key)).toBeUndefined();
      });

      for (const cap of ['relative', 'absolute']) {
        it(`a sliding entry ends at its ${cap} cap, while both read it`, async () => {
          const key = `${cap} cap of ${from}`;
          const setting = Date.now();
          const capped = cap === 'relative' ? { relativeMs: 3 * second } : { absolute: new Date(setting + 3 * second) };
          await writer.set(key, bytes('capped'), { slidingMs: 2 * second, ...capped });
          const set = Date.now();
          for (let reads = 0; await sides[reads % 2]?.get(key); reads++) await sleep(250);
          expect(Date.now() - setting).toBeGreaterThan(3 * second - tolerance);
          expect(Date.now() - set).toBeLessThan(5 * second);
        });
      }

      it('an entry is over for both when it is over', async () => {
        const key = `short of ${from}`;
        const setting = performance.now();
        await writer.set(key, bytes('short'), { relativeMs: 2 * second });
        const set = performance.now();
        expectSame(await reader.get(key), bytes('short'));
        await gone(key);
        expect(performance.now() - setting).toBeGreaterThan(2 * second - tolerance);
        expect(performance.now() - set).toBeLessThan(4 * second);
        for (const side of sides) expect(await side.get(key)).toBeUndefined();
      });

      const values = {
        'no bytes': new Uint8Array(0),
        'every byte': Uint8Array.from({ length: 256 }, (_, i) => i),
        'text in UTF-8': bytes('größer — ключ 🔑\r\n\0'),
        '5 MB': Uint8Array.from({ length: 5 * 1024 * 1024 }, (_, i) => (i * 31 + (i >> 8)) & 255),
      };
      for (const [what, value] of Object.entries(values)) {
        it(`the value is the same: ${what}`, async () => {
          const key = `${what} of ${from}`;
          await writer.set(key, value);
          expectSame(await reader.get(key), value);
          expectSame((await stored(key)).data as Buffer, value);
        });
      }

      it('a hundred in one tick', async () => {
        const many = Array.from({ length: 100 }, (_, i) => ({
          key: `${i} of ${from}`,
          value: bytes(`${from} ${i}`),
          expiration: [{}, { relativeMs: minute }, { slidingMs: minute }][i % 3] as Expiration,
        }));
        await Promise.all(many.map(({ key, value, expiration }) => writer.set(key, value, expiration)));
        await Promise.all(many.map(({ key }, i) => i % 3 === 2 && shorten(key, 10 * second)));
        const read = await Promise.all(many.flatMap(({ key }) => [reader.get(key), reader.get(`no ${key}`)]));
        for (const [i, { key, value }] of many.entries()) {
          expectSame(read[2 * i], value);
          expect(read[2 * i + 1]).toBeUndefined();
          if (i % 3 === 2) await livesLonger(key, 10 * second);
        }
      });

      for (const { what, expiration, end, window } of expirations) {
        const lasts = Math.min(end ?? Infinity, window ?? Infinity);

        it(`stored with ${what}: fields and life, and what a touch of either side does to them`, async () => {
          const key = `${what} of ${from}`;
          const value = bytes(key);
          const setting = Date.now();
          const given = expiration(setting);
          await writer.set(key, value, given);
          // How much later than `setting` the writer may have counted from.
          const spread = given.relativeMs === undefined ? 0 : Date.now() - setting;

          const fields = await stored(key);
          const { absexp, ...others } = fields;
          expect(others).toEqual({ sldexp: window === undefined ? '-1' : `${window}0000`, data: Buffer.from(value) });
          if (end === undefined) expect(absexp).toBe('-1');
          else if (given.relativeMs === undefined) expect(absexp).toBe(`${dotnetTicks(setting + end)}`);
          else {
            expect(absexp).toMatch(/^\d{18}$/);
            expect(BigInt(absexp as string)).toBeGreaterThanOrEqual(dotnetTicks(setting + end - tolerance));
            expect(BigInt(absexp as string)).toBeLessThanOrEqual(dotnetTicks(setting + end + spread + tolerance));
          }
          if (lasts === Infinity) expect(await life(key)).toBe(-1);
          // .NET cuts an absolute time to whole seconds when it stores an entry.
          else await expectLife(key, lasts, { since: setting, cut: writer === theirs });

          for (const touch of ['get', 'refresh'] as const) {
            for (const side of [reader, writer]) {
              const shortening = Date.now();
              if (lasts !== Infinity) await shorten(key, 20 * second);
              const touching = Date.now();
              const result = await side[touch](key);
              if (touch === 'get') expectSame(result as Uint8Array, value);
              if (lasts === Infinity) expect(await life(key)).toBe(-1);
              else if (window === undefined) await expectLife(key, 20 * second, { since: shortening });
              else {
                // It lives for its window again, up to its end.
                await livesLonger(key, 20 * second);
                const left = Math.min(window, end === undefined ? Infinity : setting + end - touching);
                await expectLife(key, left + spread, { since: touching - spread });
              }
            }
          }
          expect(await stored(key)).toEqual(fields);
        });
      }

      for (const [what, expiration] of [
        ['a relative end', { relativeMs: minute }],
        ['a window', { slidingMs: minute }],
      ] as const) {
        it(`an entry without expiration is overwritten with ${what}`, async () => {
          const key = `${what} over none of ${from}`;
          await writer.set(key, bytes('first'));
          const since = Date.now();
          await reader.set(key, bytes('second'), expiration);
          await expectLife(key, minute, { since });
          expectSame(await writer.get(key), bytes('second'));
          expect(Object.keys(await stored(key)).sort()).toEqual(['absexp', 'data', 'sldexp']);
        });

        it(`an entry with ${what} is overwritten with an absolute end`, async () => {
          const key = `absolute over ${what} of ${from}`;
          await writer.set(key, bytes('first'), expiration);
          const since = Date.now();
          const absolute = new Date(since + 2 * minute);
          await reader.set(key, bytes('second'), { absolute });
          await expectLife(key, 2 * minute, { since, cut: reader === theirs });
          expectSame(await writer.get(key), bytes('second'));
          const whole = { absexp: `${dotnetTicks(absolute.getTime())}`, sldexp: '-1', data: Buffer.from('second') };
          expect(await stored(key)).toEqual(whole);
        });

        it(`an entry with ${what} is overwritten without expiration`, async () => {
          const key = `none over ${what} of ${from}`;
          const since = Date.now();
          await writer.set(key, bytes('first'), expiration);
          await reader.set(key, bytes('second'));
          expectSame(await writer.get(key), bytes('second'));
          expect(await stored(key)).toEqual({ absexp: '-1', sldexp: '-1', data: Buffer.from('second') });
          if (reader === ours) expect(await life(key)).toBe(-1);
          // A defect of .NET: an entry stored without expiration keeps the life of the one before.
          else await expectLife(key, minute, { since });
        });
      }

      it('an entry is removed, for both', async () => {
        const key = `removed, of ${from}`;
        await writer.set(key, bytes('1'), { slidingMs: minute });
        await reader.remove(key);
        expect(await exists(key)).toBe(false);
        for (const side of sides) {
          expect(await side.get(key)).toBeUndefined();
          await side.refresh(key);
          await side.remove(key);
        }
        expect(await exists(key)).toBe(false);
      });
    });
  }

  describe('keys', () => {
    const keys = [
      '',
      'ключ 🔑',
      'e\u0301',
      '\u00e9',
      '\0',
      ' a  b ',
      '\r\n',
      '%2F?&=#+/../',
      '__proto__',
      'ꙮ'.repeat(300),
    ];
    keys.push('\u202eabc', 'K', 'k', '\u{10ffff}', '{slot}:a', '*?[a-z]\\');
    it('are any Unicode, each its own, in both directions', async () => {
      for (const { writer, reader, from } of directions) {
        await Promise.all(keys.map((key) => writer.set(key, bytes(`${from}: ${key}`))));
        for (const key of keys) {
          expectSame(await reader.get(key), bytes(`${from}: ${key}`));
          expectSame((await stored(key)).data as Buffer, bytes(`${from}: ${key}`));
        }
        await Promise.all(keys.map((key) => reader.remove(key)));
        for (const key of keys) expect(await exists(key)).toBe(false);
      }
    });

    it('follow the instance name with nothing between', async () => {
      await theirs.set('joined', bytes('1'));
      for (const [name, key] of [
        ['', 'app:joined'],
        ['app', ':joined'],
        ['app:jo', 'ined'],
      ] as const) {
        const other = new RedisCache({ connection: url, instanceName: name });
        ends.push(() => other.close());
        expectSame(await other.get(key), bytes('1'));
        expect(await other.get('joined')).toBeUndefined();
      }
    });
  });

  describe('leases', () => {
    const leases = () => node.leases as LeaseOperations;
    const lease = async (key: string, replace?: Uint8Array) => {
      const reply = await leases().getOrLease(key, { duration: minute, replace });
      if (reply.kind !== 'lease') throw new Error(`no lease but ${reply.kind}`);
      return reply.token;
    };

    it('.NET reads what was committed, and does not see or break a lease by reading', async () => {
      const token = await lease('undisturbed');
      expect(await theirs.get('undisturbed')).toBeUndefined();
      await theirs.refresh('undisturbed');
      const since = Date.now();
      const expiration = { slidingExpiration: minute };
      expect(await leases().commit('undisturbed', token, bytes('loaded'), expiration)).toBe(true);
      await expectLife('undisturbed', minute, { since });
      expect(await stored('undisturbed')).toEqual({
        absexp: '-1',
        sldexp: `${minute}0000`,
        data: Buffer.from('loaded'),
      });
      expectSame(await theirs.get('undisturbed'), bytes('loaded'));
    });

    it('.NET reads the value over which a lease was granted', async () => {
      await theirs.set('stale', bytes('stale'), { slidingMs: minute });
      const token = await lease('stale', bytes('stale'));
      expectSame(await theirs.get('stale'), bytes('stale'));
      await theirs.refresh('stale');
      expect(await leases().commit('stale', token, bytes('fresh'))).toBe(true);
      expectSame(await theirs.get('stale'), bytes('fresh'));
    });

    it('.NET slides an entry again whose lease was released', async () => {
      await theirs.set('released', bytes('1'), { slidingMs: minute });
      await leases().release('released', await lease('released', bytes('1')));
      expect(await stored('released')).toEqual({ absexp: '-1', sldexp: `${minute}0000`, data: Buffer.from('1') });
      await shorten('released', 20 * second);
      const since = Date.now();
      await theirs.get('released');
      await livesLonger('released', 20 * second);
      await expectLife('released', minute, { since });
    });

    const during = {
      'a set of .NET': { act: (key: string) => theirs.set(key, bytes('theirs')), left: bytes('theirs') },
      'a set of .NET with a window': {
        act: (key: string) => theirs.set(key, bytes('theirs'), { slidingMs: minute }),
        left: bytes('theirs'),
      },
      'a set of .NET of the same bytes': { act: (key: string) => theirs.set(key, bytes('was')), left: bytes('was') },
      'a removal of .NET': { act: (key: string) => theirs.remove(key), left: undefined },
      'a removal and a set of .NET': {
        act: async (key: string) => {
          await theirs.remove(key);
          await theirs.set(key, bytes('was'));
        },
        left: bytes('was'),
      },
    };
    const grants = ['on a miss', 'over a value of .NET', 'over a value of Node'];
    const rows = grants.flatMap((how) =>
      Object.entries(during).map(([what, { act, left }]) => ({ how, what, act, left })),
    );
    for (const { how, what, act, left } of rows) {
      it(`granted ${how}, is ended by ${what}`, async () => {
        const key = `${how}, ${what}`;
        if (how === 'over a value of .NET') await theirs.set(key, bytes('was'));
        if (how === 'over a value of Node') await ours.set(key, bytes('was'));
        const token = await lease(key, how === 'on a miss' ? undefined : bytes('was'));
        await act(key);
        const before = await stored(key);
        expect(await leases().commit(key, token, bytes('late'))).toBe(false);
        await leases().release(key, token);
        expect(await stored(key)).toEqual(before);
        for (const side of sides) expect(await side.get(key)).toEqual(left);
        // What the lease left behind in the hash holds nobody up, and the next set of ours sweeps it out.
        const next = await leases().getOrLease(key, { duration: minute });
        expect(next.kind).toBe(left === undefined ? 'lease' : 'hit');
        await ours.set(key, bytes('next'));
        expect(await stored(key)).toEqual({ absexp: '-1', sldexp: '-1', data: Buffer.from('next') });
      });
    }
  });

  describe('the extensions for strings and JSON', () => {
    for (const text of ['', 'größer — ключ 🔑', ' \r\n\0']) {
      it(`a string is the same, in both directions: ${JSON.stringify(text)}`, async () => {
        await setString(node, `string ${text}`, text);
        expect(await dotnet.cache.getString(`string ${text}`)).toBe(text);
        await dotnet.cache.setString(`string of .NET ${text}`, text);
        expect(await getString(node, `string of .NET ${text}`)).toBe(text);
      });
    }

    it('JSON is a string of .NET, which its serializer reads and writes', async () => {
      const value = { name: 'ключ', tags: ['<b>', "'"], price: 1.5 };
      await setJson(node, 'json', value);
      expect(JSON.parse((await dotnet.cache.getString('json')) as string)).toEqual(value);
      // As System.Text.Json escapes.
      await dotnet.cache.setString(
        'json of .NET',
        String.raw`{"name":"\u043A\u043B\u044E\u0447","tags":["\u003Cb\u003E"]}`,
      );
      expect(await getJson(node, 'json of .NET')).toEqual({ name: 'ключ', tags: ['<b>'] });
    });
  });

  describe('what neither side wrote', () => {
    const entry = { absexp: '-1', sldexp: '-1', data: 'raw' };
    const rows = {
      'as the format says': { fields: entry, value: bytes('raw') },
      // The life of the key decides, for both.
      'an end in the past': { fields: { ...entry, absexp: `${dotnetTicks(0)}` }, value: bytes('raw') },
      'a field of somebody else': { fields: { ...entry, extra: 'field' }, value: bytes('raw') },
      'no fields but data': { fields: { data: 'raw' }, value: bytes('raw') },
      'no data': { fields: { absexp: '-1', sldexp: '-1' }, value: undefined },
    };
    for (const [what, { fields, value }] of Object.entries(rows)) {
      it(`is read the same by both: ${what}`, async () => {
        await redis.hset(instanceName + what, fields);
        for (const side of sides) expect(await side.get(what)).toEqual(value);
      });
    }

    it.each(sides)('a window whose end is in the past is read once, and closed: $name', async (side) => {
      const key = `closed by ${side.name}`;
      await redis.hset(instanceName + key, { ...entry, sldexp: `${minute}0000`, absexp: `${dotnetTicks(0)}` });
      expectSame(await side.get(key), bytes('raw'));
      await gone(key);
    });
  });

  describe('known defects of .NET, which we do not have', () => {
    it('an entry of less than a second is gone at once', async () => {
      await theirs.set('250 ms of .NET', bytes('1'), { relativeMs: 250 });
      expect(await exists('250 ms of .NET')).toBe(false);
      await ours.set('900 ms of Node', bytes('1'), { relativeMs: 900 });
      expectSame(await theirs.get('900 ms of Node'), bytes('1'));
      await gone('900 ms of Node');
    });

    it('a time with an offset is stored as what the clock on the wall showed: read all the same', async () => {
      const since = Date.now();
      const wall = new Date(since + 3 * 60 * minute).toISOString().replace('Z', '+02:00');
      await dotnet.cache.set('offset', bytes('1'), { absolute: wall });
      expect((await stored('offset')).absexp).toBe(`${dotnetTicks(since + 3 * 60 * minute)}`);
      expectSame(await ours.get('offset'), bytes('1'));
      await expectLife('offset', 60 * minute, { since, cut: true });
    });
  });

  it('the process runs the real package, and says what went wrong', async () => {
    expect(dotnet.packages).toEqual(packages);
    await expect(dotnet.cache.set('k', bytes('1'), { relativeMs: -1 })).rejects.toThrow('ArgumentOutOfRangeException');
  });
}

/** Waits without a read, which would keep it. */
const gone = (key: string) =>
  vi.waitFor(async () => expect(await exists(key)).toBe(false), { timeout: 10 * second, interval: 20 });

/** Nobody waits for the touch of a read, so it may still be under way. */
const livesLonger = (key: string, ms: number) =>
  vi.waitFor(async () => expect(await life(key)).toBeGreaterThan(ms), { timeout: 5 * second, interval: 5 });
