// winnow select --scores scores.json... --keep K|RATIO; without scores: which experts have been selected so far
import { basename } from 'node:path';
import type { Command } from 'commander';
import { mean } from '../../engine/base/statistics/numbers.ts';
import type { SelectionResult } from '../../contract/api/selections.ts';
import { displayBytes } from '../../contract/display-bytes.ts';
import { CRITERIA } from '../../contract/criteria.ts';
import { printableName } from '../../contract/printable.ts';
import { inEnglish } from '../../contract/sentences.ts';
import { parseBytes } from '../../engine/base/files/parse-bytes.ts';
import { commandText, fileArgument } from '../../engine/base/files/shell-word.ts';
import type { Context } from '../context.ts';
import type { SuperExperts, TypedKeep } from '../../contract/requests.ts';
import { groupingOption, ctxOption, forceOption, outputOption, superExpertsOption } from '../options.ts';
import { table, usage } from '../output.ts';
import { checkOutput } from '../output-target.ts';

const EITHER = 'Give either --keep or --fit.';

type Flags = {
  readonly scores?: string[];
  readonly model?: string;
  readonly criterion?: string;
  readonly keep?: string;
  readonly fit?: string;
  readonly ctx: number;
  readonly mix: string;
  readonly pin?: string[];
  readonly forbid?: string[];
  readonly grouping: 'ungrouped' | 'balanced';
  readonly superExperts: SuperExperts;
  readonly output?: string;
  readonly force: boolean;
};

/** Adds `winnow select`. */
export function addSelect(program: Command, context: Context): void {
  program
    .command('select')
    .description('choose the experts to keep in every layer; without scores, list what was selected and written so far')
    .option('--scores <files...>', 'scores.json of one domain, or of several to mix')
    .option('--model <file>', 'the model whose experts are chosen: the scored one, in any quantisation')
    .option(
      '--criterion <name>',
      `${CRITERIA.join(', ')}, or another that the scores hold (default: ${CRITERIA[0]}, or the only one that they hold)`,
    )
    .addOption(superExpertsOption())
    .option('--keep <k>', 'experts per layer: a count (64) or a share (0.5, 50%)')
    .option('--fit <size>', 'keep as many experts as fit in this much memory, such as 12GB')
    .addOption(ctxOption('with --fit, tokens of context to fit; at most the model’s own context length', 1, 8192))
    .option('--mix <how>', 'how to mix several domains: "shares", or weights such as 2,1', 'shares')
    .option('--pin <layer:expert...>', 'keep these whatever their score (layer: number of the MoE layer, from 0)')
    .option('--forbid <layer:expert...>', 'drop these whatever their score')
    .addOption(groupingOption())
    .addOption(outputOption('write the choice: what is kept of which model, by what, and how the model routes'))
    .addOption(forceOption())
    .addHelpText(
      'after',
      `
Examples:
  winnow select --scores scores.json --keep 0.5 -o choice.json
  winnow select --scores scores.json --fit 12GB --ctx 8192 -o choice.json
  winnow select --scores law.json medicine.json --mix 2,1 --keep 64 -o choice.json
  winnow select --scores scores.json --model model-Q4_K_M.gguf --keep 0.5 -o choice.json`,
    )
    .action(async (flags: Flags, command: Command) => {
      if (flags.scores !== undefined) await selectByScores(flags.scores, flags, context);
      else if (command.options.some((option) => isGiven(command, option.attributeName())))
        throw usage('Give --scores.');
      else await list(context);
    });
}

async function list({ call, output }: Context): Promise<void> {
  const selections = await call('selections.list', { modelId: null });
  const done = (await call('exports.list', {})).filter(({ state }) => state === 'done');
  const fileNames = (selectionId: number): string[] => [
    ...new Set(done.flatMap((file) => (file.selectionId === selectionId ? [file.displayPath] : []))),
  ];
  const document = selections.map((selection) => ({
    id: selection.id,
    name: selection.name,
    model: selection.modelName,
    criterion: selection.criterion,
    keep: selection.keep,
    n_expert: selection.nExpert,
    runs: selection.request?.runIds ?? [],
    files: fileNames(selection.id),
    created: new Date(selection.createdMs).toISOString(),
  }));
  const rows = selections.map((selection) => [
    String(selection.id),
    selection.name,
    selection.modelName,
    selection.criterion ?? 'other',
    `${selection.keep}/${selection.nExpert}`,
    (selection.request?.runIds ?? []).join(', '),
    fileNames(selection.id)
      .map((path) => basename(path))
      .join(', '),
  ]);
  const text =
    selections.length === 0
      ? 'No selections yet. Start with: winnow select --scores scores.json --keep 0.5'
      : table(['selection', 'name', 'model', 'criterion', 'kept', 'runs', 'files'], rows);
  output.result(document, text);
}

async function selectByScores(scores: readonly string[], flags: Flags, context: Context): Promise<void> {
  const { output, call } = context;
  const keep = readKeep(flags);
  if (keep === null) throw usage(EITHER);
  const result = { kind: 'choice', overwrite: flags.force } as const;
  await checkOutput(context, flags.output, [...scores, ...(flags.model === undefined ? [] : [flags.model])], result);
  const wish = {
    files: scores.map(context.toRead),
    model: flags.model === undefined ? null : context.toRead(flags.model),
    keep,
    ...readExperts(flags),
    grouping: flags.grouping,
    superExperts: flags.superExperts,
  };
  const mix = readMix(flags.mix);
  const { ofFiles, ...selection } = await call('selections.compute', {
    request: { ...wish, criterion: flags.criterion ?? null, mix },
    remember: true,
    target: context.toWrite(flags.output),
  });
  if (ofFiles === null) throw new RangeError('scores files were chosen by');
  if (ofFiles.said !== null) output.warn(inEnglish(ofFiles.said));
  const { criterion, said } = ofFiles;
  const { fusedCounts } = selection;
  if (fusedCounts.length > 0 && (await call('library.machine', {})).vram !== null) {
    output.note(`On NVIDIA GPUs, llama.cpp has a dedicated kernel for ${fusedCounts.join(' or ')} experts.`);
  }

  const retained = Array.from(selection.retained);
  const average = mean(retained);
  const worst = Math.min(...retained);
  const domains = scores.length === 1 ? [] : selection.domains;
  const document = {
    criterion,
    ...(said !== null && { warning: inEnglish(said) }),
    keep: selection.keep,
    n_expert: selection.nExpert,
    kept: selection.kept,
    retained: { mean: average, min: worst, layers: retained },
    ...(domains.length > 0 && { domains }),
    super_experts: selection.superExperts.map(({ isPinned, ...expert }) => ({ ...expert, pinned: isPinned })),
    ...(selection.retainedUnpinned !== null && { retained_unpinned: selection.retainedUnpinned }),
    bytes: selection.bytes,
    choice: flags.output ?? null,
  };
  const lines = [
    `${keptText(selection)} by ${printableName(criterion)}.`,
    `Retained score: ${percent(average)} on average, ${percent(worst)} in the worst layer.`,
    ...domains.map(({ domain, retained: share }) => `  ${printableName(domain)}: ${percent(share)}`),
    ...superText(selection, average),
    ...(selection.bytes === null ? [] : [sizeText(selection.bytes)]),
    ...nextText(ofFiles.displayPath, flags.output),
  ];
  output.result(document, lines.join('\n'));
}

function isGiven(command: Command, option: string): boolean {
  return option !== 'json' && command.getOptionValueSource(option) === 'cli';
}

function keptText({ keep, nExpert, kept }: { keep: number; nExpert: number; kept: readonly unknown[] }): string {
  return `${keep} of ${nExpert} experts kept in each of ${kept.length} layers`;
}

/** @param mean the mean retained score */
function superText(
  { superExperts, retainedUnpinned }: Pick<SelectionResult, 'superExperts' | 'retainedUnpinned'>,
  mean: number,
): string[] {
  if (superExperts.length === 0) return [];
  const named = superExperts.map(
    ({ layer, expert, times, isPinned }) =>
      `${layer}:${expert} (${times.toFixed(0)} times its layer’s median${isPinned ? ', pinned' : ''})`,
  );
  const cost =
    retainedUnpinned === null
      ? []
      : [`Pinning them retains ${percent(mean)} of the score instead of ${percent(retainedUnpinned)}.`];
  return [`Super experts, layer:expert: ${named.join(', ')}.`, ...cost];
}

function sizeText({ pruned, full }: { readonly pruned: number; readonly full: number }): string {
  return `Predicted size: ${displayBytes(pruned)} of ${displayBytes(full)}.`;
}

/** The next command to run, if the choice was written. */
function nextText(model: string, choice: string | undefined): string[] {
  if (choice === undefined) return [];
  const words = ['prune', fileArgument(model), '--choice', fileArgument(choice), '-o', 'pruned.gguf'];
  return [`Choice: ${printableName(choice)}. Next: ${commandText(['winnow', ...words])}`];
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

/** @returns null: neither was given. @throws WinnowError USAGE: both were given, or the size is invalid */
function readKeep({ keep, fit, ctx }: Flags): TypedKeep | null {
  if (keep !== undefined && fit !== undefined) throw usage(EITHER);
  if (fit !== undefined) return { kind: 'fit', bytes: parseBytes(fit), ctx };
  return keep === undefined ? null : { kind: 'typed', text: keep };
}

/** @throws WinnowError USAGE */
function readExperts({ pin = [], forbid = [] }: Flags): Record<'pins' | 'drops', { layer: number; expert: number }[]> {
  return { pins: pin.map(readExpert), drops: forbid.map(readExpert) };
}

function readMix(text: string): 'shares' | number[] {
  if (text === 'shares') return text;
  const weights = text.split(',').map(Number);
  if (weights.some((weight) => !Number.isFinite(weight) || weight < 0)) {
    throw usage(`--mix takes "shares" or one weight for each scores file, not "${text}".`);
  }
  return weights;
}

function readExpert(text: string): { layer: number; expert: number } {
  const match = /^(\d{1,15}):(\d{1,15})$/.exec(text);
  if (!match) throw usage(`"${text}" is not of the form layer:expert, like 3:17.`);
  return { layer: Number(match[1]), expert: Number(match[2]) };
}
