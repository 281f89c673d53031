// What the window can do, the command line can do: every call of the contract and every kind of job has a place in both, or
// stands here with the reason why not.
import { readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { CALL_NAMES } from '../../../electron/contract/api.ts';
import { JOB_KINDS } from '../../../electron/contract/api/jobs.ts';
import { ROOT, sourceFiles } from '../source-files.ts';

type Reason = { readonly names: RegExp; readonly why: string };

const WITHOUT_COMMAND: readonly Reason[] = [
  { names: /^programs\.opened$/, why: '`winnow open` says what came of it as it ends.' },
  { names: /^(settings\..*|app\.info)$/, why: 'A command has flags in place of settings.' },
  { names: /^(jobs\.(?!log).*|log\.tail)$/, why: 'A command follows its own work to the end, on the terminal.' },
  { names: /^jobs\.log$/, why: 'A command prints the lines as they come.' },
  { names: /^(undo|.*\.(delete|rename))$/, why: 'Lists are tidied up in the window.' },
  {
    names: /^library\.(?!inspect|machine).*$/,
    why: 'A command names a model by its path, and keeps no list of models.',
  },
  { names: /^app\.prepare$/, why: 'Every command that needs it does it first.' },
  { names: /^sample\.open$/, why: '`winnow tour` knows the sample.' },
  {
    names: /^(domains\.(list|create)|demos\.(?!respond|delete).*|texts\.(?!delete).*)$/,
    why: 'A command names files of demos and texts, and keeps no sets to look through.',
  },
  { names: /^machines\..*$/, why: 'A command names machines by `--rpc`.' },
  { names: /^chat\..*$/, why: 'llama.cpp chats in a terminal: `winnow open --in llama-cpp` says how.' },
  {
    names: /^runs\.scores$/,
    why: 'A picture: scores.json holds the numbers.',
  },
  { names: /^runs\.get$/, why: '`winnow runs` lists all of them.' },
  {
    names: /^(selections\.(steps|fit|history|get|recognise)|exports\.suggestName)$/,
    why: 'Help while a choice is being made: a command has it made already.',
  },
  {
    names: /^(evaluations\.(offer|judge|verdict|list)|generations\.(list|examples|written)|fit\.list)$/,
    why: '`winnow report --json` says what was measured and fitted.',
  },
  { names: /^selections\.save$/, why: '`winnow select` remembers what it chooses.' },
  {
    names: /^exports\.plan$/,
    why: '`--dry-run` begins the work and says it, with all that is checked before.',
  },
  { names: /^exports\.repairCost$/, why: '`--repair` says it before it begins.' },
  { names: /^selections\.importChoice$/, why: '`winnow prune --choice` and the like read it as it is.' },
  { names: /^exports\.(download|reveal)$/, why: 'A file lies where the command wrote it.' },
  { names: /^programs\.(list|modelfile)$/, why: '`winnow open` finds the program and writes what that needs.' },
];

const WITHOUT_WINDOW: readonly Reason[] = [
  { names: /^jobs\.log$/, why: 'The window shows one log.' },
  { names: /^runs\.writeScores$/, why: 'The window shows the picture.' },
  { names: /^app\.prepare$/, why: 'The window’s engine does it as it starts.' },
  { names: /^generations\.get$/, why: 'The window shows examples, page by page.' },
  { names: /^fit\.writePicture$/, why: 'The window draws it on its page.' },
  { names: /^library\.inspect$/, why: 'The list of models says it of each.' },
  { names: /^library\.machine$/, why: '`library.memory` says it beside what a model needs.' },
  {
    names: /^exports\.quantise$/,
    why: 'The search for the best file writes a plain one itself, where that is the best.',
  },
  {
    names: /^studies\..*$/,
    why: 'A study of hours over many files.',
  },
  {
    names: /^(selections\.(bestCriterion|byRanking)|runs\.export.*)$/,
    why: 'Criteria, rankings and matrices are for other programs.',
  },
  { names: /^endpoints\..*$/, why: 'Try talks to a preview by `chat.open`, which serves it for itself.' },
  { names: /^sample\.tour$/, why: 'The window opens the sample itself.' },
];

const FILES = {
  window: textsOf('renderer/**/*.{ts,tsx}'),
  command: textsOf('electron/cli/commands/*.ts'),
  session: textsOf('electron/engine/app/session/*.ts'),
};

const names = [...CALL_NAMES, ...JOB_KINDS.map((kind) => `job:${kind}`)];
const windowOf = new Map(names.map((name) => [name, placesInWindow(name)]));
const commandsOf = new Map(names.map((name) => [name, commandsThat(name)]));

test.each([
  ['window', windowOf, WITHOUT_WINDOW],
  ['command', commandsOf, WITHOUT_COMMAND],
])('every call and job has its place in a %s, or a reason', (_, places, reasons) => {
  const missing = names.filter((name) => places.get(name)?.length === 0);
  const unexplained = missing.filter((name) => reasons.every(({ names: of }) => !of.test(name)));
  expect(unexplained).toEqual([]);
  for (const { names: of, why } of reasons) {
    const meant = names.filter((name) => of.test(name));
    expect(meant, why).not.toEqual([]);
    expect(
      meant.filter((name) => !missing.includes(name)),
      why,
    ).toEqual([]);
  }
});

function textsOf(pattern: string): ReadonlyMap<string, string> {
  return new Map(sourceFiles(pattern).map((path) => [path, readFileSync(join(ROOT, path), 'utf8')]));
}

function calling(files: ReadonlyMap<string, string>, text: string): string[] {
  return [...files].flatMap(([path, source]) => (source.includes(text) ? [path] : []));
}

/** Folders of the page; of a job the calls that start it. */
function placesInWindow(name: string): string[] {
  const kind = /^job:(.+)/.exec(name)?.[1];
  if (kind === undefined)
    return unique(
      calling(FILES.window, `'${name}'`).map((path) => dirname(path).replace(/^renderer\/?/, '') || 'renderer'),
    );
  const starts = new RegExp(`\\bstart\\w*\\(\\s*services,\\s*'${kind}'`);
  return unique([...FILES.session].flatMap(([path, source]) => (starts.test(source) ? [basename(path, '.ts')] : [])));
}

function commandsThat(name: string): string[] {
  const kind = /^job:(.+)/.exec(name)?.[1];
  if (kind === undefined) {
    return unique(calling(FILES.command, `call('${name}'`).map((path) => basename(path, '.ts')));
  }
  const byCall = new RegExp(`(?:runJob|performJob)\\(\\s*context,\\s*'${kind}'`);
  const files = [...FILES.command].flatMap(([path, source]) => (byCall.test(source) ? [path] : []));
  return unique(files.map((path) => basename(path, '.ts')));
}

function unique(texts: readonly string[]): string[] {
  return [...new Set(texts)].toSorted();
}
