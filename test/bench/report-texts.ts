// The texts that benches report quality on, and the check that they are no others: METHOD.md says which texts may tune and which may report.
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const REPORTED = fileURLToPath(new URL('../texts/', import.meta.url));
/** Its demos and evaluation texts are what defaults, thresholds and examples were chosen by. */
const TUNING = fileURLToPath(new URL('../../resources/sample/', import.meta.url));

/** How much of a text's long lines a tuning text may have, too: what documents of one kind have in common. */
const MOST_SHARED = 0.1;
/** Characters of a long line; scripts without spaces say as much in fewer. */
const LONG = 40;
const LONG_WITHOUT_SPACES = 24;
const WITHOUT_SPACES = /[\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Han}]/u;

/** The text that decided nothing. */
export function reportText(domain: string): string {
  const path = join(REPORTED, `${domain}.txt`);
  if (!existsSync(path))
    throw new RangeError(
      `There is no report text of "${domain}". Add ${path}, with its source and licence in the README beside it`,
    );
  return path;
}

/** @throws RangeError for a text that is, or repeats, one that defaults were chosen by */
export function requireReportTexts(paths: readonly string[]): void {
  if (paths.length === 0) throw new RangeError('The figures are of no text. Name the report texts that were measured');
  for (const path of paths) {
    const lines = longLines(readFileSync(path, 'utf8'));
    const remedy = 'Measure on reportText(domain) of test/bench/report-texts.ts';
    if (lines.length === 0)
      throw new RangeError(`${path} has no long line, so that it cannot be told from a tuning text. ${remedy}`);
    for (const [name, known] of tuningLines()) {
      const shared = lines.filter((line) => known.has(line)).length / lines.length;
      if (shared > MOST_SHARED) {
        const share = `${(100 * shared).toFixed(0)} % of the long lines`;
        throw new RangeError(
          `${path} may not report: ${share} are those of ${name}, by which defaults were chosen. ${remedy}`,
        );
      }
    }
  }
}

let known: ReadonlyMap<string, ReadonlySet<string>> | null = null;

/** By the text's path in the sample. */
function tuningLines(): ReadonlyMap<string, ReadonlySet<string>> {
  known ??= new Map(
    globSync(['eval/*.txt', 'demos/*.jsonl'], { cwd: TUNING }).map((path) => {
      const content = readFileSync(join(TUNING, path), 'utf8');
      return [`resources/sample/${path}`, new Set(longLines(path.endsWith('.jsonl') ? demoText(content) : content))];
    }),
  );
  return known;
}

function demoText(lines: string): string {
  return lines
    .trim()
    .split('\n')
    .flatMap((line) => Object.entries(JSON.parse(line) as Record<string, string>))
    .flatMap(([field, value]) => (field === 'source' ? [] : [value]))
    .join('\n');
}

function longLines(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line.length >= (WITHOUT_SPACES.test(line) ? LONG_WITHOUT_SPACES : LONG));
}
