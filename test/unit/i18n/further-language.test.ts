// A language that nobody speaks, in a copy of the sources: its folder and one line are all that it takes, everywhere.
import { execFileSync } from 'node:child_process';
import { cpSync, globSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ROOT } from '../source-files.ts';

const COPIED = ['electron', 'renderer/i18n', 'native', 'package.json', 'test/unit/page/scripts', 'test/unit/report'];
/** On a busy machine. */
const COPY_MS = 120_000;
const LANGUAGES = 'electron/contract/text/languages.ts';
const copy = mkdtempSync(join(tmpdir(), 'winnow-language-'));
afterAll(() => rmSync(copy, { recursive: true, force: true }));

type Said = Record<'language' | 'window' | 'engine' | 'report' | 'help', string> & { readonly menu: readonly string[] };
let said: Said;

/** Every text in brackets. */
function marked(value: unknown): unknown {
  if (typeof value === 'string') return `⟦${value}⟧`;
  return Object.fromEntries(Object.entries(value ?? {}).map(([key, child]) => [key, marked(child)]));
}

beforeAll(() => {
  const isSource = (path: string): boolean => !/[\\/]native[\\/](build|prebuilt)([\\/]|$)/.test(path);
  for (const path of COPIED) cpSync(join(ROOT, path), join(copy, path), { recursive: true, filter: isSource });
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'), 'junction');

  const folder = join(copy, 'electron/contract/text/xx');
  cpSync(join(copy, 'electron/contract/text/en'), folder, { recursive: true });
  for (const file of globSync(join(folder, '*.json')))
    writeFileSync(file, JSON.stringify(marked(JSON.parse(readFileSync(file, 'utf8')))));
  const languages = readFileSync(join(copy, LANGUAGES), 'utf8');
  const line = "  xx: { name: 'Xx', read: () => import('./xx/texts.ts') },\n";
  writeFileSync(join(copy, LANGUAGES), languages.replace('} as const;', `${line}} as const;`));

  const script = join(copy, 'test/unit/page/scripts/say-everywhere.ts');
  const { NODE_OPTIONS: _bundled, ...env } = process.env;
  said = JSON.parse(execFileSync(process.execPath, [script, 'xx-XX'], { encoding: 'utf8', env })) as Said;
}, COPY_MS);

test('the window speaks it where the system does, and says what the engine says', () => {
  expect(said.language).toBe('xx');
  expect(said.window).toBe('⟦Models⟧');
  expect(said.engine).toBe('⟦a.gguf: ⟦permission denied⟧⟧');
});

test('the menu is in it', () => {
  const labels = said.menu.filter((label) => label !== '');
  expect(labels).toContain('⟦File⟧');
  expect(labels.filter((label) => !label.startsWith('⟦'))).toEqual([]);
});

test('the report is in it, with its verdict', () => {
  expect(said.report).toContain('<html lang="xx">');
  expect(said.report).toContain('<h2>⟦What it costs⟧</h2>');
  const titles = [...said.report.matchAll(/<h2>([^<]*)</g)].map(([, title = '']) => title);
  expect(titles.length).toBeGreaterThan(4);
  expect(titles.filter((title) => !title.startsWith('⟦'))).toEqual([]);
  expect(said.report).toMatch(/⟦[\d.]+ GB instead of /);
});

test('the command line offers it', () => {
  expect(said.help).toContain('en or ja or xx');
});
