// What the page's process gets when it says that files were dropped on it.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { GrantedPath } from '../../../electron/contract/host-messages.ts';
import { FileGrants } from '../../../electron/main/file-grants.ts';

const folder = mkdtempSync(join(tmpdir(), 'winnow-dropped-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, text = 'x'): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

test('files of the kinds that Winnow reads, models without an extension, folders, and nothing else', async () => {
  const issued: GrantedPath[] = [];
  const grants = new FileGrants((grant) => issued.push(grant));
  mkdirSync(join(folder, 'models'));
  const good = [
    write('a.jsonl'),
    write('B.GGUF'),
    write('c.winnow'),
    write('sha256-0a', 'GGUF…'),
    join(folder, 'models'),
  ];
  const others = [
    write('id_rsa'),
    write('.env'),
    write('Cookies', 'SQLite'),
    write('key4.db'),
    write('a.txt.gpg'),
    write('empty', ''),
  ];
  const none = [join(folder, 'missing.txt'), join(folder, 'missing'), '/dev/zero', '\0', ''];
  const granted = await grants.forDropped([...others, ...good, ...none]);
  expect(granted.map(({ name }) => name)).toEqual(good.map((path) => basename(path)));
  // in whatever order the disk answers
  expect(new Map(issued.map(({ path, access }) => [path, access]))).toEqual(
    new Map(good.map((path) => [path, path.endsWith('models') ? 'folder' : 'read'])),
  );
  expect(issued).toHaveLength(good.length);
});
