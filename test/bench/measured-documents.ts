// docs/measured: every bench writes a document of its own, which BENCHMARKS.md or SCALE.md explains.
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';

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
  if (isWriting) writeFileSync(pathOf(name), document);
}

/** With --write, rows of the document's table are replaced, each known by its first cell; new ones stand at its end. */
export function publishRows(name: string, rows: readonly (readonly string[])[]): void {
  if (IS_WRITING) writeFileSync(pathOf(name), withRows(readFileSync(pathOf(name), 'utf8'), rows));
}

function pathOf(name: string): string {
  return fileURLToPath(new URL(`../../docs/measured/${name}.md`, import.meta.url));
}

/** @param rows of the document's first table, without their marks */
export function withRows(document: string, rows: readonly (readonly string[])[]): string {
  const lines = document.split('\n');
  let last = lines.findIndex((line) => line.startsWith('|---')) + 1;
  while (lines[last]?.startsWith('| ')) last++;
  for (const row of rows) {
    const written = rowLine(row);
    const at = lines.findIndex((line, i) => i < last && line.startsWith(`| ${row[0]} |`));
    lines.splice(at < 0 ? last : at, at < 0 ? 0 : 1, written);
    if (at < 0) last++;
  }
  return lines.join('\n');
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
