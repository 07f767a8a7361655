import { describe, expect, it } from 'vitest';
import { instanceName } from './servers/redis-server.js';
import { describeWithSharedRedis } from './servers/requirement.js';
import { until } from './servers/waiting.js';
import { exists, fieldsOf, pttl, ticksOfMicroseconds, withTtl, writeAsDotnet } from './stored.js';
import { rawClient, redisCache, text, textOf } from './tools.js';
import { captured, epochTicks, optionsOf, type Recorded, vectors } from './wire/recorded.js';

describeWithSharedRedis('the bytes in Redis', ({ url }) => {
  const app = () => `${instanceName()}app:`;
  const start = async () => ({ ...redisCache({ connection: url, instanceName: app() }), raw: await rawClient(url) });

  describe.each(captured.runs.map((run) => [run.stackExchangeRedisCache, run] as const))(
    'what .NET %s wrote',
    (_, { set, hybrid, tagInvalidations }) => {
      const recorded = [...set, ...hybrid, ...tagInvalidations];
      const bytesOf = ({ fields }: Recorded) => new Uint8Array(Buffer.from(fields.data.base64, 'base64'));

      /** Also as if it had been recorded long ago: the TTL decides, not the absolute time. */
      describe.each([
        ['with the recorded absolute times', (absexp: string) => absexp],
        ['with absolute times in the past', (absexp: string) => (absexp === '-1' ? absexp : '630822816000000000')],
      ])('%s', (_, absexpOf) => {
        async function written() {
          const { cache, raw, prefix, events } = await start();
          for (const { key, fields, expireSeconds } of recorded) {
            const data = Buffer.from(fields.data.base64, 'base64');
            await writeAsDotnet(raw, prefix + key, { ...fields, absexp: absexpOf(fields.absexp), data }, expireSeconds);
          }
          return { cache, raw, prefix, events };
        }
        const isOver = ({ fields }: Recorded) => {
          const absexp = absexpOf(fields.absexp);
          return (
            fields.sldexp !== '-1' && absexp !== '-1' && BigInt(absexp) < epochTicks + BigInt(Date.now()) * 10_000n
          );
        };

        it.each([
          ['one by one', false],
          ['all in one tick', true],
        ])('is read byte for byte, %s', async (_, together) => {
          const { cache, raw, prefix, events } = await written();
          await cache.ready();
          const values: (Uint8Array | undefined)[] = [];
          if (together) values.push(...(await Promise.all(recorded.map(({ key }) => cache.get(key)))));
          else for (const { key } of recorded) values.push(await cache.get(key));
          expect(values).toEqual(recorded.map(bytesOf));
          expect(events.filter(({ type }) => type !== 'hit')).toEqual([]);
          for (const each of recorded) {
            const redisKey = prefix + each.key;
            if (isOver(each)) {
              // Its TTL was not over: it was read once, and the touch took it.
              await until(async () => !(await exists(raw, redisKey)), `the end of ${each.key}`);
              continue;
            }
            const left = await pttl(raw, redisKey);
            const expected = each.expireSeconds ? each.expireSeconds * 1000 : -1;
            expect(left, each.key).toBeGreaterThan(expected < 0 ? -2 : expected - 10_000);
            // A window of 90.5 s is cut to 90 s by .NET, and is 90.5 s again from the touch on.
            expect(left, each.key).toBeLessThanOrEqual(expected < 0 ? -1 : expected + 500);
          }
        });
      });

      it('gets its whole window again by a refresh', async () => {
        const { cache, raw, prefix } = await start();
        await cache.ready();
        for (const { key, fields } of set) {
          if (fields.sldexp === '-1') continue;
          const window = Number(BigInt(fields.sldexp) / 10_000n);
          await writeAsDotnet(raw, prefix + key, { sldexp: fields.sldexp, data: 'v' }, 7);
          await withTtl(raw, prefix + key, window, () => cache.refresh(key));
        }
      });

      it('is removed and replaced', async () => {
        const { cache, raw, prefix } = await start();
        for (const { key, fields, expireSeconds } of set) {
          const data = Buffer.from(fields.data.base64, 'base64');
          await writeAsDotnet(raw, prefix + key, { ...fields, data }, expireSeconds);
          await cache.set(key, text('ours'));
          expect(await fieldsOf(raw, prefix + key)).toEqual({ absexp: '-1', sldexp: '-1', data: 'ours' });
          expect(await pttl(raw, prefix + key)).toBe(-1);
          await cache.remove(key);
          expect(await exists(raw, prefix + key)).toBe(false);
        }
      });
    },
  );

  describe('what set stores', () => {
    it.each(vectors.set)('$id: three fields, and the TTL in ms', async ({ options, sldexp }) => {
      const { cache, raw, prefix } = await start();
      await cache.ready();
      // The vectors' own absolute times are in the past, or will be.
      const absolute = options.absolute === undefined ? undefined : new Date(Date.now() + 3_600_123);
      const { relativeMs = Infinity, slidingMs = Infinity } = options;
      const cap = options.relativeMs ?? (absolute ? 3_600_123 : Infinity);
      const ttl = Math.min(cap, slidingMs);
      const expiration = { ...optionsOf(options), absoluteExpiration: absolute };
      const run = () => cache.set('k', text('value'), expiration);
      if (ttl === Infinity) {
        await run();
        expect(await pttl(raw, `${prefix}k`)).toBe(-1);
        expect(await fieldsOf(raw, `${prefix}k`)).toEqual({ absexp: '-1', sldexp: '-1', data: 'value' });
        return;
      }
      const { before, after } = await withTtl(raw, `${prefix}k`, ttl, run);
      const { absexp, ...rest } = await fieldsOf(raw, `${prefix}k`);
      expect(rest).toEqual({ sldexp, data: 'value' });
      if (relativeMs !== Infinity) {
        const relativeTicks = BigInt(relativeMs) * 10_000n;
        expect(BigInt(absexp as string)).toBeGreaterThanOrEqual(ticksOfMicroseconds(before) + relativeTicks);
        expect(BigInt(absexp as string)).toBeLessThanOrEqual(ticksOfMicroseconds(after) + relativeTicks);
      } else if (absolute) expect(absexp).toBe(String(epochTicks + BigInt(absolute.getTime()) * 10_000n));
      else expect(absexp).toBe('-1');
    });

    it.each([
      ['one', 1],
      ['32', 32],
    ])('an absolute time is exact to the tick, in a script for %s', async (_, count) => {
      const { cache, raw, prefix } = await start();
      const absolutes = [
        Date.UTC(2030, 0, 1),
        Date.UTC(2099, 11, 31, 23, 59, 59, 999),
        Date.UTC(9999, 11, 31, 23, 59, 59, 999),
      ];
      const ticks = ['640290528000000000', '662380415999990000', '3155378975999990000'];
      for (const [i, absolute] of absolutes.entries()) {
        const keys = Array.from({ length: count }, (_, n) => `${i}:${n}`);
        const options = { absoluteExpiration: new Date(absolute) };
        await Promise.all(keys.map((key) => cache.set(key, text('v'), options)));
        for (const key of keys) expect((await fieldsOf(raw, prefix + key)).absexp).toBe(ticks[i]);
      }
    });

    it('a key is the UTF-8 of the instance name and of the key, with nothing between', async () => {
      const { cache, raw, prefix } = await start();
      for (const key of [
        '',
        'k',
        ' ',
        'ключ 🔑',
        'größe',
        'größe'.normalize('NFD'),
        'a\0b\r\n',
        '{a}*?[b]\\',
        '\ufeffbom',
      ]) {
        await cache.set(key, text(key));
        const redisKey = Buffer.concat([Buffer.from(prefix, 'utf8'), Buffer.from(key, 'utf8')]);
        expect(textOf((await raw.command('HGET', redisKey, 'data')) as Buffer)).toBe(key.replace(/^\ufeff/, ''));
        expect(textOf(await cache.get(key))).toBe(key.replace(/^\ufeff/, ''));
        await raw.command('UNLINK', redisKey);
        expect(await cache.get(key)).toBeUndefined();
      }
      const other = redisCache({ connection: url, instanceName: `${prefix}ü` });
      await other.cache.set('k', text('v'));
      expect(textOf(await cache.get('ük'))).toBe('v');
    });
  });
});
