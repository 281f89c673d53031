// What README.md tells people to type works as it is printed.
import { execFile } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { ROOT, SAMPLE, scratchDir } from './support.ts';

/** The blocks of shell under a heading. */
function commandsUnder(heading: string): string[] {
  const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
  const section = readme.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
  return [...section.matchAll(/```sh\n([^`]*)```/g)].map(([, commands]) => commands ?? '');
}

/** A folder with the files that README's commands name, and a way to run a block of them there. */
function reader(): { folder: string; run: (commands: string) => Promise<string> } {
  mkdirSync(join(ROOT, 'out'), { recursive: true });
  // inside the checkout, where npm finds its scripts
  const folder = scratchDir(join(ROOT, 'out'));
  const lines = (path: string, count: number): string =>
    readFileSync(join(ROOT, 'resources/sample', path), 'utf8')
      .split('\n')
      .slice(0, count)
      .join('\n');
  copyFileSync(SAMPLE, join(folder, 'model.gguf'));
  writeFileSync(join(folder, 'tickets.jsonl'), lines('demos/python.jsonl', 20));
  writeFileSync(join(folder, 'held-out.txt'), lines('eval/python.txt', 150));
  const env = { ...process.env, WINNOW_HOME: join(folder, 'home'), INIT_CWD: undefined };
  return {
    folder,
    run: async (commands) => {
      expect(commands.match(/^npm run -s winnow -- /gm)).toHaveLength(commands.trim().split('\n').length);
      return (await promisify(execFile)('bash', ['-e', '-c', commands], { cwd: folder, env })).stdout;
    },
  };
}

const [best = '', stepByStep = ''] = commandsUnder('From the command line');

// the search itself: fit.test.ts
test('the command for the best file', async () => {
  const { folder, run } = reader();
  const planned = best.replace('12GB', '20MB').replace('-o best.gguf', '-o best.gguf --estimate');
  expect(await run(planned)).toContain('compared for 20.0 MB');
  expect(existsSync(join(folder, 'best.gguf'))).toBe(false);
});

test('the commands step by step, from a model to a smaller one', async () => {
  const { folder, run } = reader();
  const stdout = await run(stepByStep);
  expect(existsSync(join(folder, 'scores.json'))).toBe(true);
  expect(statSync(join(folder, 'pruned.gguf')).size).toBeLessThan(0.7 * statSync(SAMPLE).size);
  expect(stdout).toMatch(/× full model +\d/);
});
