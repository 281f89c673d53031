// winnow select --scores scores.json... --keep K|RATIO; without scores: which experts have been selected so far
import { basename } from 'node:path';
import type { Command } from 'commander';
import { mean } from '../../engine/base/statistics/averages.ts';
import type { CallParams } from '../../contract/api.ts';
import type { BestCriterion, SelectionResult } from '../../contract/api/selections.ts';
import { displayBytes } from '../../contract/display-bytes.ts';
import { CRITERIA, type Criterion } from '../../contract/criteria.ts';
import { printableName } from '../../contract/printable.ts';
import { inEnglish } from '../../contract/sentences.ts';
import type { TokenChoice } from '../../contract/token-classes.ts';
import { parseBytes } from '../../engine/base/files/parse-bytes.ts';
import { commandText, fileArgument } from '../../engine/base/files/shell-word.ts';
import type { Context } from '../context.ts';
import type { SuperExperts, TypedKeep } from '../../contract/requests.ts';
import { bestCriterionText } from '../criterion-text.ts';
import {
  addMemoryLimit,
  addPlacementOptions,
  groupingOption,
  criterionOption,
  ctxOption,
  forceOption,
  outputOption,
  placementFrom,
  superExpertsOption,
  tokensOption,
  wholeNumber,
  type PlacementFlags,
} from '../options.ts';
import { table, usage } from '../output.ts';
import { checkOutput } from '../output-target.ts';
import { jobTimeLeft, runJob } from '../run-job.ts';

/** The fast criterion that does best on demos that were not scored. */
const AUTO = 'auto';
/** Tokens per chunk of the demos that the criteria are compared on. */
const CHUNK_TOKENS = 512;

const EITHER = 'Give either --keep or --fit.';

type Flags = PlacementFlags & {
  readonly scores?: string[];
  readonly ranking?: string;
  readonly model?: string;
  readonly criterion: Criterion | typeof AUTO;
  readonly demos?: string[];
  readonly keep?: string;
  readonly fit?: string;
  readonly ctx: number;
  readonly mix: string;
  readonly pin?: string[];
  readonly forbid?: string[];
  readonly grouping: 'ungrouped' | 'balanced';
  readonly seed: number;
  readonly tokens?: TokenChoice;
  readonly superExperts: SuperExperts;
  readonly output?: string;
  readonly force: boolean;
};

/** Adds `winnow select`. */
export function addSelect(program: Command, context: Context): void {
  const command = program
    .command('select')
    .description('choose the experts to keep in every layer; without scores, list what was selected and written so far')
    .option('--scores <files...>', 'scores.json of one domain, or of several to mix')
    .option(
      '--ranking <file>',
      'instead of scores: a ranking from "winnow runs --as ranking", or a table: layer,expert,score',
    )
    .option('--model <file>', 'the model that the ranking is for')
    .addOption(
      criterionOption([...CRITERIA, AUTO], `ranking criterion; "${AUTO}": measure which does best on unscored demos`),
    )
    .option(
      '--demos <files...>',
      `with --criterion ${AUTO}: the domain’s demo files; it measures on the demos that were not scored`,
    )
    .addOption(tokensOption())
    .addOption(superExpertsOption())
    .option('--keep <k>', 'experts per layer: a count (64) or a share (0.5, 50%)')
    .option('--fit <size>', 'keep as many experts as fit in this much memory, such as 12GB')
    .addOption(ctxOption('with --fit, tokens of context to fit; at most the model’s own context length', 1, 8192))
    .option('--mix <how>', 'how to mix several domains: "shares", "max-min" or weights such as 2,1', 'shares')
    .option('--pin <layer:expert...>', 'keep these whatever their score (layer: number of the MoE layer, from 0)')
    .option('--forbid <layer:expert...>', 'drop these whatever their score')
    .addOption(groupingOption())
    .option('--seed <n>', 'seed of the random criterion', wholeNumber(0), 0)
    .addOption(outputOption('write the choice: what is kept of which model, by what, and how the model routes'))
    .addOption(forceOption())
    .addHelpText(
      'after',
      `
Examples:
  winnow select --scores scores.json --keep 0.5 -o choice.json
  winnow select --scores scores.json --fit 12GB --ctx 8192 -o choice.json
  winnow select --scores scores.json --criterion auto --demos law.jsonl --keep 0.25 -o choice.json
  winnow select --scores law.json medicine.json --mix 2,1 --keep 64 -o choice.json
  winnow select --ranking python.ranking.json --model model.gguf --keep 0.5 -o choice.json`,
    )
    .action(async (flags: Flags, command: Command) => {
      const { scores, ranking } = flags;
      const given = [scores, ranking].filter((one) => one !== undefined).length;
      if (given > 1 || (given === 0 && command.options.some((option) => isGiven(command, option.attributeName())))) {
        throw usage('Give --scores or --ranking.');
      }
      if (given === 0) await list(context);
      if (scores !== undefined) await selectByScores(scores, flags, command, context);
      if (ranking !== undefined) await selectByRanking(ranking, flags, command, context);
    });
  addMemoryLimit(addPlacementOptions(command));
}

async function list({ call, output }: Context): Promise<void> {
  const selections = await call('selections.list', { modelId: null });
  const done = (await call('exports.list', {})).filter(({ state }) => state === 'done');
  const filesOf = (selectionId: number): string[] => [
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
    files: filesOf(selection.id),
    created: new Date(selection.createdMs).toISOString(),
  }));
  const rows = selections.map((selection) => [
    String(selection.id),
    selection.name,
    selection.modelName,
    selection.criterion ?? 'other',
    `${selection.keep}/${selection.nExpert}`,
    (selection.request?.runIds ?? []).join(', '),
    filesOf(selection.id)
      .map((path) => basename(path))
      .join(', '),
  ]);
  const text =
    selections.length === 0
      ? 'No selections yet. Start with: winnow select --scores scores.json --keep 0.5'
      : table(['selection', 'name', 'model', 'criterion', 'kept', 'runs', 'files'], rows);
  output.result(document, text);
}

async function selectByScores(
  scores: readonly string[],
  flags: Flags,
  command: Command,
  context: Context,
): Promise<void> {
  const { output, call } = context;
  const keep = readKeep(flags);
  if (keep === null) throw usage(EITHER);
  if (flags.model !== undefined) throw usage('--model belongs to --ranking: scores name their model themselves.');
  const result = { kind: 'choice', overwrite: flags.force } as const;
  await checkOutput(context, flags.output, [...scores, ...(flags.demos ?? [])], result);
  const wish = {
    files: scores.map(context.toRead),
    keep,
    ...readExperts(flags),
    grouping: flags.grouping,
    tokens: flags.tokens ?? null,
    superExperts: flags.superExperts,
  };
  const mix = readMix(flags.mix);
  const { criterion, found } = await criterionOf(wish, flags, command, context);
  const { ofFiles, ...selection } = await call('selections.compute', {
    request: { ...wish, criterion, mix, seed: flags.seed },
    remember: true,
    target: context.toWrite(flags.output),
  });
  if (ofFiles === null) throw new RangeError('scores files were chosen by');
  // if the criterion was looked for, this was said then
  if (ofFiles.said !== null && found === null) output.warn(inEnglish(ofFiles.said));
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
    ...(found && { auto: found }),
    tokens: ofFiles.tokens,
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
    ...(found ? [bestCriterionText(found), ''] : []),
    `${keptText(selection)} by ${criterion}${tokensText(ofFiles)}.`,
    `Retained score: ${percent(average)} on average, ${percent(worst)} in the worst layer.`,
    ...domains.map(({ domain, retained: share }) => `  ${printableName(domain)}: ${percent(share)}`),
    ...superText(selection, average),
    ...(selection.bytes === null ? [] : [sizeText(selection.bytes)]),
    ...nextText(ofFiles.displayPath, flags.output),
  ];
  output.result(document, lines.join('\n'));
}

type Wish = CallParams<'selections.bestCriterion'>['request'];

/** @throws WinnowError USAGE; as `selections.bestCriterion` */
async function findCriterion(wish: Wish, flags: Flags, context: Context): Promise<BestCriterion> {
  const { demos } = flags;
  if (wish.files.length > 1) throw usage(`--criterion ${AUTO} is for one domain: give one scores file.`);
  if (demos === undefined)
    throw usage(`--criterion ${AUTO} needs --demos: the domain’s demo files, of which some were not scored.`);
  context.computeWith({ placement: placementFrom(flags) });
  return runJob(
    context,
    'best-criterion',
    () =>
      context.call('selections.bestCriterion', {
        request: wish,
        demos: demos.map(context.toRead),
        chunkTokens: CHUNK_TOKENS,
      }),
    {
      onProgress: (view) => context.output.progress('comparing criteria', view.done, view.total, jobTimeLeft(view)),
    },
  );
}

/** @returns `found` null: the criterion was named. @throws WinnowError as `findCriterion` */
async function criterionOf(
  wish: Wish,
  flags: Flags,
  command: Command,
  context: Context,
): Promise<{ readonly criterion: Criterion; readonly found: BestCriterion | null }> {
  if (flags.criterion === AUTO) {
    const found = await findCriterion(wish, flags, context);
    return { criterion: found.best, found };
  }
  refuseGiven(OF_AUTO, command, `belongs to --criterion ${AUTO}`);
  return { criterion: flags.criterion, found: null };
}

/** Options for loading a model and measuring on it. */
const OF_AUTO = ['demos', 'gpu', 'gpuLayers', 'cpuMoeLayers', 'rpc', 'threads', 'memoryLimit'];

/** @throws WinnowError USAGE if any of these options was given */
function refuseGiven(options: readonly string[], command: Command, why: string): void {
  const given = options.find((name) => isGiven(command, name));
  if (given === undefined) return;
  throw usage(`--${given.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)} ${why}.`);
}

function isGiven(command: Command, option: string): boolean {
  return option !== 'json' && command.getOptionValueSource(option) === 'cli';
}

/** Options whose values a ranking states or cannot state. */
const OF_ONE_DOMAIN = ['criterion', 'mix', 'seed', 'tokens', 'superExperts'];

async function selectByRanking(
  ranking: string,
  { model, output: path, grouping, ...flags }: Flags,
  command: Command,
  context: Context,
): Promise<void> {
  const { output, toRead } = context;
  if (model === undefined) throw usage('--ranking needs --model: a ranking does not say where its model is.');
  refuseGiven(OF_ONE_DOMAIN, command, 'does not go with --ranking, which holds one score of each expert');
  refuseGiven(OF_AUTO, command, `belongs to --criterion ${AUTO}`);
  const keep = readKeep(flags);
  if (keep === null) throw usage(EITHER);
  await checkOutput(context, path, [ranking, model], { kind: 'choice', overwrite: flags.force });
  const selection = await context.call('selections.byRanking', {
    request: {
      ranking: toRead(ranking),
      model: { kind: 'file', grant: toRead(model) },
      keep,
      grouping,
      ...readExperts(flags),
    },
    target: context.toWrite(path),
  });
  if (selection.said !== null) output.warn(inEnglish(selection.said));
  const { selectionId, criterion, nExpert, kept, retained, bytes } = selection;
  const document = {
    criterion,
    keep: selection.keep,
    n_expert: nExpert,
    kept,
    retained: { mean: retained },
    bytes,
    selection: selectionId,
    choice: path ?? null,
  };
  const lines = [
    `${keptText(selection)} by the ranking${criterion === null ? '' : ` (${printableName(criterion)})`}.`,
    `Retained score: ${percent(retained)} on average.`,
    sizeText(bytes),
    ...nextText(selection.displayPath, path),
  ];
  output.result(document, lines.join('\n'));
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

function tokensText({ tokens, tellsTokens }: { readonly tokens: TokenChoice; readonly tellsTokens: boolean }): string {
  if (tokens !== 'all') return ` (tokens: ${tokens})`;
  return tellsTokens ? '' : ' (all tokens: these scores do not tell them apart)';
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
function readKeep({ keep, fit, ctx }: Pick<Flags, 'keep' | 'fit' | 'ctx'>): TypedKeep | null {
  if (keep !== undefined && fit !== undefined) throw usage(EITHER);
  if (fit !== undefined) return { kind: 'fit', bytes: parseBytes(fit), ctx };
  return keep === undefined ? null : { kind: 'typed', text: keep };
}

/** @throws WinnowError USAGE */
function readExperts({ pin = [], forbid = [] }: Pick<Flags, 'pin' | 'forbid'>): Pick<Wish, 'pins' | 'drops'> {
  return { pins: pin.map(readExpert), drops: forbid.map(readExpert) };
}

function readMix(text: string): 'shares' | 'max-min' | number[] {
  if (text === 'shares' || text === 'max-min') return text;
  const weights = text.split(',').map(Number);
  if (weights.some((weight) => !Number.isFinite(weight) || weight < 0)) {
    throw usage(`--mix takes "shares", "max-min" or one weight for each scores file, not "${text}".`);
  }
  return weights;
}

function readExpert(text: string): { layer: number; expert: number } {
  const match = /^(\d{1,15}):(\d{1,15})$/.exec(text);
  if (!match) throw usage(`"${text}" is not of the form layer:expert, like 3:17.`);
  return { layer: Number(match[1]), expert: Number(match[2]) };
}
