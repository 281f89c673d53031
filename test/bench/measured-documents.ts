// docs/measured: every bench writes a document of its own, which BENCHMARKS.md or SCALE.md explains.
import { writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';

type MeasuredDocument = {
  /** Its file's name, without folder and ending. */
  readonly name: string;
  readonly title: string;
  /** Markdown under the title. */
  readonly body: string;
};

const IS_WRITING = process.argv.includes('--write');

/** Prints the document; with --write it takes the place of the earlier one. */
export function publish({ name, title, body }: MeasuredDocument, isWriting = IS_WRITING): void {
  const document = `# ${title}\n\n${body.trim()}\n`;
  process.stdout.write(document);
  if (isWriting) writeFileSync(new URL(`../../docs/measured/${name}.md`, import.meta.url), document);
}

function rowLine(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

/**
 * "Made by `npm run bench:ui` on 2026-11-25: AMD EPYC, 2 cores, 24 GiB, Node v24.21.0.": how, when and where figures were
 * taken.
 */
export function madeBy(command: string): string {
  const memory = `${(totalmem() / 2 ** 30).toFixed(0)} GiB`;
  const processor = cpus()[0]?.model ?? 'unknown CPU';
  const day = new Date().toISOString().slice(0, 10);
  return `Made by \`${command}\` on ${day}: ${processor}, ${cpus().length} cores, ${memory}, Node ${process.version}.`;
}

export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  return [rowLine(header), `|${'---|'.repeat(header.length)}`, ...rows.map(rowLine)].join('\n');
}
