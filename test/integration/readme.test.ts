// What README.md tells people to type works as it is printed.
import { execFile } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { ROOT, SAMPLE, scratchDir } from './support.ts';

/** The commands in the first block of shell under a heading. */
function commandsUnder(heading: string): string {
  const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
  const section = readme.slice(readme.indexOf(`\n## ${heading}\n`));
  return /```sh\n([^`]*)```/.exec(section)?.[1] ?? '';
}

test('the commands from a model to a smaller one', async () => {
  mkdirSync(join(ROOT, 'out'), { recursive: true });
  // inside the checkout, where npm finds its scripts
  const folder = scratchDir(join(ROOT, 'out'));
  const lines = (path: string, count: number): string =>
    readFileSync(join(ROOT, 'resources/sample', path), 'utf8')
      .split('\n')
      .slice(0, count)
      .join('\n');
  copyFileSync(SAMPLE, join(folder, 'model.gguf'));
  writeFileSync(join(folder, 'tickets.jsonl'), lines('demos/python.jsonl', 3));
  writeFileSync(join(folder, 'held-out.txt'), lines('eval/python.txt', 150));
  const commands = commandsUnder('From the command line');
  expect(commands.match(/^npm run -s winnow -- /gm)).toHaveLength(commands.trim().split('\n').length);

  const env = { ...process.env, WINNOW_HOME: join(folder, 'home'), INIT_CWD: undefined };
  const { stdout } = await promisify(execFile)('bash', ['-e', '-c', commands], { cwd: folder, env });
  expect(existsSync(join(folder, 'scores.json'))).toBe(true);
  expect(statSync(join(folder, 'pruned.gguf')).size).toBeLessThan(0.7 * statSync(SAMPLE).size);
  expect(stdout).toMatch(/× full model +\d/);
});
