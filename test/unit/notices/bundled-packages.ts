// The npm packages whose code goes into the page, and the notices that their licences ask for.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Rolldown } from 'vite';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
export const NOTICES_FILE = join(ROOT, 'THIRD_PARTY_NOTICES.md');

const BEGIN = '## npm packages in the interface\n';
const LICENCE_NAME = /^(licen[cs]e|copying)(\.(md|txt))?$/i;

/** By building the page in memory: what is imported but dropped again is not in it. */
async function bundledPackages(): Promise<string[]> {
  const built = await build({
    configFile: join(ROOT, 'vite.config.ts'),
    logLevel: 'silent',
    build: { write: false, minify: false },
  });
  const outputs = [built].flat().filter((result): result is Rolldown.RolldownOutput => 'output' in result);
  const modules = outputs.flatMap(({ output }) =>
    output.flatMap((chunk) => (chunk.type === 'chunk' ? Object.keys(chunk.modules) : [])),
  );
  const names = modules.flatMap(
    (id) => /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(id.replaceAll('\\', '/'))?.[1] ?? [],
  );
  return [...new Set(names)].sort();
}

/** @throws Error for a package without a licence file: its notice has to be found by hand */
function licenceOf(name: string): string {
  const folder = join(ROOT, 'node_modules', name);
  const file = readdirSync(folder).find((entry) => LICENCE_NAME.test(entry));
  if (file === undefined) throw new Error(`${name} has no licence file in ${folder}.`);
  return readFileSync(join(folder, file), 'utf8').replaceAll('\r\n', '\n').trim();
}

/** @returns the section of the notices that lists the page's packages; the same text stands once, under all its packages */
export async function packagesSection(): Promise<string> {
  const byText = new Map<string, string[]>();
  for (const name of await bundledPackages()) {
    const text = licenceOf(name);
    byText.set(text, [...(byText.get(text) ?? []), name]);
  }
  const parts = [...byText].map(([text, names]) => `### ${names.join(', ')}\n\n\`\`\`text\n${text}\n\`\`\`\n`);
  return `${BEGIN}\nTheir code is part of the built page. Written by \`npm run notices\`.\n\n${parts.join('\n')}`;
}

/** @returns the file's text with the section, which is its last one, replaced */
export function withSection(notices: string, section: string): string {
  const at = notices.indexOf(BEGIN);
  return `${(at === -1 ? notices : notices.slice(0, at)).trimEnd()}\n\n${section}`;
}
