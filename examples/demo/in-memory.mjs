import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { MemoryCache } from 'distributed-cache';
import { Countries } from './countries.mjs';
import { milliseconds, print, title } from './print.mjs';
import { Requests } from './requests.mjs';
import { CountrySource } from './source.mjs';
import { Statistics } from './statistics.mjs';

const capitalIn = (list) =>
  `${list.length} countries, capital of Kazakhstan: ${list.find(({ code }) => code === 'KAZ').capital}`;
const size = (list) => `${list.length} countries`;

/** What a cache in this process does. */
export async function inMemory() {
  const source = new CountrySource();
  const statistics = new Statistics();
  const cache = new MemoryCache({ onEvent: statistics.onEvent });
  const countries = new Countries(cache, source);
  const requests = new Requests(source, statistics);
  let storedAt = 0;
  /** How long ago the entry of the current part was stored. */
  const later = () => `${(performance.now() - storedAt).toFixed(0)} ms later`;

  title('Cold, then warm');
  for (const temperature of ['cold', 'warm']) {
    for (const code of ['KAZ', 'BRA', 'KEN'])
      await requests.run(
        `country ${code}, ${temperature}`,
        () => countries.find(code),
        temperature === 'cold' ? 'source' : 'cache',
      );
    await requests.run(
      `region Asia, ${temperature}`,
      () => countries.region('Asia'),
      temperature === 'cold' ? 'source' : 'cache',
      capitalIn,
    );
    await requests.run(
      `region Africa, ${temperature}`,
      () => countries.region('Africa'),
      temperature === 'cold' ? 'source' : 'cache',
      size,
    );
  }

  title('An update removes the country and the list that contains it');
  await requests.run('update KAZ', () => countries.update('KAZ', { capital: ['Nur-Sultan'] }), 'source');
  const updated = await requests.run(
    'country KAZ, after the update',
    () => countries.find('KAZ'),
    'source',
    ({ capital }) => `capital: ${capital}`,
  );
  const asia = await requests.run('region Asia, after the update', () => countries.region('Asia'), 'source', capitalIn);
  assert.deepEqual(updated.capital, ['Nur-Sultan']);
  assert.equal(asia.find(({ code }) => code === 'KAZ').capital, 'Nur-Sultan');
  await requests.run('region Asia, again', () => countries.region('Asia'), 'cache', capitalIn);
  await requests.run('region Africa, untouched', () => countries.region('Africa'), 'cache', size);

  title('Relative to its storing: 600 ms, however often it is read');
  const fixed = { relativeExpiration: '600ms' };
  await requests.run('country NOR, cold', () => countries.find('NOR', fixed), 'source');
  storedAt = performance.now();
  for (let i = 0; i < 2; i++) {
    await sleep(200);
    await requests.run(`country NOR, ${later()}`, () => countries.find('NOR', fixed), 'cache');
  }
  await sleep(300);
  await requests.run(`country NOR, ${later()}`, () => countries.find('NOR', fixed), 'source');

  title('Absolute: at a time of the clock, here 500 ms from now');
  const fixedTime = { absoluteExpiration: new Date(Date.now() + 500) };
  await requests.run('country PER, cold', () => countries.find('PER', fixedTime), 'source');
  await requests.run('country PER, before that time', () => countries.find('PER'), 'cache');
  await sleep(fixedTime.absoluteExpiration.getTime() - Date.now() + 10);
  await requests.run('country PER, after that time', () => countries.find('PER'), 'source');

  title('Sliding: 600 ms without a read, five seconds at most');
  const sliding = { slidingExpiration: '600ms', relativeExpiration: '5s' };
  await requests.run('country JPN, cold', () => countries.find('JPN', sliding), 'source');
  storedAt = performance.now();
  for (let i = 0; i < 3; i++) {
    await sleep(350);
    await requests.run(`country JPN, ${later()}`, () => countries.find('JPN', sliding), 'cache');
  }
  await sleep(700);
  await requests.run(`country JPN, ${later()}`, () => countries.find('JPN', sliding), 'source');

  title('A stampede: 100 callers at once for a cold country');
  const before = { calls: source.calls, joined: statistics.joined };
  const started = performance.now();
  const answers = await Promise.all(Array.from({ length: 100 }, () => countries.find('ISL')));
  const stampedeMs = performance.now() - started;
  print('country ISL, 100 callers', stampedeMs, 'source', answers[0].name.common);
  console.log(
    `  source calls: ${source.calls - before.calls}; callers that shared its answer: ${statistics.joined - before.joined}`,
  );
  assert.equal(source.calls - before.calls, 1);
  assert.equal(statistics.joined - before.joined, 99);

  title('A day at the office: 2,000 reads, some countries far more popular than others');
  const codes = [
    'ISL',
    'BRA',
    'KEN',
    'KAZ',
    'NZL',
    'CAN',
    'PRT',
    'VNM',
    'EGY',
    'MEX',
    'FIN',
    'GHA',
    'CHL',
    'NPL',
    'FJI',
    'EST',
  ];
  const officeStarted = performance.now();
  for (let i = 0; i < 2000; i++) {
    const code = codes[Math.floor(codes.length * Math.random() ** 3)];
    await requests.time(() => countries.find(code));
  }
  print('2,000 reads', performance.now() - officeStarted, '', '');

  assert.equal(requests.hits, statistics.hits);
  const meanLoad = statistics.loadMs / statistics.loads;
  const meanHit = requests.hitMs / requests.hits;
  const rows = [
    ['reads', statistics.reads],
    ['hits', statistics.hits],
    ['misses', statistics.misses],
    ['  of them shared a load', statistics.joined],
    ['  of them called the source', statistics.loads],
    ['hit ratio', `${((100 * statistics.hits) / statistics.reads).toFixed(1)} %`],
    ['source calls spared', `${statistics.reads - statistics.loads} of ${statistics.reads}`],
    ['mean source call', milliseconds(meanLoad)],
    ['mean hit', milliseconds(meanHit)],
    ['time saved', `${((requests.hits * (meanLoad - meanHit)) / 1000).toFixed(1)} s`],
  ];
  title('What the cache did (from its events)');
  for (const [name, value] of rows) console.log(`  ${name.padEnd(30)} ${String(value).padStart(14)}`);
  console.log('\n  Time saved: hits, times the difference between a mean source call and a mean hit.');
  assert.equal(statistics.misses, statistics.joined + statistics.loads);

  await cache.close();
}
