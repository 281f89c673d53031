// The commands that a card prints, run by a shell on another machine with the same files: they write the same bytes.
import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { fileHash } from '../hash.ts';
import { commandLineHere, ROOT, SAMPLE, scratchDir, THREADS } from './support.ts';
import { words } from '../words.ts';

const dir = scratchDir();
const winnow = commandLineHere(join(dir, 'home'));
const file = (name: string): string => join(dir, name);
const DEMOS = join(ROOT, 'resources/sample/demos/python.jsonl');
const ON_CPU = ['--gpu', 'off', '--threads', String(THREADS)];

test('a pruned and quantised file is made again by the commands of its card', async () => {
  const taken = words`--limit 4 --max-tokens 256 --limit-by random --hold-back 0.2`;
  const score = ['score', SAMPLE, ...ON_CPU, '--demos', DEMOS, '--domain', 'code', ...taken];
  await winnow.json(...score, '--imatrix', file('code.imatrix.gguf'), '--out', file('scores.json'));
  await winnow.json('select', '--scores', file('scores.json'), '--keep', '12', '-o', file('mask.json'));
  const how = ['--type', 'Q4_K_M', '--imatrix-run', '--allow-requantize'];
  const rules = ['--attention-type', 'q6_K', '--first-layers', '1=q5_K', '--active-experts', '3'];
  const output = file('code-12.gguf');
  const pruned = await winnow.json('prune', SAMPLE, '--choice', file('mask.json'), '-o', output, ...how, ...rules);
  expect(pruned.code, pruned.stderr).toBe(0);
  // the run's own matrix is the one that it writes
  const byFile = [...how.slice(0, 2), '--imatrix', file('code.imatrix.gguf'), '--allow-requantize'];
  await winnow.json('prune', SAMPLE, '--choice', file('mask.json'), '-o', file('by-file.gguf'), ...byFile, ...rules);
  expect(fileHash(file('by-file.gguf'))).toBe(fileHash(output));
  await winnow.json('report', '--as', 'card', '--file', output, '-o', file('card.md'));
  const card = readFileSync(file('card.md'), 'utf8');

  const elsewhere = file('elsewhere');
  mkdirSync(elsewhere);
  symlinkSync(SAMPLE, join(elsewhere, basename(SAMPLE)));
  symlinkSync(DEMOS, join(elsewhere, basename(DEMOS)));
  const making = card.split('\n').filter((line) => /^winnow (score|select|prune) /.test(line));
  expect(making).toHaveLength(3);
  const shell = [
    `winnow() { "${process.execPath}" "${join(ROOT, 'electron/cli/winnow.ts')}" "$@"; }`,
    ...making.map((line) => (line.startsWith('winnow score') ? `${line} ${ON_CPU.join(' ')}` : line)),
  ].join('\n');
  const env = { ...process.env, WINNOW_HOME: file('home-elsewhere') };
  await promisify(execFile)('bash', ['-e', '-c', shell], { cwd: elsewhere, env });
  expect(fileHash(join(elsewhere, basename(output)))).toBe(fileHash(output));

  expect(card).toMatch(/code\.imatrix\.gguf \(run \d+: code, \d+ chunks, 42 of 42 weights\)/);
  expect(card).toContain('3 instead of 4 are used per token');
  expect(card).toContain('--attention-type q6&#95;K |');
}, 300_000);
