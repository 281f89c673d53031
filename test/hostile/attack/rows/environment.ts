// What the environment says wrongly.
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import assert from 'node:assert/strict';
import { expectDone, expectRefused } from '../expect.ts';
import type { Attack, Ended } from '../ground.ts';
import { clockSet } from '../node-options.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

type Run = { readonly domain: string; readonly state: string; readonly seconds: number };

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
        const ended = await winnow(['score', model, '--demos', demos(domain), '--gpu', 'off', '--json'], {
          env,
          onStderr: (stderr) => {
            if (looks.length > 0 || !stderr.includes('scoring')) return;
            writeFileSync(flag, '');
            looks.push(winnow(['runs', '--json'], { env }));
          },
        });
        expectDone(ended);
        assert.equal(looks.length, 1, 'the clock was not set while it scored');
        const runOf = ({ stdout }: Ended): Run | undefined =>
          (JSON.parse(stdout) as Run[]).find((candidate) => candidate.domain === domain);
        for (const look of await Promise.all(looks)) {
          expectDone(look);
          assert.equal(runOf(look)?.state, 'running');
        }
        const run = runOf(await winnow(['runs', '--json'], { env }));
        assert.equal(run?.state, 'done');
        assert.ok(run.seconds >= 0 && run.seconds < 600, `${run.seconds} s`);
      }
    },
  },
];
