// What the system allows no more of, and a data folder that goes.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, copyFileSync, existsSync, mkdirSync, readdirSync, rmSync, truncateSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { onWindows, type Attack, type Ground } from '../ground.ts';
import { choose, expectEndedBy, expectRefused, scoring, writing } from '../commands.ts';

/** Limits a user's processes, threads counted: a shell's `ulimit -u` is not in every one. */
const nobodyWith = (processes: number): string =>
  `set -- prlimit --nproc=${processes} setpriv --reuid=${NOBODY} --regid=${NOBODY} --clear-groups "$@"`;

function cannotLimitProcesses(): string | null {
  if (process.getuid?.() !== 0) return 'only root can become somebody else';
  const missing = ['setpriv', 'prlimit'].find((program) => spawnSync(program, ['--version']).status !== 0);
  return missing === undefined ? null : `${missing} is not installed`;
}

/** The user "nobody" of Debian and most others: neither permissions nor limits bind root. */
const NOBODY = 65534;

/** Lets "nobody" into the ground, whose data folder is that user’s. */
function openGround({ folder, home }: Ground): void {
  for (const place of [dirname(folder), folder]) chmodSync(place, 0o755);
  mkdirSync(home);
  chownSync(home, NOBODY, NOBODY);
}

export const SYSTEM_LIMITS: readonly Attack[] = [
  {
    name: 'files that may not become large',
    promise: 'a limit of the system on files’ sizes is told as that, by the file or by the limit, and nothing is left',
    missing: onWindows,
    async run(ground) {
      const { mask } = await choose(ground);
      const target = join(ground.folder, 'out.gguf');
      for (const command of writing(ground, mask)) {
        // two megabytes in blocks of a shell: less than any file of weights, more than the database
        const ended = await ground.winnow([...command, target, '--json'], { limits: 'ulimit -f 4000' });
        expectRefused(ended, ['TARGET_UNWRITABLE'], 'ulimit -f');
        assert.ok(!readdirSync(ground.folder).some((name) => /^out|winnow/.test(name)));
      }
    },
  },
  {
    name: 'few open files',
    promise: 'a process that may open no more files says so, with the limit to raise, or does its work',
    missing: onWindows,
    async run(ground) {
      const { scores } = await choose(ground);
      const commands = [
        ['inspect', ground.model],
        ['select', '--scores', scores, '--keep', '8'],
        scoring(ground, '--fresh'),
      ];
      for (const files of [24, 26, 32]) {
        for (const command of commands) {
          const ended = await ground.winnow([...command, '--json'], { limits: `ulimit -n ${files}` });
          if (ended.code !== 0)
            expectRefused(ended, ['FILE_UNREADABLE', 'BACKEND_CRASHED', 'TARGET_UNWRITABLE'], 'ulimit -n');
        }
      }
    },
  },
  {
    name: 'few processes',
    promise: 'where the system starts no more of them, the limit is named and no file is blamed, or the work is done',
    missing: cannotLimitProcesses,
    async run(ground) {
      openGround(ground);
      const commands = [['inspect', ground.model], scoring(ground, '--fresh')];
      let refused = 0;
      // with fewer, Node.js itself does not start, or waits
      for (const processes of [18, 20, 23]) {
        for (const command of commands) {
          const limits = nobodyWith(processes);
          const ended = await ground.winnow([...command, '--json'], { limits, timeoutMs: 100_000 });
          if (ended.code === 0) continue;
          refused++;
          expectRefused(ended, ['BACKEND_CRASHED'], 'ulimit -u');
        }
      }
      assert.ok(refused > 0, 'no limit was met');
    },
  },
  {
    name: 'few addresses',
    promise: 'a limit on what a process may map is named, whatever ends by it, and neither template nor file is blamed',
    missing: () => onWindows() ?? (process.platform === 'linux' ? null : 'only Linux holds a process to it'),
    async run(ground) {
      let refused = 0;
      for (const kib of [2_000_000, 3_000_000, 4_000_000, 5_000_000, 6_000_000]) {
        const ended = await ground.winnow(scoring(ground, '--fresh', '--json'), { limits: `ulimit -v ${kib}` });
        // before anything: this process itself may end
        assert.match(ended.stderr, /may map at most .* here \(ulimit -v\)/);
        if (ended.code === 0 || ended.stdout === '') continue;
        refused++;
        expectRefused(ended, ['BACKEND_CRASHED', 'OUT_OF_MEMORY'], 'ulimit -v');
      }
      assert.ok(refused > 0, 'no limit was met');
      // a hole of twelve gigabytes behind the sample
      const large = join(ground.folder, 'large.gguf');
      copyFileSync(ground.model, large);
      truncateSync(large, 12e9);
      const ended = await ground.winnow(['inspect', large, '--json'], { limits: 'ulimit -v 9500000' });
      expectRefused(ended, ['OUT_OF_MEMORY'], 'ulimit -v');
    },
  },
  {
    name: 'a process that never starts is waited for no longer',
    promise: 'Ctrl+C ends the command within two seconds, with 130',
    missing: cannotLimitProcesses,
    async run(ground) {
      openGround(ground);
      const ended = await ground.winnow(['inspect', ground.model, '--json'], {
        limits: nobodyWith(16),
        signal: { name: 'SIGINT', afterMs: 8000 },
      });
      expectEndedBy('SIGINT', ended);
    },
  },
  {
    name: 'a data folder that goes while it is used',
    promise: 'nothing is called stored that is not, and no folder is made anew in the wrong place',
    quick: true,
    missing: onWindows,
    async run({ home, model, demos, winnow }) {
      const ended = await winnow(['score', model, '--demos', demos('python'), '--gpu', 'off', '--json'], {
        onStderr: (stderr) => {
          if (stderr.includes('scoring')) rmSync(home, { recursive: true, force: true });
        },
      });
      expectRefused(ended, ['STORE'], home);
      assert.ok(!existsSync(home));
    },
  },
];
