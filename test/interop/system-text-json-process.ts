import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { buildDotnet, dotnetEnvironment } from './dotnet-build.js';
import { stop } from './stop.js';

const project = {
  sources: fileURLToPath(new URL('system-text-json', import.meta.url)),
  dll: 'SystemTextJsonProcess.dll',
};

/** A value that .NET wrote: its type as C# names it, and as `types` of the serializer does, where it does. */
export interface Sample {
  readonly name: string;
  readonly clr: string;
  readonly type: string | null;
  readonly json: string;
}

export type JsonNaming = 'camelCase' | 'PascalCase' | 'snake_case' | 'kebab-case';

/** The real System.Text.Json, in a process of its own. */
export interface SystemTextJson {
  samples(): Promise<Sample[]>;
  /** Whether .NET reads the text as the sample, and what it writes of what it read. */
  back(sample: string, json: string): Promise<{ same: boolean; json?: string; error?: string }>;
  /** What .NET writes when it has read the text as the type. Rejects with the name of its exception. */
  trip(type: string, json: string, naming?: JsonNaming): Promise<string>;
  names(names: string[], naming: JsonNaming): Promise<string[]>;
  stop(): Promise<void>;
}

/** Starts the process, built before if need be. It ends with `stop()`, or with this process. */
export async function startSystemTextJson(): Promise<SystemTextJson> {
  const dll = await buildDotnet(project);
  const child = spawn('dotnet', [dll], { env: dotnetEnvironment, stdio: ['pipe', 'pipe', 'inherit'] });
  await once(child, 'spawn');
  const ask = asker(child);
  return {
    samples: () => ask({ do: 'samples' }),
    back: (sample, json) => ask({ do: 'back', sample, json }),
    async trip(type, json, naming) {
      const { json: written, error } = await ask<{ json: string; error?: string }>({ do: 'trip', type, json, naming });
      if (error !== undefined) throw new Error(error);
      return written;
    },
    async names(names, naming) {
      return (await ask<{ names: string[] }>({ do: 'names', names, naming })).names;
    },
    stop: () => stop(child),
  };
}

type Child = ChildProcessByStdio<Writable, Readable, null>;

/** Answers come in the order of the requests. */
function asker(child: Child): <T>(request: object) => Promise<T> {
  const waiting: { resolve(answer: unknown): void; reject(error: Error): void }[] = [];
  createInterface(child.stdout).on('line', (line) => waiting.shift()?.resolve(JSON.parse(line)));
  let end: Error | undefined;
  child.once('exit', (code, signal) => {
    end = new Error(`the .NET process has ended (${signal ?? code})`);
    for (const { reject } of waiting.splice(0)) reject(end);
  });
  // What can't be written to it any more is told by its end.
  child.stdin.on('error', () => {});
  return <T>(request: object) =>
    new Promise<T>((resolve, reject) => {
      if (end !== undefined) return reject(end);
      waiting.push({ resolve: (answer) => resolve(answer as T), reject });
      child.stdin.write(`${JSON.stringify(request)}\n`);
    });
}
