// The main job on a few demos of the bundled sample, by the command line.
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT, type System } from './foreign.ts';

/** Winnow as it stands in this checkout. */
const CHECKOUT: Program = {
  commandLine: join(ROOT, 'electron/cli/winnow.ts'),
  sample: join(ROOT, 'resources/sample'),
};
const CPU = ['--gpu', 'off', '--threads', '1'];

/** A command line of Winnow's, and the sample that lies beside it. */
type Program = { readonly commandLine: string; readonly sample: string };

/** The pruned file's SHA-256, and its perplexity. */
export type Pruned = { readonly hash: string; readonly perplexity: number | null };

/**
 * Scores, selects and prunes.
 * @param system whose Node does it; its paths may be named otherwise
 * @param evaluate the pruned file too
 * @param program by default this checkout's
 */
export async function pruneSample(
  { node, path }: System,
  { evaluate, program }: { readonly evaluate: boolean; readonly program?: Program },
): Promise<Pruned> {
  const { commandLine, sample } = program ?? CHECKOUT;
  const folder = mkdtempSync(join(tmpdir(), 'winnow-ünï 日本-'));
  const file = (name: string): string => path(join(folder, name));
  const winnow = async (...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await node([path(commandLine), ...args], {
      WINNOW_HOME: file('home'),
      // what is packed brings all that it needs
      ...(program && { NODE_PATH: '' }),
    });
    if (code !== 0) throw new Error(`winnow ${args.join(' ')} ended with ${String(code)}\n${stdout}${stderr}`);
    return stdout;
  };
  try {
    const model = path(join(sample, 'winnow-sample-Q8_0.gguf'));
    const demos = path(join(sample, 'demos/python.jsonl'));
    await winnow(
      'score',
      model,
      '--demos',
      demos,
      '--limit',
      '4',
      '--max-tokens',
      '128',
      '--out',
      file('s.json'),
      ...CPU,
    );
    await winnow('select', '--scores', file('s.json'), '--keep', '0.5', '-o', file('mask.json'));
    await winnow('prune', model, '--choice', file('mask.json'), '-o', file('pruned.gguf'));
    const hash = createHash('sha256')
      .update(readFileSync(join(folder, 'pruned.gguf')))
      .digest('hex');
    if (!evaluate) return { hash, perplexity: null };
    const text = ['--text', path(join(sample, 'eval/python.txt')), '--ctx', '128', '--chunks', '2'];
    const answer = await winnow('eval', file('pruned.gguf'), ...text, '--json', ...CPU);
    return { hash, perplexity: (JSON.parse(answer) as { perplexity: number }).perplexity };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
