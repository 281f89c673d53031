// What `npm run hostile` says of itself, to whoever only asks.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from '../../integration/support.ts';

const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  readonly scripts: Readonly<Record<string, string>>;
};

test('help is printed at once: nothing is compiled, and nothing is tried', () => {
  // one program alone, which asks for its options before it builds
  const [node, script = '', ...more] = scripts.hostile!.split(' ');
  expect([node, ...more]).toEqual(['node']);
  const said = execFileSync(process.execPath, [script, '--help'], { cwd: ROOT, encoding: 'utf8' });
  expect(said).toMatch(/npm run hostile -- attack \[WORD …\]/);
  expect(said).not.toMatch(/\d+ inputs/);
});
