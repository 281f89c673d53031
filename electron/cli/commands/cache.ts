// winnow cache --run ID
import { Option, type Command } from 'commander';
import { FAST_CRITERIA, type FastCriterion } from '../../contract/criteria.ts';
import type { TokenChoice } from '../../contract/token-classes.ts';
import type { Context } from '../context.ts';
import { tokensOption, wholeNumber } from '../options.ts';
import { usage } from '../output.ts';

type Flags = {
  readonly run: number[];
  readonly slots?: string;
  readonly criterion: FastCriterion;
  readonly tokens?: TokenChoice;
};

/** Adds `winnow cache`. */
export function addCache(program: Command, context: Context): void {
  program
    .command('cache')
    .description(
      'say what share of expert reads a cache of some experts per layer would serve, and so whether pruning is needed',
    )
    .requiredOption('--run <id...>', 'stored runs of one model, see "winnow runs"', collectRuns)
    .option('--slots <list>', 'experts per layer that the cache holds, such as 16,32,64 (default: eighths of all)')
    .addOption(
      new Option('--criterion <name>', 'criterion by which pruning would choose')
        .choices(FAST_CRITERIA)
        .default('easy-ep'),
    )
    .addOption(tokensOption())
    .addHelpText(
      'after',
      `
Each demo in turn counts as unscored, and all others decide which experts the cache holds. Keeping all experts, with the
hot ones in fast memory, changes no answer; docs/METHOD.md says how the shares are estimated.

Example:
  winnow cache --run 3 --slots 32,64`,
    )
    .action(async ({ run: runIds, slots, criterion, tokens }: Flags) => {
      const sizes = slots === undefined ? null : slots.split(',').map(Number);
      if (sizes?.some((size) => !Number.isInteger(size) || size < 1)) {
        throw usage(`--slots takes counts like 16,32,64, not "${slots}".`);
      }
      const found = await context.call('runs.cache', { runIds, criterion, tokens: tokens ?? null, slots: sizes });
      const { nExpert, nExpertUsed, rows, ...rest } = found;
      const table = rows.map(({ slots: held, frequent, recent, retained }) => {
        const cells = [held, percent(frequent), percent(recent), percent(1 - retained)];
        return cells.map((cell, i) => String(cell).padStart(WIDTHS[i] ?? 0)).join('');
      });
      const lines = [
        `On ${found.demos} demos, each estimated from all others; ${nExpertUsed} of ${nExpert} experts per token (tokens: ${found.tokens}).`,
        ['experts', 'reads served,', 'reads served,', `score lost by`]
          .map((cell, i) => cell.padStart(WIDTHS[i] ?? 0))
          .join(''),
        ['per layer', 'most frequent', 'last read', 'keeping only these']
          .map((cell, i) => cell.padStart(WIDTHS[i] ?? 0))
          .join(''),
        ...table,
      ];
      context.output.result({ n_expert: nExpert, n_expert_used: nExpertUsed, ...rest, rows }, lines.join('\n'));
    });
}

const WIDTHS = [9, 15, 15, 20];

const parseRun = wholeNumber(1);

function collectRuns(text: string, before: number[] | undefined): number[] {
  return [...(before ?? []), parseRun(text)];
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
