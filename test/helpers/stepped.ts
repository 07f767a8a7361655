import { type DistributedCache, decorate } from 'distributed-cache';
import { createTestCache } from 'distributed-cache/testing';
import { deferred, settle } from './tools.js';

/**
 * A backend whose operations are executed, and answered, only when the test says so: each step of a network in the
 * hands of the test.
 */
export function stepped() {
  const { cache: memory, clock } = createTestCache();
  const steps: { name: string; execute(): Promise<void>; answer(): void }[] = [];
  const cache: DistributedCache = decorate(memory, {
    around: <Result>({ name }: { name: string }, next: () => Promise<Result>) => {
      const answer = deferred<Result>();
      let result: Promise<Result> | undefined;
      steps.push({
        name,
        async execute() {
          result ??= next();
          await result;
        },
        answer: () => void result?.then(answer.resolve, answer.reject),
      });
      return answer.promise;
    },
  });
  /** Executes and answers everything that is pending, until nothing is. */
  const drain = async () => {
    await settle();
    while (steps.length > 0) {
      const step = steps.shift();
      await step?.execute();
      step?.answer();
      await settle();
    }
  };
  const take = async (name: string) => {
    await settle();
    const index = steps.findIndex((step) => step.name === name);
    if (index < 0) throw new Error(`no ${name} among ${steps.map((step) => step.name).join(', ') || 'nothing'}`);
    return steps.splice(index, 1)[0] as (typeof steps)[number];
  };
  /** Executes and answers one step of each of these names, in turn. */
  const pass = async (...names: string[]) => {
    for (const name of names) {
      const step = await take(name);
      await step.execute();
      step.answer();
      await settle();
    }
  };
  return { memory, clock, cache, drain, take, pass };
}
