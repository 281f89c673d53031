// What the engine does when it starts, for what a killed one left.
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { afterAll, expect, test, vi } from 'vitest';
import { openTestEngine } from './test-engine.ts';

const home = mkdtempSync(join(tmpdir(), 'winnow-services-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));

test('scratch files of dead processes are removed, those of living ones and of others stay', async () => {
  const dead = spawnSync(process.execPath, ['--version']).pid;
  const folders = Object.entries({
    dead: `eval-${dead}-aaaaaa`,
    living: `eval-${process.ppid}-bbbbbb`,
    other: 'notes',
  });
  const path = Object.fromEntries(folders.map(([whose, name]) => [whose, join(home, 'tmp', name)]));
  for (const folder of Object.values(path)) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'base-logits'), 'gigabytes');
  }
  openTestEngine(home);
  await vi.waitFor(() => expect(existsSync(path.dead!)).toBe(false));
  expect(existsSync(path.living!)).toBe(true);
  expect(existsSync(path.other!)).toBe(true);
});
