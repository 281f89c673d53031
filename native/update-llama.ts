// Moves this checkout to another release of node-llama-cpp, and so of llama.cpp: `npm run update:llama -- VERSION`.
// Pins and installs it, carries the patches over, builds, tests, and lists what is new in the release for Winnow. It
// exits with 0 only if all of that succeeded. docs/ARCHITECTURE.md, "Moving to a newer llama.cpp".
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { readArchitectures, readKeys, readTensors, type LlamaName } from './llama-names.ts';
import { git, mergePatches, needsMending, unpackReleases, type MergedPatch, type Releases } from './merge-patches.ts';
import { BUILD_DIR, NATIVE_DIR } from './places.ts';
import { PLATFORMS } from './platforms.ts';
import { llamaSource } from './prebuilt.ts';

const ROOT = join(NATIVE_DIR, '..');
const PATCHES = join(NATIVE_DIR, 'patches');
/** The folder of the move in progress: the release that it started from, and both releases with the patches. */
const MOVE = join(BUILD_DIR, 'update');
const FROM_BUNDLE = join(MOVE, 'from.bundle');
const FROM = join(MOVE, 'from.json');
const TREE = join(MOVE, 'llama.cpp');
/** Integration tests that compare the patched llama.cpp with the unpatched one of the same release. */
const HELD = [
  'architecture-records',
  'architectures',
  'expert-tensors',
  'nextn',
  'perplexity',
  'routing-variants',
  'scored-prediction',
];

const PUT_BACK = 'To put the checkout back: git checkout . && npm install';

type Release = { readonly version: string; readonly tag: string };
/** The result of a step; `next`: what to do if it failed. */
type Step = { readonly name: string; readonly said: string; readonly next?: string };

const steps: Step[] = [];

function say(line = ''): void {
  process.stdout.write(`${line}\n`);
}

function note(step: Step): void {
  steps.push(step);
  say(step.next === undefined ? `  ${step.said}` : `  FAILED: ${step.said}`);
  say();
}

/** Runs a program and shows its output. @returns whether it succeeded */
function show(command: string, ...args: readonly string[]): boolean {
  return spawnSync(command, args, { cwd: ROOT, stdio: 'inherit' }).status === 0;
}

/** Runs npm by the path that it passes to its scripts; Windows starts command files only through a shell. */
function npm(...args: readonly string[]): boolean {
  const script = process.env['npm_execpath'];
  return script === undefined ? show('npm', ...args) : show(process.execPath, script, ...args);
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(path, 'utf8'));
}

function pinnedVersion(): string {
  const { dependencies } = readJson(join(ROOT, 'package.json')) as { dependencies: Record<string, string> };
  return dependencies['node-llama-cpp'] ?? '';
}

/** Returns what a system loses if a package is not available, such as "win-x64-cuda". */
function lossOf(name: string): string {
  const [, system = '', processor = '', backend] = /^(\w+)-(\w+?)(?:-(.+))?$/.exec(name) ?? [];
  const where = `${{ linux: 'Linux', mac: 'macOS', win: 'Windows' }[system] ?? system} on ${processor}`;
  const platform = PLATFORMS.find(({ ggml }) => ggml === name);
  if (platform) return `${where} loses ggml, so that Winnow cannot be built for it, and chats`;
  return backend === undefined
    ? `${where} loses chats; Winnow is not built for it`
    : `${where} loses the backend ${backend}`;
}

/** @returns packages of the installed release that the registry did not provide, according to the lock that npm has just written */
function notServed(): string[] {
  const manifest = readJson(join(ROOT, 'node_modules/node-llama-cpp/package.json')) as {
    optionalDependencies?: Record<string, string>;
  };
  const lock = readJson(join(ROOT, 'package-lock.json')) as { packages: Record<string, { version?: string }> };
  return Object.entries(manifest.optionalDependencies ?? {})
    .filter(([name, version]) => lock.packages[`node_modules/${name}`]?.version !== version)
    .map(([name]) => name);
}

/** Pins and installs a version; a move in progress continues from the release that it started from. */
function install(version: string): Release | null {
  say(`== node-llama-cpp ${version}`);
  const installed = llamaSource();
  if (installed.release !== pinnedVersion()) {
    note({
      name: 'install',
      said: `package.json pins node-llama-cpp ${pinnedVersion()}, but ${installed.release} is installed.`,
      next: 'Install what is pinned first: npm install',
    });
    return null;
  }
  if (pinnedVersion() === version && !existsSync(FROM)) {
    note({
      name: 'install',
      said: `${version} is what is pinned.`,
      next: 'Name another version. They are listed by: npm view node-llama-cpp versions',
    });
    return null;
  }
  if (pinnedVersion() !== version) {
    if (git(ROOT, 'status', '--porcelain').trim() !== '') {
      note({
        name: 'install',
        said: 'git status is not clean, and what is moved could not be told from what you changed.',
        next: 'Commit your changes, or put them aside: git stash --include-untracked',
      });
      return null;
    }
    mkdirSync(MOVE, { recursive: true });
    copyFileSync(installed.bundle, FROM_BUNDLE);
    writeFileSync(FROM, JSON.stringify({ version: installed.release, tag: installed.tag } satisfies Release));
    if (!npm('install', '--no-audit', '--no-fund', '--save-exact', `node-llama-cpp@${version}`)) {
      note({
        name: 'install',
        said: `npm could not install node-llama-cpp ${version}.`,
        next: `Read what npm says above: it may not be served, or the registry not be reached. ${PUT_BACK}`,
      });
      return null;
    }
  }
  const from = readJson(FROM) as Release;
  const lost = notServed();
  for (const name of lost) say(`  not served: ${name}@${version}: ${lossOf(name.replace('@node-llama-cpp/', ''))}.`);
  const moved = `llama.cpp ${from.tag} (node-llama-cpp ${from.version}) to ${llamaSource().tag} (${version})`;
  note({
    name: 'install',
    said:
      lost.length === 0 ? `${moved}; every platform is served.` : `${moved}; ${lost.length} packages are not served.`,
  });
  return from;
}

/** Files of a release whose names Winnow's own code may use. */
const NAMED_IN = ['include', 'src', 'common', 'ggml/include', 'ggml/src'];

function read(releases: Releases, revision: string, path: string): string {
  return git(releases.tree, 'show', `${revision}:${path}`);
}

/** Returns the entries that only the new table has. */
function added(readTable: (source: string) => LlamaName[], from: string, to: string): string[] {
  const known = new Set(readTable(from).map(({ name }) => name));
  return readTable(to)
    .map(({ name }) => name)
    .filter((name) => !known.has(name));
}

function wordsOf({ tree }: Releases, revision: string): Set<string> {
  return new Set(
    git(
      tree,
      'grep',
      '-ohE',
      String.raw`\b(llama|ggml|gguf|llm|LLAMA|GGML|LLM)_\w+`,
      revision,
      '--',
      ...NAMED_IN,
    ).split('\n'),
  );
}

/** Returns functions that the headers deprecate, with the reasons that they give. */
function deprecatedIn({ tree }: Releases, revision: string): Map<string, string> {
  const text = git(tree, 'grep', '-hE', '', revision, '--', 'include/*.h', 'ggml/include/*.h', 'src/llama-ext.h');
  const found = text.matchAll(
    /^\s*(?:LLAMA_API\s+)?DEPRECATED\(([^;]*?)"([^"]*)"\s*\);|^\s*GGML_DEPRECATED\(([^;]*?)"([^"]*)"\s*\);/gm,
  );
  return new Map(
    [...found].map(([, llama, why, ggml, reason]) => [
      /(\w+)\s*\(/.exec(llama ?? ggml ?? '')?.[1] ?? '',
      why ?? reason ?? '',
    ]),
  );
}

/** Returns where our own code and the patches' new lines contain a word. */
function placesOf(word: string): string[] {
  const files = globSync(['native/{moe,quantise,src,patches}/*', 'test/native/*'], { cwd: ROOT }).sort();
  return files.flatMap((file) =>
    readFileSync(join(ROOT, file), 'utf8')
      .split('\n')
      .flatMap((line, at) => (new RegExp(`\\b${word}\\b`).test(line) ? [`${file}:${at + 1}`] : [])),
  );
}

/** Prints what the release adds to the old one, and what it removes that Winnow's code uses. */
function tellNews(releases: Releases): void {
  const { tree, from, to } = releases;
  say("== What is new in llama.cpp's names");
  const names = [from, to].map((revision) => read(releases, revision, 'src/llama-arch.cpp')) as [string, string];
  const documented = readFileSync(join(ROOT, 'docs/ARCHITECTURES.md'), 'utf8').split(/[^\w.-]+/);
  const isRecorded = new Set(documented.map((word) => word.replace(/\.$/, '')));
  const architectures = new Set([
    ...added(readArchitectures, ...names),
    ...readArchitectures(names[1])
      .map(({ name }) => name)
      .filter((name) => !isRecorded.has(name)),
  ]);
  for (const name of architectures) {
    say(
      `  architecture ${name}${isRecorded.has(name) ? '' : ': NO RECORD in electron/engine/models/architectures.ts'}`,
    );
  }
  for (const name of added(readKeys, ...names)) say(`  key ${name.replace('%s', 'ARCHITECTURE')}`);
  for (const name of added(readTensors, ...names)) say(`  tensor ${name}`);

  const graphs = git(tree, 'diff', '--name-only', '--diff-filter=A', from, to, '--', 'src/models')
    .split('\n')
    .filter(Boolean);
  for (const path of graphs) {
    const runs = read(releases, to, path).includes('build_moe_ffn(') ? 'runs experts' : 'runs no experts';
    say(`  graph ${path}: ${runs}`);
  }

  const [before, now] = [wordsOf(releases, from), wordsOf(releases, to)];
  for (const word of before) {
    if (now.has(word)) continue;
    const places = placesOf(word);
    if (places.length > 0) say(`  gone: ${word}, which is named in ${places.join(', ')}`);
  }
  const known = deprecatedIn(releases, from);
  for (const [word, why] of deprecatedIn(releases, to)) {
    const places = known.has(word) ? [] : placesOf(word);
    if (places.length > 0) say(`  deprecated: ${word} (${why}), which is named in ${places.join(', ')}`);
  }
  say();
}

function indented(text: string): string {
  return text.replaceAll(/^/gm, '      ');
}

function tellPatch(patch: MergedPatch): void {
  const { name, rejected, conflicts, refreshed } = patch;
  if (rejected.length === 0) {
    say(`  ${name}: applies as it is.`);
    return;
  }
  say(
    refreshed === null
      ? `  ${name}: CONFLICT. The release has changed the very lines that the patch changes.`
      : `  ${name}: does not apply as it is, but git merges it. Read what it merged.`,
  );
  for (const { file, line } of rejected)
    say(`    not as the patch quotes it: ${file}, line ${line} of the old release`);
  for (const { file, line, text } of conflicts) say(`    ${file}, line ${line} of the merged file:\n${indented(text)}`);
  if (refreshed === null && conflicts.length === 0) say('    It does not apply to the old release either.');
}

/** Merges the patches and, if none is left to resolve, rewrites those that git has merged. */
function carryPatches(releases: Releases): boolean {
  say('== Patches');
  const patches = mergePatches(releases, PATCHES);
  patches.forEach(tellPatch);
  const broken = patches.filter(needsMending);
  if (broken.length > 0) {
    const [first] = broken;
    note({
      name: 'patches',
      said: `to mend: ${broken.map(({ name }) => name).join(', ')}.`,
      next: [
        `Resolve the marks of ${first!.name} in ${TREE}, then`,
        `git -C ${TREE} add --all && git -C ${TREE} diff --cached > ${join(PATCHES, first!.name)}`,
        'Write its first lines, which say why it is there, back to its head; then run the same command again.',
      ].join('\n    '),
    });
    return false;
  }
  const merged = patches.filter(({ refreshed }) => refreshed !== null);
  for (const { name, refreshed } of merged) writeFileSync(join(PATCHES, name), refreshed!);
  note({
    name: 'patches',
    said:
      merged.length === 0
        ? 'all apply as they are.'
        : `written anew, as merged: ${merged.map(({ name }) => name).join(', ')}.`,
  });
  return true;
}

function build(): boolean {
  say('== The native part, and the unpatched programs of the same release');
  const held = show(process.execPath, join(NATIVE_DIR, 'build.ts'), '--reference');
  note(
    held
      ? { name: 'build', said: 'compiled.' }
      : {
          name: 'build',
          said: 'the native part or the unpatched programs do not compile.',
          next: 'Mend native/moe, native/src, the patches or test/native by what the compiler says above, then run the same command again.',
        },
  );
  return held;
}

function test(all: boolean): void {
  const files = HELD.map((name) => `test/integration/${name}.test.ts`);
  say(all ? '== The whole suite' : `== Tests: ${HELD.join(', ')}`);
  const held = all ? npm('test') : npm('exec', '--', 'vitest', 'run', '--project', 'integration', ...files);
  note(
    held
      ? {
          name: 'tests',
          said: all ? 'all green.' : 'green: scores, masks, files and perplexity are those of the unpatched release.',
        }
      : {
          name: 'tests',
          said: 'not all are green.',
          next:
            'An architecture without a record: read its graph, then add it to electron/engine/models/architectures.ts. The table of ' +
            'docs/ARCHITECTURES.md: UPDATE_DOCS=1, as it says itself. Then run the same command again.',
        },
  );
}

function summary(from: Release | null, version: string): void {
  const failed = steps.filter(({ next }) => next !== undefined);
  say('== Summary');
  for (const { name, said, next } of steps) say(`  ${next === undefined ? 'held  ' : 'FAILED'} ${name}: ${said}`);
  for (const { next } of failed) say(`  Next: ${next}`);
  if (from === null) return;
  if (failed.length === 0) say(`  node-llama-cpp ${version} holds. Read git diff, and commit it to keep the move.`);
  say(`  ${PUT_BACK}`);
}

const { values, positionals } = parseArgs({ allowPositionals: true, options: { all: { type: 'boolean' } } });
const [version] = positionals;
if (version === undefined || positionals.length > 1 || !/^\d+\.\d+\.\d+$/.test(version)) {
  say(
    'Usage: npm run update:llama -- VERSION [--all]\n  VERSION  of node-llama-cpp, such as 3.21.1\n  --all    the whole suite of tests',
  );
  process.exitCode = 2;
} else {
  const from = install(version);
  if (from !== null) {
    const releases = unpackReleases(TREE, { from: FROM_BUNDLE, to: llamaSource().bundle });
    tellNews(releases);
    if (carryPatches(releases) && build()) test(values.all ?? false);
  }
  summary(from, version);
  process.exitCode = steps.every(({ next }) => next === undefined) ? 0 : 1;
}
