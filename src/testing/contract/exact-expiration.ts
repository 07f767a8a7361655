import { isMissing, sameBytes } from './assert.js';
import { bytes, type Suite, type Trial } from './context.js';

const value = bytes('value');
const day = 86_400_000;

/** A millisecond before its end the entry is there, at its end it is not; `left` is the time until the end. */
async function endsIn(trial: Trial, left: number): Promise<void> {
  await trial.advance(left - 1);
  sameBytes(await trial.cache.get('k'), value, 'get a millisecond before the end');
  await trial.advance(1);
  isMissing(await trial.cache.get('k'), 'get at the end');
}

/** How long an entry lives, to the millisecond. Needs a clock that can be moved. */
export function exactExpirationCases(suite: Suite): void {
  suite.exact('a relative expiration ends at its millisecond', async (trial) => {
    await trial.cache.set('k', value, { relativeExpiration: 1_000 });
    await endsIn(trial, 1_000);
  });
  suite.exact('an absolute expiration ends at its millisecond', async (trial) => {
    await trial.cache.set('k', value, { absoluteExpiration: new Date(trial.now() + 1_234) });
    await endsIn(trial, 1_234);
  });
  suite.exact('a sliding window ends at its millisecond, counted from the last get', async (trial) => {
    await trial.cache.set('k', value, { slidingExpiration: 1_000 });
    for (let times = 0; times < 3; times++) {
      await trial.advance(999);
      sameBytes(await trial.cache.get('k'), value, 'get a millisecond before the end of the window');
    }
    await trial.advance(1_000);
    isMissing(await trial.cache.get('k'), 'get at the end of the window');
  });
  suite.exact('a sliding window ends at its millisecond, counted from the last refresh', async (trial) => {
    await trial.cache.set('k', value, { slidingExpiration: 1_000 });
    for (let times = 0; times < 3; times++) {
      await trial.advance(999);
      await trial.cache.refresh('k');
    }
    await trial.advance(1_000);
    isMissing(await trial.cache.get('k'), 'get at the end of the window');
  });
  suite.exact('refresh at the end of the window is too late', async (trial) => {
    await trial.cache.set('k', value, { slidingExpiration: 1_000 });
    await trial.advance(1_000);
    await trial.cache.refresh('k');
    isMissing(await trial.cache.get('k'), 'get after refresh');
  });
  suite.exact('the cap on a sliding entry holds at its millisecond', async (trial) => {
    await trial.cache.set('k', value, { slidingExpiration: 600, relativeExpiration: 1_000 });
    await trial.advance(500);
    sameBytes(await trial.cache.get('k'), value, 'get within the window');
    await endsIn(trial, 500);
  });
  suite.exact('a lifetime of one millisecond lives for one millisecond', async (trial) => {
    await trial.cache.set('k', value, { relativeExpiration: 1 });
    await endsIn(trial, 1);
  });
  suite.exact('a lifetime of 30 days ends at its millisecond', async (trial) => {
    await trial.cache.set('k', value, { relativeExpiration: '30d' });
    await endsIn(trial, 30 * day);
  });
  suite.exact('a sliding window of 30 days ends at its millisecond', async (trial) => {
    await trial.cache.set('k', value, { slidingExpiration: '30d' });
    await trial.advance(20 * day);
    sameBytes(await trial.cache.get('k'), value, 'get within the window');
    await trial.advance(30 * day);
    isMissing(await trial.cache.get('k'), 'get at the end of the window');
  });
  suite.exact('an entry without an expiration is there after 100 days', async (trial) => {
    await trial.cache.set('k', value, { relativeExpiration: 1_000 });
    await trial.cache.set('k', value);
    await trial.advance(100 * day);
    sameBytes(await trial.cache.get('k'), value, 'get after 100 days');
  });
}
