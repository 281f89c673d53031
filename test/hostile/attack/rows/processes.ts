// Processes that are busy when they should end, and templates that would keep them so.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { processExists } from '../../../../electron/engine/store/owner.ts';
import { App } from '../../kills/app.ts';
import { domainOf, endOf, jobOf } from '../../kills/work.ts';
import { childrenOf, startCommandLine, until } from '../../../integration/processes.ts';
import { CPU, ROOT } from '../../../integration/support.ts';
import { templated } from '../templates.ts';
import { expectDone, expectEndedBy, expectNoStack } from '../commands.ts';
import type { Attack, Ground } from '../ground.ts';
import { kill } from '../../watch.ts';
import { heldEngine, hold } from '../node-options.ts';

const GONE_MS = 2000;

/** @throws when one of them is still there, long after its parent; then it is killed */
async function expectGone(pids: readonly number[]): Promise<void> {
  await until('they are gone after their parent', () => !pids.some(processExists), GONE_MS).finally(() =>
    pids.forEach(kill),
  );
}

/** Kills what has started a busy process, and looks for that. */
async function orphan(what: string, folder: string, model = ''): Promise<void> {
  const script = join(ROOT, 'test/hostile/attack/scripts/keep-busy.ts');
  const parent = spawn(process.execPath, [script, what, folder, model], { stdio: ['ignore', 'pipe', 'ignore'] });
  const ended = once(parent, 'exit');
  const pids: number[] = [];
  for await (const line of createInterface(parent.stdout)) {
    if (line === 'busy') break;
    pids.push(Number(line));
  }
  const running = pids.filter(processExists);
  parent.kill('SIGKILL');
  await ended;
  try {
    assert.equal(running.length, 1, `${what} was not busy`);
  } finally {
    await expectGone(pids);
  }
}

/** Kills an app's host, and looks for all that it had started. */
async function killHost(app: App): Promise<void> {
  const pids = app.processes();
  for (const host of app.victims('host')) process.kill(host, 'SIGKILL');
  await expectGone(pids);
}

/** The sample and its demos of one domain in the app's database. */
async function withDemos(app: App, { model, demos }: Ground): Promise<{ modelId: string; domainId: number }> {
  await app.client.call('settings.set', { placement: CPU });
  const modelId = await app.addModel(model);
  const domainId = await domainOf(app.client, 'python');
  await app.client.call('demos.import', { domainId, grants: [app.grant(demos('python'), 'read')] });
  return { modelId, domainId };
}

/** @returns the job of a scoring that has begun */
async function scoring({ client }: App, models: { modelId: string; domainId: number }): Promise<number> {
  const { jobId } = await client.call('runs.start', { ...models, limit: null, fresh: true });
  for (let job = await jobOf(client, jobId); job.done === 0; job = await jobOf(client, jobId)) {
    assert.ok(['queued', 'running'].includes(job.state), `scoring is ${job.state}: ${job.error?.message}`);
    await pause(20);
  }
  return jobId;
}

/** By what `keep-busy.ts` calls the work. */
const ORPHANS: readonly (readonly [work: string, name: string, quick?: boolean])[] = [
  ['backend', 'a backend that tokenises', true],
  ['renderer', 'a renderer in an endless template'],
  ['reader', 'a reader that waits for a pipe'],
];

export const PROCESSES: readonly Attack[] = [
  ...ORPHANS.map(([work, name, quick = false]) => ({
    name: `${name} as its parent is killed`,
    promise: 'it is gone two seconds after its parent was killed',
    quick,
    missing: () => (work === 'reader' && process.platform === 'win32' ? 'no named pipes in folders' : null),
    run: ({ folder, model }: Ground) => orphan(work, folder, model),
  })),
  {
    name: 'an engine that hears of nothing as its parent is killed',
    promise: 'it is gone two seconds after its parent was killed',
    quick: true,
    async run(ground) {
      const flag = join(ground.folder, 'now');
      const app = new App(ground.home, heldEngine(flag));
      // by its answer it watches its parent
      await app.client.call('app.info', {});
      await hold(flag);
      await killHost(app);
    },
  },
  {
    name: 'a backend that scores and a chat that answers as their host is killed',
    promise: 'they and their engine are gone two seconds after it',
    async run(ground) {
      const app = new App(ground.home);
      const models = await withDemos(app, ground);
      const { modelId } = models;
      await app.client.call('chat.open', { slot: 'left', modelId, ctx: 1024 });
      const jobId = await scoring(app, models);
      const turn = { slot: 'left', text: 'def main():', maxTokens: 900, temperature: 1, seed: 1 } as const;
      const said: string[] = [];
      app.client.on('chat', (event) => {
        if (event.type === 'text') said.push(event.text);
      });
      void app.client.call('chat.send', turn).catch(() => undefined);
      await until('the chat answers', () => said.length > 0);
      assert.equal((await jobOf(app.client, jobId)).state, 'running');
      await killHost(app);
    },
  },
  {
    name: 'an engine that hears of nothing in the middle of a job as its host is killed',
    promise: 'the next engine takes the job over and ends it',
    async run(ground) {
      const flag = join(ground.folder, 'now');
      const app = new App(ground.home, heldEngine(flag));
      const jobId = await scoring(app, await withDemos(app, ground));
      await hold(flag);
      const answered = await Promise.race([app.client.call('app.info', {}), pause(1000, null)]);
      assert.equal(answered, null, 'the engine was not held');
      await killHost(app);
      await using next = new App(ground.home);
      const { state, elsewhere } = await jobOf(next.client, jobId);
      assert.deepEqual([state, elsewhere], ['interrupted', false]);
      await next.client.call('jobs.requeue', { jobId });
      assert.equal((await endOf(next.client, jobId)).state, 'done');
    },
  },
  {
    name: 'winnow worker is killed',
    promise: 'what lends the memory is gone two seconds later',
    async run({ home }) {
      const worker = startCommandLine(home, ['worker', '--gpu', 'off', '--port', '0', '--json']);
      await until('it lends', () => worker.stdout() !== '');
      const lenders = childrenOf(worker.pid);
      worker.kill('SIGKILL', 'process');
      assert.equal(lenders.length, 1);
      await expectGone(lenders);
    },
  },
  {
    name: 'scoring by an endless template is interrupted',
    promise: 'it ends within two seconds, as every command that is interrupted',
    quick: true,
    async run({ folder, demos, winnow }) {
      const model = await templated(folder);
      for (const name of ['SIGINT', 'SIGTERM'] as const) {
        // long enough to be in the template, and shorter than that is given
        const ended = await winnow(['score', model, '--demos', demos('math')], { signal: { name, afterMs: 3500 } });
        assert.match(ended.stderr, /Cancelled/);
        expectEndedBy(name, ended);
        expectNoStack(ended);
      }
    },
  },
  {
    name: 'a model with an endless template',
    promise: 'its chats are left out with the reason, after the time of one demo; texts are measured as always',
    async run({ folder, demos, winnow }) {
      const model = await templated(folder);
      const scored = await winnow(['score', model, '--demos', demos('math'), '--json']);
      assert.equal(scored.code, 1, scored.stderr);
      assert.match(scored.stdout + scored.stderr, /does not finish/);
      assert.ok(scored.seconds < 30, `${scored.seconds} s`);
      expectNoStack(scored);
      expectDone(await winnow(['eval', model, '--text', join(ROOT, 'README.md'), '--json']));
    },
  },
];
