import type { DistributedCache } from 'distributed-cache';
import { check, equal } from './assert.js';
import { batchOf, invalidationsOf, leasesOf, prefixesOf } from './calls.js';
import { bytes, type Suite, type Trial } from './context.js';
import { accepted, ask, grant, minute } from './lease-steps.js';

const [old, value] = [bytes('old'), bytes('value')];

/** A listener, and what it heard. */
async function listen(trial: Trial) {
  const heard: string[] = [];
  const state = { up: false, everything: 0 };
  const listening = await invalidationsOf(trial.cache).listen({
    keys: (keys) => void heard.push(...keys),
    all: () => void state.everything++,
    up: () => {
      state.up = true;
    },
    down: () => {
      state.up = false;
    },
  });
  return {
    isUp: () => state.up,
    hears: async (key: string) => {
      const told = await trial.eventually(() => heard.includes(key) || state.everything > 0);
      check(told, 'the messages', `one that names '${key}', or all()`, heard);
    },
    hearsNothing: async () => {
      await trial.settle();
      check(heard.length === 0 && state.everything === 0, 'the messages', 'none', heard);
    },
    /** Waits for what is on its way, and forgets it. */
    forget: async () => {
      await trial.settle();
      heard.length = 0;
      state.everything = 0;
    },
    end: () => listening[Symbol.asyncDispose](),
  };
}

interface Change {
  readonly what: string;
  readonly run: (cache: DistributedCache) => Promise<unknown>;
}

function changesOf(suite: Suite): readonly Change[] {
  const changes: Change[] = [
    { what: 'a set', run: (cache) => cache.set('k', value) },
    { what: 'a remove', run: (cache) => cache.remove('k') },
  ];
  if (suite.promises('batch')) {
    changes.push(
      { what: 'a setMany', run: (cache) => batchOf(cache).setMany([{ key: 'k', value }]) },
      { what: 'a removeMany', run: (cache) => batchOf(cache).removeMany(['k']) },
    );
  }
  if (suite.promises('prefixes')) {
    changes.push({ what: 'a removeByPrefix', run: (cache) => prefixesOf(cache).removeByPrefix('k') });
  }
  if (suite.promises('leases')) {
    const commit = async (cache: DistributedCache) =>
      accepted(cache, await grant(cache, { ...minute, replace: old }), value);
    changes.push({ what: 'a commit', run: commit });
  }
  return changes;
}

/** Who is told of which change. */
export function invalidationCases(suite: Suite): void {
  if (!suite.promises('invalidations')) return;
  suite.it('a listener is told when it is up', async (trial) => {
    const listener = await listen(trial);
    equal(await trial.eventually(listener.isUp), true, 'whether up() was called');
    await listener.end();
  });
  for (const { what, run } of changesOf(suite)) {
    suite.retaining(`${what} of an existing entry is heard`, async (trial) => {
      await trial.cache.set('k', old);
      const listener = await listen(trial);
      await trial.eventually(listener.isUp);
      await listener.forget();
      await run(trial.cache);
      await listener.hears('k');
      await listener.end();
    });
  }
  suite.retaining('the end of an entry is heard, at the latest soon after somebody asked for it', async (trial) => {
    await trial.cache.set('k', old, { relativeExpiration: trial.units(2) });
    const listener = await listen(trial);
    await trial.eventually(listener.isUp);
    await listener.forget();
    await trial.wait(3);
    await trial.cache.get('k');
    await listener.hears('k');
    await listener.end();
  });
  suite.retaining('nothing is heard after the listener was disposed of', async (trial) => {
    await trial.cache.set('k', old);
    const listener = await listen(trial);
    await trial.eventually(listener.isUp);
    await listener.end();
    await listener.forget();
    await trial.cache.set('k', value);
    await trial.cache.remove('k');
    await listener.hearsNothing();
  });
  suite.retaining('two listeners hear the same, and one ends without the other', async (trial) => {
    await trial.cache.set('k', old);
    const [one, other] = [await listen(trial), await listen(trial)];
    await trial.eventually(() => one.isUp() && other.isUp());
    await trial.cache.set('k', value);
    await one.hears('k');
    await other.hears('k');
    await one.end();
    await one.forget();
    await other.forget();
    await trial.cache.remove('k');
    await other.hears('k');
    await one.hearsNothing();
    await other.end();
  });
  suite.retaining('reading is not heard', async (trial) => {
    await trial.cache.set('k', old);
    const listener = await listen(trial);
    await trial.eventually(listener.isUp);
    await listener.forget();
    await trial.cache.get('k');
    await trial.cache.get('absent');
    await listener.hearsNothing();
    await listener.end();
  });
  if (suite.promises('leases')) {
    suite.retaining('a lease that is refused is not heard', async (trial) => {
      await trial.cache.set('k', old);
      const token = await grant(trial.cache, minute, 'leased');
      const listener = await listen(trial);
      await trial.eventually(listener.isUp);
      await listener.forget();
      await ask(trial.cache, 'busy', minute, 'leased');
      await ask(trial.cache, 'own', { ...minute, mine: token }, 'leased');
      await ask(trial.cache, 'hit');
      equal(await leasesOf(trial.cache).commit('leased', 'another token', value), false, 'what commit gives');
      await listener.hearsNothing();
      await listener.end();
    });
  }
}
