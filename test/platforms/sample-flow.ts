// The main job on a few demos of the bundled sample, by the command line.
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT, type System } from './foreign.ts';

const SAMPLE = join(ROOT, 'resources/sample');
const MODEL = join(SAMPLE, 'winnow-sample-Q8_0.gguf');
const CPU = ['--gpu', 'off', '--threads', '1'];

/**
 * Scores, selects and prunes.
 * @param system whose Node does it; its paths may be named otherwise
 * @param evaluate the pruned file too
 * @returns the pruned file's SHA-256, and its perplexity
 */
export async function pruneSample(
  { node, path }: System,
  { evaluate }: { readonly evaluate: boolean },
): Promise<{ hash: string; perplexity: number | null }> {
  const folder = mkdtempSync(join(tmpdir(), 'winnow-ünï 日本-'));
  const file = (name: string): string => path(join(folder, name));
  const winnow = async (...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await node([path(join(ROOT, 'electron/cli/winnow.ts')), ...args], {
      WINNOW_HOME: file('home'),
    });
    if (code !== 0) throw new Error(`winnow ${args.join(' ')} ended with ${String(code)}\n${stdout}${stderr}`);
    return stdout;
  };
  try {
    const demos = path(join(SAMPLE, 'demos/python.jsonl'));
    await winnow(
      'score',
      path(MODEL),
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
    await winnow('select', '--scores', file('s.json'), '--keep', '0.5', '--mask-out', file('mask.json'));
    await winnow('prune', path(MODEL), '--mask', file('mask.json'), '-o', file('pruned.gguf'));
    const hash = createHash('sha256')
      .update(readFileSync(join(folder, 'pruned.gguf')))
      .digest('hex');
    if (!evaluate) return { hash, perplexity: null };
    const text = ['--text', path(join(SAMPLE, 'eval/python.txt')), '--ctx', '128', '--chunks', '2'];
    const answer = await winnow('eval', file('pruned.gguf'), ...text, '--json', ...CPU);
    return { hash, perplexity: (JSON.parse(answer) as { perplexity: number }).perplexity };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
