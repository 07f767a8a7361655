import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';

/** How long a service may take to hear what another one has changed. It takes some milliseconds. */
const patience = 5_000;

/** Asks services, and prints and checks what that gave and what it cost. */
export class Witness {
  #services;

  constructor(services) {
    this.#services = services;
  }

  /**
   * With `hears`, the service is asked until it has heard that what it holds is not valid any more: until it asks the
   * database.
   */
  ask = async (service, request, { body, expect, status = 200, queries, hears = false }) => {
    const [method, path] = request.split(' ');
    const before = await this.#queries();
    const begun = performance.now();
    let answer;
    let spent;
    for (;;) {
      answer = await service.ask(method, path, body);
      const after = await this.#queries();
      spent = new Map(this.#services.map((each) => [each, after.get(each) - before.get(each)]));
      if (!hears || spent.get(service) > 0) break;
      assert.ok(performance.now() - begun < patience, `${service.name} has not heard of the change`);
      await sleep(1);
    }
    const asked = `${method.padEnd(6)} ${path}${body === undefined ? '' : ` ${JSON.stringify(body)}`}`;
    const own = spent.get(service);
    const cost = own === 1 ? '1 query' : `${own === 0 ? 'no' : own} queries`;
    console.log(`  ${service.name.padEnd(13)} ${asked.padEnd(34)} ${inWords(answer).padEnd(26)} ${cost}`);

    assert.equal(answer.status, status);
    // To the letter: both write the same JSON.
    if (expect !== undefined) assert.deepEqual(answer.body, expect);
    for (const [each, count] of spent) assert.equal(count, each === service ? queries : 0, `queries of ${each.name}`);
  };

  async #queries() {
    return new Map(await Promise.all(this.#services.map(async (each) => [each, (await each.counts()).queries])));
  }
}

function inWords({ status, body }) {
  if (Array.isArray(body)) return `200 prices ${body.map(({ price }) => price).join(', ')}`;
  return body?.name === undefined ? `${status}` : `200 ${body.name}, ${body.price}`;
}
