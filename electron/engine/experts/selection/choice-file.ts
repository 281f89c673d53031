// Choices as files: read with all that can be checked, matched with a model, and written.
import { basename } from 'node:path';
import {
  CHOICE_FORMAT,
  CHOICE_VERSION,
  chosenBySchema,
  choiceFileSchema,
  type ChoiceFile,
  type ChoiceForm,
} from '../../../contract/choice-file.ts';
import { WinnowError } from '../../../contract/errors.ts';
import type { KeptExperts } from '../../../contract/kept-experts.ts';
import type { ModelInfo } from '../../../contract/model-info.ts';
import { msg, type Sentence } from '../../../contract/sentences.ts';
import { readJsonFile, writeTextFile } from '../../base/files/user-files.ts';
import { requirePrunable } from '../../models/inspect.ts';
import { blocksOfChoice } from '../../models/prediction-blocks.ts';
import { matchModel, samenessSaid } from '../../models/sameness.ts';
import { keptProblem } from './check-kept.ts';
import type { Selection } from './selection.ts';
import { modelName } from '../../models/model-files.ts';

/** llama.cpp supports at most 512 layers of 1024 experts; plus the names of the demos. */
const MAX_CHOICE_BYTES = 64 << 20;

/** A choice for one model. */
type ModelChoice = Selection & {
  readonly document: ChoiceFile;
  /** Warnings about what the file does not prove. */
  readonly warnings: readonly Sentence[];
};

/** @throws WinnowError FILE_NOT_FOUND, FILE_UNREADABLE, CANCELLED, CHOICE_INVALID naming the file and the place in it */
export async function readChoiceFile(path: string, signal?: AbortSignal): Promise<ChoiceFile> {
  return parseChoice(await readJsonFile(path, 'CHOICE_INVALID', MAX_CHOICE_BYTES, signal), path);
}

/**
 * Reads a choice for this model.
 * @param activeExperts experts that a token is to activate; undefined: as the file says
 * @throws WinnowError NOT_MOE, ARCH_REFUSED; as `readChoiceFile`; MODEL_CHANGED: it is for another model
 */
export async function readModelChoice(
  path: string,
  info: ModelInfo,
  activeExperts?: number,
  signal?: AbortSignal,
): Promise<ModelChoice> {
  requirePrunable(info);
  const document = await readChoiceFile(path, signal);
  const { model, kept, settings } = document;
  const { file, fingerprint, kindred, file_type: fileType, n_expert: nExpert, moe_layers: layers } = model;
  const sameness = matchModel({ fingerprint, kindred }, info);
  if (sameness === null) {
    throw new WinnowError(
      'MODEL_CHANGED',
      msg('choiceForeign', {
        path,
        file,
        nExpert,
        layers: layers.length,
        model: info.path,
        fingerprint: fingerprint.slice(0, 12),
        found: info.fingerprint.slice(0, 12),
      }),
      { path: info.path, expected: fingerprint, found: info.fingerprint },
    );
  }
  if (nExpert !== info.nExpert) throw invalid(path, 'model.n_expert', msg('choiceNotItsModel', { file }));
  if (layers.join() !== blocksOfChoice(info, kept).join())
    throw invalid(path, 'model.moe_layers', msg('choiceNotItsModel', { file }));
  const said = samenessSaid({ file, fileType }, sameness, info);
  return {
    kept,
    document,
    warnings: said === null ? [] : [said],
    grouping: settings.grouping,
    activeExperts: activeExperts ?? settings.activeExperts,
  };
}

/**
 * Reads a JSON file of unstated purpose, which may hold examples.
 * @returns null: it does not say that it is a choice, or cannot be read
 * @throws WinnowError CHOICE_INVALID: it says so, but cannot be used
 */
export async function recogniseChoice(path: string): Promise<ChoiceFile | null> {
  const value = await readJsonFile(path, 'CHOICE_INVALID', MAX_CHOICE_BYTES).catch((error: unknown) => {
    if (error instanceof WinnowError) return null;
    throw error;
  });
  const isChoice = typeof value === 'object' && value !== null && 'format' in value && value.format === CHOICE_FORMAT;
  return isChoice ? parseChoice(value, path) : null;
}

/** Parses a choice, and checks what would show that it was edited. */
function parseChoice(value: unknown, path: string): ChoiceFile {
  const { data, error } = choiceFileSchema.safeParse(value);
  if (!data) {
    const [issue] = error.issues;
    throw invalid(path, issue?.path.map(String).join('.') || 'the top level', issue?.message ?? 'another form');
  }
  const { model, kept, settings } = data;
  if (!isAscending(model.moe_layers)) throw invalid(path, 'model.moe_layers', msg('choiceNotAscending'));
  if (kept.length !== model.moe_layers.length) {
    const counts = { layers: kept.length, path: model.file, moeLayers: model.moe_layers.length };
    throw invalid(path, 'kept', msg('choiceLayers', counts));
  }
  const problem = keptProblem(kept, model.n_expert);
  if (problem) throw invalid(path, 'kept', problem);
  settings.demos.forEach(({ demos, hashes = demos }, i) => {
    if (hashes.length === demos.length) return;
    const counts = { demos: demos.length, hashes: hashes.length };
    throw invalid(path, `settings.demos.${i}`, msg('choiceDemoCount', counts));
  });
  return data;
}

function isAscending(numbers: readonly number[]): boolean {
  return numbers.every((number, i) => i === 0 || number > numbers[i - 1]!);
}

/** The model of a choice. */
export function choiceModel(info: ModelInfo, kept: KeptExperts): ChoiceFile['model'] {
  const { path, arch, fingerprint, kindred, fileType, nExpert } = info;
  return {
    file: basename(path),
    arch,
    fingerprint,
    ...(kindred !== undefined && { kindred }),
    file_type: fileType,
    moe_layers: blocksOfChoice(info, kept),
    n_expert: nExpert,
  };
}

/** What the file of a choice holds. */
export function choiceDocument(
  model: ChoiceFile['model'],
  { kept, criterion, settings }: Pick<ChoiceFile, 'kept' | 'criterion' | 'settings'>,
): ChoiceFile {
  return {
    format: CHOICE_FORMAT,
    version: CHOICE_VERSION,
    model,
    criterion,
    settings: chosenBySchema.parse(settings),
    kept,
  };
}

/** The text of a choice's file, with a line for each layer, so that two choices can be compared by eye. */
export function choiceText({ kept, ...rest }: ChoiceFile): string {
  const rows = kept.map((experts) => `    ${JSON.stringify(experts)}`).join(',\n');
  return `${JSON.stringify(rest, null, 2).replace(/\n\}$/, '')},\n  "kept": [\n${rows}\n  ]\n}\n`;
}

/** @throws WinnowError TARGET_UNWRITABLE, NO_SPACE */
export async function writeChoiceFile(path: string, choice: ChoiceFile): Promise<void> {
  await writeTextFile(path, choiceText(choice));
}

function invalid(path: string, place: string, said: Sentence | string): WinnowError {
  const reason = typeof said === 'string' ? said.replace(/\.$/, '') : said;
  return new WinnowError('CHOICE_INVALID', msg('choiceInvalid', { path, place, reason }), { path, place });
}

type Layer = { readonly block: number; readonly kept: readonly number[]; readonly others: readonly number[] };

/** The text of a list of experts in this format. */
export function expertList(info: ModelInfo, kept: KeptExperts, form: Exclude<ChoiceForm, 'choice'>): string {
  const { nExpert, blockCount, nextnLayers } = info;
  const own = blockCount - nextnLayers.length;
  const layers = blocksOfChoice(info, kept)
    .map((block, layer): Layer => {
      const experts = kept[layer] ?? [];
      const others = Array.from({ length: nExpert }, (_, expert) => expert).filter((one) => !experts.includes(one));
      return { block, kept: experts, others };
    })
    .filter(({ block }) => block < own);
  switch (form) {
    case 'vllm': {
      // the profile of `--riy-expert-profile` (vllm-project/vllm pull request 37824): the experts that are left out
      const pruned = layers.flatMap(({ block, others }) => others.map((expert) => [block, expert]));
      return `${JSON.stringify({ version: 1, model: modelName(info), pruned_experts: pruned })}\n`;
    }
    case 'vllm-ascend':
      // the `expert_list_file` of vllm-project/vllm-ascend pull request 12525: `expert_prune_ratio` keeps the first part of each line
      return layers.map((at) => `${JSON.stringify({ [at.block]: [...at.kept, ...at.others] })}\n`).join('');
    case 'ktransformers': {
      // counts as SGLang's expert distribution recorder writes them, `[1][layer][expert]`: the highest go to the GPU
      const counts = Array.from({ length: own }, () => new Array<number>(nExpert).fill(0));
      for (const { block, kept: experts } of layers) for (const expert of experts) counts[block]![expert] = 1;
      return `${JSON.stringify({ logical_count: [counts] })}\n`;
    }
  }
}
