import { type ChildProcess, execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { leavesNoProcessBehind } from './kept.js';
import { isAlive } from './processes.js';
import { findServer, serverBinary, which } from './server-binary.js';
import { until } from './waiting.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));

leavesNoProcessBehind();

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'servers-test-'));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
}

async function executable(path: string, text: string): Promise<string> {
  await writeFile(path, text);
  await chmod(path, 0o755);
  return path;
}

describe('the search for a server', () => {
  async function fakeSystem(aptGet: string) {
    const path = await folder();
    for (const tool of ['sh', 'flock', 'find', 'tail', 'mv', 'rm', 'sleep', 'chmod', 'dirname']) {
      await symlink((await which(tool)) as string, join(path, tool));
    }
    await executable(join(path, 'apt-get'), `#!/bin/sh\necho "$RUNLEVEL $*" >> "${path}/calls"\n${aptGet}`);
    const said: string[] = [];
    const find = (isRoot = true) =>
      findServer({ PATH: path }, { folder: path, root: isRoot, say: (message) => said.push(message) });
    const calls = async () => (await readFile(join(path, 'calls'), 'utf8')).trimEnd().split('\n');
    return { path, said, find, calls };
  }
  // In the folder of apt-get itself.
  const installs =
    'case "$*" in *install*) sleep 0.05; cd "$(dirname "$0")"; : > redis-server; chmod 755 redis-server;; esac';

  it('takes TEST_REDIS_SERVER, a path or a name', async () => {
    const path = await folder();
    const own = await executable(join(path, 'own'), '');
    expect(await findServer({ TEST_REDIS_SERVER: own })).toEqual({ binary: own });
    expect(await findServer({ TEST_REDIS_SERVER: 'own', PATH: path })).toEqual({ binary: own });
    const missing = { TEST_REDIS_SERVER: join(path, 'other'), PATH: process.env.PATH };
    expect(await findServer(missing)).toMatchObject({ reason: expect.stringContaining(join(path, 'other')) });
  });

  it('takes what is on the PATH', async () => {
    const path = await folder();
    await mkdir(join(path, 'redis-server'));
    const PATH = `/nowhere:${path}`;
    const valkey = await executable(join(path, 'valkey-server'), '');
    expect(await findServer({ PATH })).toEqual({ binary: valkey });
    await rm(join(path, 'redis-server'), { recursive: true });
    const redis = await executable(join(path, 'redis-server'), '');
    expect(await findServer({ PATH })).toEqual({ binary: redis });
  });

  it('gives a reason where nothing can be installed', async () => {
    expect(await findServer({ PATH: '/nowhere' })).toMatchObject({ reason: expect.stringContaining('no apt-get') });
    const { find } = await fakeSystem(installs);
    expect(await find(false)).toMatchObject({ reason: expect.stringContaining('only root') });
  });

  it.runIf(process.platform === 'linux')('installs once, loudly, however many ask at once', async () => {
    const { path, said, find, calls } = await fakeSystem(installs);
    const binary = join(path, 'redis-server');
    expect(await Promise.all([find(), find(), find()])).toEqual([{ binary }, { binary }, { binary }]);
    expect(await calls()).toEqual([
      expect.stringMatching(/^1 .* update$/),
      expect.stringMatching(/^1 .* install -y --no-install-recommends redis-server$/),
    ]);
    expect(said[0]).toContain('is being installed');
    expect(said.at(-1)).toContain(`installed ${binary}`);
  });

  it.runIf(process.platform === 'linux')('does not repeat an installation that just failed', async () => {
    const { find, calls } = await fakeSystem('echo "E: no such host"; exit 100');
    const failed = { binary: undefined, reason: expect.stringContaining('E: no such host') };
    expect(await Promise.all([find(), find()])).toEqual([failed, failed]);
    expect(await calls()).toHaveLength(2);
  });
});

describe('suites that need a server', () => {
  const module = (name: string) => JSON.stringify(fileURLToPath(new URL(name, import.meta.url)));
  // Each test file has a process of its own.
  const files = {
    needs: `
      import { describeWithRedis, describeWithSharedRedis, describeWithTls } from ${module('requirement.ts')};
      it('needs none', () => {});
      const body = () => it('runs', () => { throw new Error('it ran') });
      describeWithRedis('own servers', body);
      describeWithSharedRedis('a shared server', body);
      describeWithTls('a server with TLS', body);`,
    forgets: `
      import { writeFileSync } from 'node:fs';
      import { startRedis } from ${module('redis-server.ts')};
      it('starts a server and forgets it', async () => {
        delete process.env.TEST_REDIS_SERVER;
        const { pid, folder } = await startRedis();
        writeFileSync('forgotten', JSON.stringify({ pid, folder }));
      });`,
    dies: `
      import { writeFileSync } from 'node:fs';
      import { startRedis } from ${module('redis-server.ts')};
      it('starts a server, freezes it, and is killed', async () => {
        delete process.env.TEST_REDIS_SERVER;
        const server = await startRedis();
        await server.freeze();
        writeFileSync('orphan', JSON.stringify({ pid: server.pid, folder: server.folder }));
        process.kill(process.pid, 'SIGKILL');
      });`,
  };

  async function run(path: string, names: readonly (keyof typeof files)[], env: Record<string, string>) {
    for (const name of names) await writeFile(join(path, `${name}.test.ts`), files[name]);
    const clean = { ...process.env, CI: '', TEST_REDIS_URL: '', TEST_REDIS_SERVER: '/nowhere/redis-server', ...env };
    const args = [join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--root', path, '--globals', '--no-color'];
    return new Promise<{ code: number | null; output: string }>((resolve) => {
      const child: ChildProcess = execFile(process.execPath, args, { cwd: path, env: clean }, (_, out, err) =>
        resolve({ code: child.exitCode, output: out + err }),
      );
    });
  }

  async function expectGone(note: string) {
    const left: { pid: number; folder: string } = JSON.parse(await readFile(note, 'utf8'));
    await until(() => !isAlive(left.pid), 'the server is dead');
    await until(() => !existsSync(left.folder), 'its folder is removed');
  }

  it('are skipped loudly', async () => {
    const { code, output } = await run(await folder(), ['needs'], {});
    expect(output).toContain('3 skipped');
    expect(output).toContain('SKIPPED: own servers');
    expect(output).toContain('TEST_REDIS_SERVER names no executable: /nowhere/redis-server. Install redis-server');
    expect(code).toBe(0);
  });

  it('fail with CI set; and what was forgotten, or lost its process, dies', async () => {
    const path = await folder();
    const { code, output } = await run(path, ['needs', 'forgets', 'dies'], { CI: 'true' });
    expect(output).toContain('3 failed');
    expect(output).not.toContain('it ran');
    expect(output).toContain('with CI set, nothing is skipped: TEST_REDIS_SERVER names no executable');
    expect(code).toBe(1);
    if (!(await serverBinary())) return;
    await expectGone(join(path, 'forgotten'));
    await expectGone(join(path, 'orphan'));
  });
});
