// What leaves Winnow: texts that people paste, masks that they pass on, names that give orders to whoever prints them.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { printableName } from '../../../../electron/contract/printable.ts';
import { onWindows, type Attack, type Ended } from '../ground.ts';
import { expectDone, scoring } from '../commands.ts';

/** Each runs `touch ran` where some shell takes it for more than a name. */
const COMMANDS = [
  ...['$(touch ran)', '`touch ran`', "';touch ran;'", '";touch ran;"'],
  ...["\\';touch ran;\\'", '-x\ntouch ran'],
];

/** Pastes lines into a shell that knows no program but these, each of which notes what it is given. */
function paste(folder: string, lines: string, shell: string): string[] {
  const programs = join(folder, 'programs');
  if (!existsSync(programs)) {
    mkdirSync(programs);
    for (const name of ['winnow', 'llama-server', 'ollama', 'llama-cli'])
      writeFileSync(join(programs, name), '#!/bin/sh\nprintf "%s\\0" "$@" >> "$NOTES"\n', { mode: 0o755 });
  }
  const place = join(folder, `pasted-${readdirSync(folder).length}`);
  mkdirSync(place);
  const notes = `${place}.notes`;
  const PATH = `${programs}${delimiter}${process.env.PATH ?? ''}`;
  try {
    execFileSync(shell, ['-c', lines], { cwd: place, env: { PATH, NOTES: notes }, stdio: 'ignore' });
  } catch {
    // a shell that reads a word otherwise may refuse the line
  }
  assert.deepEqual(readdirSync(place), [], `${shell} ran ${lines}`);
  return existsSync(notes) ? readFileSync(notes, 'utf8').split('\0') : [];
}

/** Forges a line, clears the screen, turns the direction of writing, and separates lines in other ways. */
const HOSTILE = 'a\nerror: forged\t\u001B[2J\u202Egnp\u2028b=cmd|calc!A1';
const ORDERS = /^error: forged|(?![\t\n])\p{Cc}|[\u202A-\u202E\u2066-\u2069\u2028\u2029]/mu;

const expectPlain = ({ command, stdout, stderr }: Ended): void =>
  assert.doesNotMatch(`${stdout}\n${stderr}`, ORDERS, command);

export const SHOWN: readonly Attack[] = [
  {
    name: 'files that are called as commands',
    promise: 'whatever Winnow prints to be pasted names them, and runs nothing of theirs in any shell',
    missing: onWindows,
    async run(ground) {
      const { folder, model, winnow } = ground;
      for (const [i, command] of COMMANDS.entries()) {
        const place = join(folder, `${i}`);
        mkdirSync(place);
        const [whole, pruned] = [`${command}.gguf`, `${command}-pruned.gguf`].map((name) => join(place, name));
        assert.ok(whole !== undefined && pruned !== undefined);
        copyFileSync(model, whole);
        const [scores, mask] = [join(place, `${command}.json`), join(place, `${command}.mask`)];
        const scored = await winnow(scoring({ ...ground, model: whole }, '--out', scores));
        const selected = await winnow(['select', '--scores', scores, '--keep', '0.5', '-o', mask]);
        const written = await winnow(['prune', whole, '--choice', mask, '-o', pruned]);
        const carded = await winnow(['report', '--as', 'card', '-o', join(place, 'card.md')]);
        const reported = await winnow(['report', '-o', join(place, 'r.html')]);
        const opened = await winnow(['open', pruned, '--in', 'llama-cpp', '--gpu', 'off', '--json']);
        for (const ended of [scored, selected, written, carded, reported, opened]) expectDone(ended);
        const card = readFileSync(join(place, 'card.md'), 'utf8');
        const fences = [...card.matchAll(/^```sh\n(.*?)\n```$/gms)].map(([, lines = '']) => lines);
        const run = (JSON.parse(opened.stdout) as { commands: { text: string }[] }).commands.map(({ text }) => text);
        const hints = [scored, selected].flatMap(({ stdout }) => /Next: (.*)$/m.exec(stdout)?.[1] ?? []);
        assert.equal(hints.length, 2);
        for (const lines of [...fences.flatMap((fence) => fence.split('\n')), ...run, ...hints])
          for (const shell of ['sh', 'bash']) paste(folder, lines, shell);
        // a report's names are as people may see them
        const name = printableName(`${command}-pruned.gguf`);
        const [serve = ''] = fences;
        assert.deepEqual(paste(folder, serve, 'bash').slice(0, 2), ['-m', name.startsWith('-') ? `./${name}` : name]);
        assert.ok(hints.some((hint) => paste(folder, hint, 'bash').includes(mask)));
      }
    },
  },
  {
    name: 'names with line ends, escapes and turned writing',
    promise: 'every command takes such a file and prints its name on one line, without what a terminal obeys',
    missing: onWindows,
    async run(ground) {
      const { folder, model, demos, winnow } = ground;
      const place = join(folder, HOSTILE);
      mkdirSync(place);
      const file = (ending: string): string => join(place, `${HOSTILE}${ending}`);
      copyFileSync(model, file('.gguf'));
      copyFileSync(demos('math'), file('.jsonl'));
      const own = { ...ground, model: file('.gguf'), demos: () => file('.jsonl') };
      const commands = [
        ['inspect', file('.gguf')],
        scoring(own, '--out', file('.scores'), '--imatrix', file('.matrix')),
        ['select', '--scores', file('.scores'), '--keep', '0.5', '-o', file('.mask')],
        ['prune', file('.gguf'), '--choice', file('.mask'), '-o', file('-pruned.gguf')],
        ['runs'],
        ['select'],
        ['report', '-o', file('.html')],
        ['report', '--as', 'card', '-o', file('.md')],
        ['report', '--as', 'choice', '-o', file('.choice')],
      ];
      for (const command of commands) expectPlain(expectDone(await winnow(command)));
      for (const ending of ['.scores', '.matrix', '.mask', '-pruned.gguf', '.html', '.md', '.choice'])
        assert.ok(existsSync(file(ending)), ending);
      assert.doesNotMatch(readFileSync(file('.md'), 'utf8'), ORDERS);
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
