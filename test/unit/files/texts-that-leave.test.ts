// Every text that leaves Winnow, with the names of strangers in it: each has an escaper of its own, and one list of names tries all.
import { tmpdir } from 'node:os';
import { join, resolve, sep } from 'node:path';
import { describe, expect, test } from 'vitest';
import { WinnowError } from '../../../electron/contract/errors.ts';
import type { GgufValue } from '../../../electron/contract/model-info.ts';
import { Output, table } from '../../../electron/cli/output.ts';
import { inEnglish, msg } from '../../../electron/contract/sentences.ts';
import { shellWord } from '../../../electron/engine/base/files/shell-word.ts';
import { modelfileText, ollamaName } from '../../../electron/engine/write/programs/ollama.ts';
import { modelCard } from '../../../electron/engine/report/model-card.ts';
import { cardPage } from '../../../electron/engine/report/card-page.ts';
import { loadLocale } from '../../../electron/contract/text/i18n.ts';
import { displayNameOf } from '../../../electron/engine/base/files/paths.ts';
import { sampleCard } from '../report/sample-card.ts';
import { cardFacts } from '../../../electron/engine/report/card.ts';
import { janModelYml } from '../../../electron/engine/write/programs/open-in.ts';

const HOSTILE = [
  'a\nFROM /etc/passwd\nSYSTEM forged',
  'a\rerror: forged',
  'a\u2028- forged\u0085b',
  '$(touch forged).gguf',
  '`touch forged`.gguf',
  "'; touch forged; '",
  '"; touch forged; "',
  '\\"$(touch forged)\\',
  '%PATH%^& forged',
  '<script>forged()</script><img src=x onerror=forged()>',
  '"><script>forged()</script>',
  '</code></pre><b>',
  '```\n# forged\n```',
  '| a | b |\n---',
  '- forged',
  '1. forged',
  '~~forged~~ [a](http://forged)',
  '\u001b[2J\u001b]0;forged\u0007\u009b31m',
  '\u202Egnp.exe\u2066',
  '-rf',
  '--output=forged',
  '=cmd|calc!A1',
  '@SUM(1)',
  "y: 'forged' # ",
];

/** What a terminal obeys, or what turns the direction of writing; line ends are each text's own. */
const ORDERS = /(?!\n)\p{Cc}|[\u061c\u200e\u200f\u202A-\u202E\u2066-\u2069\u2028\u2029]/u;

const string = (value: string): GgufValue => ({ type: 'string', array: false, value, length: 1 });

describe.each(HOSTILE)('%j', (name) => {
  test('is text in a model card: no markup, no line of its own, no command', async () => {
    const header = cardFacts({
      'general.license': string('other'),
      'general.license.name': string(name),
      'general.license.link': string(name),
      'general.repo_url': string(name),
    });
    const card = modelCard(sampleCard({ name }, { header }), await loadLocale('en'));
    expect(card).not.toMatch(ORDERS);
    const [, front = '', body = ''] = /^---\n(.*?)\n---\n(.*)$/s.exec(card) ?? [];
    for (const line of front.split('\n')) expect(line).toMatch(/^(?:# |[a-z_]+:|  - )/);
    const code = [...body.matchAll(/^```sh\n(.*?)\n```$/gms)].map(([, lines = '']) => lines.split('\n')).flat();
    for (const line of code) expect(line).toMatch(/^(?:winnow|llama-server) /);
    const file = displayNameOf(`/out/${name}`);
    expect(code).toContain(`llama-server -m ${shellWord(file.startsWith('-') ? `./${file}` : file, 'posix')}`);
    const prose = body.replace(/^```\w*\n.*?\n```$/gms, '');
    expect(prose).not.toMatch(/<\w|\]\(http|~~|^(?:[-=+] forged|\d+\. |-rf)/m);
  });

  test('is text in the report’s page', async () => {
    for (const language of ['en', 'ja']) {
      const page = cardPage(sampleCard({ name }), await loadLocale(language));
      expect(page).not.toMatch(/<script|<img|onerror=forged\(\)>/);
      // line ends and the direction of writing have elements of their own there
      expect(page.replaceAll(/\n|[\u202A-\u202E\u2066-\u2069\u2028\u2029]/g, '')).not.toMatch(/\p{Cc}/u);
      expect(page.match(/<pre>/g)?.length).toBe(page.match(/<\/pre>/g)?.length);
    }
  });

  test('ends no line of a Modelfile: it is the file, or refused by name', () => {
    const path = join(tmpdir(), name);
    let text: string | null = null;
    try {
      text = modelfileText([path], {}, 4096);
    } catch (error) {
      expect(error).toBeInstanceOf(WinnowError);
      expect((error as WinnowError).message).not.toMatch(/\n/);
    }
    const shown = path.split(sep === '/' ? sep : /[\\/]/).findLast((part) => part !== '') ?? '';
    if (text === null) expect(shown).toMatch(/\p{Cc}|[\u202A-\u202E\u2066-\u2069\u2028\u2029]|^\s|\s$/u);
    else
      expect(text.split('\n').filter((line) => !line.startsWith('#'))).toEqual([
        `FROM ./${shown}`,
        'PARAMETER num_ctx 4096',
        '',
      ]);
    expect(ollamaName(path)).toMatch(/^[a-z0-9][a-z0-9._-]*$/);
  });

  test('is one quoted scalar of Jan’s YAML', () => {
    const lines = janModelYml(join(tmpdir(), name), 1).split('\n');
    expect(lines.map((line) => line.replace(/:.*$/s, ''))).toEqual([
      'embedding',
      'model_path',
      'name',
      'size_bytes',
      '',
    ]);
    expect(lines.join('\n')).not.toMatch(ORDERS);
    expect(JSON.parse(lines[1]?.replace('model_path: ', '') ?? '')).toBe(resolve(join(tmpdir(), name)));
  });

  test('gives no order to a terminal, as text, table, sentence, warning or JSON', () => {
    const written: string[] = [];
    const stream = { write: (text: string) => written.push(text) };
    for (const json of [true, false]) {
      const output = new Output(json, { out: stream, err: stream });
      output.result(
        { path: name },
        `${table(['name', 'n'], [[name, '1']])}\n${inEnglish(msg('fileGone', { path: name }))}`,
      );
      output.warn(inEnglish(msg('fileGone', { path: name })));
      output.error(new WinnowError('FILE_NOT_FOUND', msg('fileGone', { path: name }), { path: name }));
    }
    expect(written.join('')).not.toMatch(ORDERS);
    expect(written.join('')).not.toMatch(/^(?:error: )?forged|^FROM/m);
    expect(JSON.parse(written[0] ?? '')).toEqual({ path: name });
  });
});
