// Names that give orders to whoever prints them.
import assert from 'node:assert/strict';
import { copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expectDone } from '../expect.ts';
import { onWindows, type Attack, type Ended } from '../ground.ts';
import { words } from '../../../words.ts';

/** Forges a line, clears the screen, turns the direction of writing, and separates lines in other ways. */
const HOSTILE = 'a\nerror: forged\t\u001B[2J\u202Egnp\u2028b=cmd|calc!A1';
const FORGED = /^error: forged/m;
const ORDERS = /(?![\t\n])\p{Cc}|[\u202A-\u202E\u2066-\u2069\u2028\u2029]/u;

function expectPlain({ command, stdout, stderr }: Ended): void {
  for (const text of [stdout, stderr]) {
    assert.doesNotMatch(text, ORDERS, command);
    assert.doesNotMatch(text, FORGED, command);
  }
}

export const NAMES: readonly Attack[] = [
  {
    name: 'names with line ends, escapes and turned writing',
    promise: 'every command takes such a file and prints its name on one line, without what a terminal obeys',
    missing: onWindows,
    async run({ folder, model, demos, winnow }) {
      const place = join(folder, HOSTILE);
      mkdirSync(place);
      const file = (ending: string): string => join(place, `${HOSTILE}${ending}`);
      copyFileSync(model, file('.gguf'));
      copyFileSync(demos('math'), file('.jsonl'));
      const few = ['--limit', '2', '--gpu', 'off'];
      const commands = [
        ['inspect', file('.gguf')],
        words`
          score ${file('.gguf')} --demos ${file('.jsonl')} ${few} --out ${file('.scores')} --imatrix
          ${file('.matrix')}`,
        ['select', '--scores', file('.scores'), '--keep', '0.5', '-o', file('.mask')],
        ['prune', file('.gguf'), '--choice', file('.mask'), '-o', file('-pruned.gguf')],
        ['runs'],
        ['select'],
        ['report', '-o', file('.html')],
        ['report', '--as', 'card', '-o', file('.md')],
        ['report', '--as', 'choice', '-o', file('.choice')],
      ];
      for (const command of commands) {
        expectPlain(expectDone(await winnow(command)));
      }
      for (const ending of ['.scores', '.matrix', '.mask', '-pruned.gguf', '.html', '.md', '.choice'])
        assert.ok(existsSync(file(ending)), ending);
      const card = readFileSync(file('.md'), 'utf8');
      assert.doesNotMatch(card, ORDERS);
      assert.doesNotMatch(card, FORGED);
      // what is not there, is not what it should be, or cannot be written is named on one line too
      const failing = [
        ['inspect', file('.none')],
        ['inspect', file('.jsonl')],
        ['select', '--scores', file('.mask'), '--keep', '8'],
        ['eval', file('.gguf'), '--text', file('.none')],
        ['score', file('.gguf'), '--demos', file('.none'), '--gpu', 'off'],
      ];
      for (const command of failing) {
        const ended = await winnow(command);
        assert.equal(ended.code, 1, ended.command);
        expectPlain(ended);
      }
    },
  },
];
