import type { ContractRunner } from 'distributed-cache/testing';

/** A test runner that keeps the cases, to be run by a test. */
export class RecordingRunner implements ContractRunner {
  readonly cases: { readonly name: string; readonly run: () => Promise<void> }[] = [];

  readonly describe = (_name: string, body: () => void): void => body();
  readonly it = (name: string, run: () => Promise<void>): void => void this.cases.push({ name, run });

  /** Runs all cases; gives the messages of those that failed by their names. */
  async failures(): Promise<Map<string, string>> {
    const failed = new Map<string, string>();
    for (const { name, run } of this.cases) await run().catch((error: Error) => failed.set(name, error.message));
    return failed;
  }
}
