// What the environment, a clock, a hub or whoever calls says wrongly.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { z } from 'zod';
import { CPU, THREADS } from '../../../integration/support.ts';
import { words } from '../../../words.ts';
import { App } from '../../kills/app.ts';
import { expectDone, expectRefused } from '../commands.ts';
import type { Attack, Ended } from '../ground.ts';
import { whileListening } from '../listening.ts';
import { clockSet } from '../node-options.ts';

/** More than any machine of today has cores. */
const MANY_THREADS = ['--threads', '4096'];
const DAY_MS = 24 * 60 * 60 * 1000;

type Run = { readonly domain: string; readonly state: string; readonly seconds: number };

/** What a hub answers, whatever it is asked. */
const LIES: Readonly<Record<string, (response: ServerResponse, path: string) => void>> = {
  'a redirect to a file of this machine': (response) =>
    void response.writeHead(302, { location: 'file:///etc/passwd', 'x-linked-size': '100' }).end(),
  'redirects without end': (response, path) => void response.writeHead(302, { location: `${path}x` }).end(),
  'a file of no length': (response) => void response.writeHead(200).end(),
  'a name that leads out of the folder': (response) =>
    void response
      .writeHead(200, { 'content-type': 'application/json' })
      .end(JSON.stringify({ ggufFile: { rfilename: '../../../outside.gguf' } })),
};

export const ENVIRONMENT: readonly Attack[] = [
  {
    name: 'a data folder whose name gives orders',
    promise: 'line breaks and escape sequences in its name are nothing but a name, and never reach the terminal',
    quick: true,
    async run({ folder, winnow }) {
      const home = join(folder, 'line\nbreak \u001B[2J\u202Ename');
      const ended = expectDone(await winnow(['select'], { env: { WINNOW_HOME: home } }));
      assert.ok(existsSync(join(home, 'winnow.db')));
      for (const order of ['\u001B', '\u202E']) assert.ok(!(ended.stdout + ended.stderr).includes(order));
    },
  },
  {
    name: 'a CPU backend that is none',
    promise: 'a name that leads elsewhere or to nothing is refused, with the variable that gave it',
    quick: true,
    async run({ folder, model, winnow }) {
      const library = join(folder, 'libggml-cpu-evil.so');
      writeFileSync(library, 'no library');
      for (const backend of [library, '../../evil', 'nonsense', '']) {
        const ended = await winnow(['inspect', model, '--json'], { env: { WINNOW_CPU_BACKEND: backend } });
        if (backend === '') expectDone(ended);
        else expectRefused(ended, ['BACKEND_CRASHED'], 'WINNOW_CPU_BACKEND');
      }
      const doctor = await winnow(['doctor'], { env: { WINNOW_CPU_BACKEND: library } });
      assert.equal(doctor.code, 1, doctor.stdout);
      assert.match(doctor.stdout + doctor.stderr, /WINNOW_CPU_BACKEND/);
    },
  },
  {
    name: 'debugging changes nothing but the stack',
    promise: 'the same exit code and the same document as without it',
    quick: true,
    async run({ folder, winnow }) {
      const args = ['inspect', join(folder, 'nothing.gguf'), '--json'];
      const [plain, debugged] = [await winnow(args), await winnow(args, { env: { WINNOW_DEBUG: '1' } })];
      assert.equal(debugged.stdout, plain.stdout);
      assert.equal(debugged.code, plain.code);
      assert.match(debugged.stderr, /^\s+at /m);
    },
  },
  {
    name: 'a clock that is set by a day, back or on',
    promise: 'what runs goes on and is known to run, ends and is stored, and nothing takes less than no time',
    async run({ folder, model, demos, winnow }) {
      const flag = join(folder, 'set');
      for (const [days, domain] of [
        [-1, 'math'],
        [1, 'python'],
      ] as const) {
        rmSync(flag, { force: true });
        const env = { NODE_OPTIONS: clockSet(flag, days * DAY_MS) };
        const looks: Promise<Ended>[] = [];
        const onStderr = (stderr: string): void => {
          if (looks.length > 0 || !stderr.includes('scoring')) return;
          writeFileSync(flag, '');
          looks.push(winnow(['runs', '--json'], { env }));
        };
        const score = words`score ${model} --demos ${demos(domain)} --gpu off --json`;
        expectDone(await winnow(score, { env, onStderr }));
        assert.equal(looks.length, 1, 'the clock was not set while it scored');
        const runOf = ({ stdout }: Ended): Run | undefined =>
          (JSON.parse(stdout) as Run[]).find((candidate) => candidate.domain === domain);
        for (const look of await Promise.all(looks)) assert.equal(runOf(expectDone(look))?.state, 'running');
        const run = runOf(await winnow(['runs', '--json'], { env }));
        assert.equal(run?.state, 'done');
        assert.ok(run.seconds >= 0 && run.seconds < 600, `${run.seconds} s`);
      }
    },
  },
  {
    name: 'a model hub that lies',
    promise: 'every lie is an error with the address in it, and nothing of it is kept, in Winnow’s folder or outside',
    async run({ home, folder, winnow }) {
      for (const [lie, answer] of Object.entries(LIES)) {
        const hub = createServer((request, response) => answer(response, request.url ?? '/'));
        hub.listen(0, '127.0.0.1');
        await once(hub, 'listening');
        const env = {
          HF_ENDPOINT: `http://127.0.0.1:${(hub.address() as AddressInfo).port}`,
          HF_TOKEN: 'secret',
          HF_HUB_OFFLINE: '',
        };
        for (const address of ['hf:some/one/model.gguf', 'hf:some/one:Q8_0']) {
          const ended = await winnow(['get', address, '--json'], { env });
          assert.equal(ended.code, 1, `${lie}: ${ended.stderr}`);
          assert.match(ended.stdout, /"code": ?"(HUB_|NOT_GGUF)/, lie);
          assert.ok(!ended.stdout.includes('secret') && !ended.stderr.includes('secret'), lie);
        }
        hub.closeAllConnections();
        hub.close();
        assert.ok(!existsSync(join(home, 'hub')) || readdirSync(join(home, 'hub')).length === 0, lie);
        for (const place of [folder, join(folder, '..'), home])
          assert.ok(!existsSync(join(place, 'outside.gguf')), lie);
      }
    },
  },
  {
    name: 'more threads than cores',
    promise: 'as many as there are cores compute, whoever asked, and the command line says so',
    quick: true,
    async run({ home, model, demos, winnow }) {
      const said = new RegExp(`4096 threads were asked for, but ${THREADS} are used`);
      const scored = await winnow(words`score ${model} --demos ${demos('math')} --limit 1 --gpu off ${MANY_THREADS}`);
      assert.match(expectDone(scored).stderr, said);
      const schema = z.looseObject({ endpoint: z.string() });
      const args = words`worker --gpu off --port 0 ${MANY_THREADS}`;
      await whileListening({ home, args, schema, memoryBytes: 2 ** 30 }, (worker) => {
        assert.match(worker.said(), said);
        return Promise.resolve();
      });
      await using app = new App(home);
      await app.client.call('settings.set', { placement: { ...CPU, threads: 4096 } });
      const { placement } = await app.client.call('settings.get', {});
      assert.equal(placement.threads, THREADS);
    },
  },
];
