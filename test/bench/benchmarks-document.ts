// docs/BENCHMARKS.md and docs/SCALE.md: every bench writes its own section and leaves the others alone.
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Backend } from '../../electron/engine/base/backend/backend.ts';

/**
 * Replaces the section with this heading, or what stands before the first one (null); a new section goes to the end.
 * @param name of a document in docs
 */
export function writeSection(heading: string | null, body: string, name = 'BENCHMARKS.md'): void {
  const document = fileURLToPath(new URL(`../../docs/${name}`, import.meta.url));
  writeFileSync(document, withSection(readFileSync(document, 'utf8'), heading, body));
}

/** @param heading of the second level, without its marks; null: the document's title and all that follows it */
export function withSection(document: string, heading: string | null, body: string): string {
  const sections = document.split(/^(?=## )/m).map((section) => section.trim());
  const written = heading === null ? body.trim() : `## ${heading}\n\n${body.trim()}`;
  const at = heading === null ? 0 : sections.findIndex((section) => section.startsWith(`## ${heading}\n`));
  if (at < 0) sections.push(written);
  else sections[at] = written;
  return `${sections.join('\n\n')}\n`;
}

/**
 * Replaces rows of the first section's table, each known by its first cell; new ones stand at its end.
 * @param rows without their marks
 */
export function writeRows(rows: readonly (readonly string[])[], name = 'BENCHMARKS.md'): void {
  const document = fileURLToPath(new URL(`../../docs/${name}`, import.meta.url));
  writeFileSync(document, withRows(readFileSync(document, 'utf8'), rows));
}

/** @param rows of a table that the document's first section has */
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
 * "2026-11-25: AMD EPYC (ggml for AVX2 FMA AVX512), 2 cores, 24 GiB, Node v24.21.0": when and where figures were taken. What
 * a processor computes with decides many of them.
 */
export async function dateAndMachine(): Promise<string> {
  using backend = new Backend('off');
  const features = (await backend.call('devices', {})).flatMap((device) => device.features).join(' ');
  const memory = `${(totalmem() / 2 ** 30).toFixed(0)} GiB`;
  const processor = `${cpus()[0]?.model ?? 'unknown CPU'} (ggml for ${features})`;
  return `${new Date().toISOString().slice(0, 10)}: ${processor}, ${cpus().length} cores, ${memory}, Node ${process.version}`;
}

export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  return [rowLine(header), `|${'---|'.repeat(header.length)}`, ...rows.map(rowLine)].join('\n');
}
