// What `npm audit --json` says, sorted into what is known and explained, and what is not.
import { z } from 'zod';

/** Advisories of production packages that do not reach Winnow, by their address, with the reason. */
export const EXPLAINED: ReadonlyMap<string, string> = new Map();

const advisorySchema = z.object({ title: z.string(), url: z.string(), severity: z.string(), range: z.string() });

const reportSchema = z.object({
  vulnerabilities: z.record(z.string(), z.object({ via: z.array(z.union([z.string(), advisorySchema])) })),
});

/** `unasked`: the registry has no such service, or was not reached. */
type Audit =
  | { readonly state: 'asked'; readonly explained: readonly string[]; readonly unexplained: readonly string[] }
  | { readonly state: 'unasked'; readonly why: string };

/** @param output of `npm audit --json` on stdout, whatever its exit code */
export function readAudit(output: string, explained: ReadonlyMap<string, string> = EXPLAINED): Audit {
  const json = parse(output);
  const report = reportSchema.safeParse(json);
  if (!report.success) return { state: 'unasked', why: whyNot(json) };
  const found = new Map<string, string>();
  for (const [name, { via }] of Object.entries(report.data.vulnerabilities)) {
    for (const advisory of via) {
      // a text names a package that is listed itself
      if (typeof advisory === 'string') continue;
      found.set(advisory.url, `${name} ${advisory.range}: ${advisory.title} (${advisory.severity}), ${advisory.url}`);
    }
  }
  const lines = (isExplained: boolean): string[] =>
    [...found].filter(([url]) => explained.has(url) === isExplained).map(([, line]) => line);
  return { state: 'asked', explained: lines(true), unexplained: lines(false) };
}

function parse(output: string): unknown {
  try {
    return JSON.parse(output);
  } catch {
    return null;
  }
}

function whyNot(json: unknown): string {
  const said = z.object({ message: z.string() }).safeParse(json);
  return said.success ? said.data.message : 'npm gave no report.';
}
