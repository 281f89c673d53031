// What can be attacked, found in the product itself where it can be: what is added there without an attack in the table
// fails a test.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { commandTree } from '../../../electron/cli/command-line.ts';
import { openContext } from '../../../electron/cli/context.ts';
import { Output } from '../../../electron/cli/output.ts';
import type { ResultKind } from '../../../electron/engine/base/files/write-target.ts';
import { ROOT } from '../../integration/support.ts';
import { PROCESS_ENTRIES } from '../../setup/process-entries.ts';

/** Files that come from strangers, by what Winnow takes them for. */
const FILES = ['model', 'template', 'demos', 'text', 'scores', 'choice', 'database'];

/** What Winnow writes under a name that the user gives: complete, or the types do not fit. */
const RESULTS: Readonly<Record<ResultKind, true>> = {
  scores: true,
  report: true,
  picture: true,
  imatrix: true,
  choice: true,
};

/** Attacked by tests of its own, which put a double or Electron in its place. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  'electron/main/main.ts': 'test/e2e/desktop/security.spec.ts',
};

/** Node's way to listen, and llama.cpp's. */
const LISTENS = /\.listen\(|\.call\('serveMemory'/;
/** Which modules listen, and as what. */
const LISTENERS: Readonly<Record<string, string>> = {
  'electron/server/server.ts': 'served',
  'electron/engine/endpoints/endpoint.ts': 'endpoint',
  'electron/engine/models/machines/lend-memory.ts': 'worker',
};

/** @returns "command:score", "process:electron/…", "file:choice", "result:choice", "listener:served", "environment:WINNOW_HOME" */
export async function surfaces(): Promise<string[]> {
  return [
    ...(await commands()).map((name) => `command:${name}`),
    ...PROCESS_ENTRIES.filter((entry) => ELSEWHERE[entry] === undefined).map((entry) => `process:${entry}`),
    ...FILES.map((kind) => `file:${kind}`),
    ...Object.keys(RESULTS).map((kind) => `result:${kind}`),
    ...Object.values(LISTENERS).map((name) => `listener:${name}`),
    ...environmentNames().map((name) => `environment:${name}`),
  ];
}

/** @returns the modules that listen for connections and have no name among the surfaces */
export function unnamedListeners(): string[] {
  return sources().filter((path) => LISTENS.test(textOf(path)) && LISTENERS[path] === undefined);
}

/** The commands that do something, as the user types them. */
async function commands(): Promise<string[]> {
  const context = openContext({ home: '/nowhere', output: new Output(false), signal: new AbortController().signal });
  try {
    return commandTree(context, '0').commands.map((command) => command.name());
  } finally {
    await context.close();
  }
}

function environmentNames(): string[] {
  const names = sources().flatMap((path) =>
    [...textOf(path).matchAll(/env(?:\.|\[')(WINNOW_[A-Z_]+)/g)].map(([, name = '']) => name),
  );
  return [...new Set(names)].sort();
}

function sources(): string[] {
  return ['electron', 'native'].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: folder === 'electron', encoding: 'utf8' })
      .filter((path) => path.endsWith('.ts'))
      .map((path) => `${folder}/${path.replaceAll('\\', '/')}`),
  );
}

const textOf = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
