// How many copies of files the demo index misses, and how many different files of a kind it takes for copies: `npm run bench:copies [-- SEED [ROOT…]]`.
import { globSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { uniform } from '../../electron/engine/base/statistics/uniform.ts';
import { indexDemos, type Overlap } from '../../electron/engine/demos/demo-index.ts';

const KINDS = ['.ts', '.d.ts', '.md', '.json', '.js', '.h', '.py'];
const FILES = 100;
const [seed = '7', ...given] = process.argv.slice(2);
const roots =
  given.length > 0 ? given : ['node_modules', 'electron', 'renderer', 'test', '/usr/include', '/usr/lib/python3'];
const random = uniform(Number(seed));
const paths = roots.flatMap((root) =>
  globSync('**/*.{ts,md,json,js,h,py}', { cwd: root }).map((path) => join(root, path)),
);

/** The share of the shorter file's lines of 8 characters or more that the other one has. */
function commonLines(one: string, other: string): number {
  const [a, b] = [one, other].map(
    (text) =>
      new Set(
        text
          .split('\n')
          .map((line) => line.trim())
          .filter((line) => line.length >= 8),
      ),
  );
  const [short, long] = a!.size < b!.size ? [a!, b!] : [b!, a!];
  return short.size === 0 ? 1 : [...short].filter((line) => long.has(line)).length / short.size;
}

/** Prints an overlap and says whether it is a false one: under half of the shorter text's lines are in the other. */
function isAlarm(
  where: string,
  { share, how }: Pick<Overlap<number>, 'share' | 'how'>,
  demo: string,
  other: string,
): boolean {
  const common = commonLines(demo, other);
  const isFalse = common < 0.5;
  console.log(where, isFalse ? 'ALARM' : 'alike', share.toFixed(2), how, common.toFixed(2));
  return isFalse;
}

let [missed, copies, alarms, pairs, alike] = [0, 0, 0, 0, 0];
let [inSet, setTexts, unsaid] = [0, 0, 0];
for (const kind of KINDS) {
  const ofKind = paths.filter((path) => path.endsWith(kind) && (kind !== '.ts' || !path.endsWith('.d.ts')));
  const chosen = ofKind
    .map((path) => ({ path, rank: random() }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ path }) => path)
    .filter((path) => {
      const { size } = statSync(path);
      return size >= 1000 && size < 2e6;
    })
    .slice(0, 2 * FILES + 100);
  const texts = chosen.map((path) => readFileSync(path, 'utf8'));
  if (texts.length < 2 * FILES) {
    console.log(kind, 'only', texts.length);
    continue;
  }
  const before = performance.now();
  for (let i = 0; i < FILES; i++) {
    const [demo, other] = [texts[i]!, texts[FILES + i]!];
    const index = await indexDemos([{ of: i, text: demo }]);
    const at = Math.floor(other.length / 2);
    for (const [how, text] of Object.entries({
      before: `Some notes on this.\n${demo}`,
      behind: `${demo}\nThat was all.`,
      middle: `${other.slice(0, at)}\n${demo}\n${other.slice(at)}`,
    })) {
      copies++;
      if (index.compare(text).largest === undefined) {
        missed++;
        console.log('missed', kind, how, chosen[i]);
      }
    }
    pairs++;
    const { largest } = index.compare(other);
    if (!largest) continue;
    if (isAlarm(`${chosen[i]} ~ ${chosen[FILES + i]}`, largest, demo, other)) alarms++;
    else alike++;
  }
  // a set of demos of one kind, and other files of that kind
  const demos = texts.slice(0, FILES).map((text, of) => ({ of, text }));
  const index = await indexDemos(demos);
  for (const [i, text] of texts.slice(FILES, 2 * FILES).entries()) {
    setTexts++;
    const { largest, weight, comparable } = index.compare(text);
    if (2 * comparable < weight) unsaid++;
    if (!largest) continue;
    if (isAlarm(`set ${chosen[largest.demo]} ~ ${chosen[FILES + i]}`, largest, texts[largest.demo]!, text)) inSet++;
  }
  for (const [i, demo] of demos.entries()) {
    const { largest, weight, comparable } = index.compare(`A line before.\n${demo.text}\nAnd one behind.`);
    copies++;
    if (!largest) {
      missed++;
      console.log('set missed', kind, chosen[i], weight, comparable);
    }
  }
  // one long text of many files against other small files
  const long = texts.slice(2 * FILES).join('\n');
  for (const one of index.overlaps(long)) isAlarm(`long ${chosen[one.demo]}`, one, texts[one.demo]!, long);
  console.log(kind, Math.round(performance.now() - before), 'ms');
}
console.log({ missed, copies, alarms, alike, pairs, inSet, setTexts, unsaid });
