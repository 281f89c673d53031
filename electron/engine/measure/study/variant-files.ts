// The files of variants: predicts their sizes, and makes each in scratch space when it is measured. Winnow's own quantiser writes them.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { CRITERIA } from '../../../contract/criteria.ts';
import type { QuantType } from '../../../contract/quantise.ts';
import type { CompareRequest } from '../../../contract/requests.ts';
import { defaultTokens, TOKEN_CHOICES, type TokenChoice } from '../../../contract/token-classes.ts';
import { Backend } from '../../base/backend/backend.ts';
import type { EngineContext } from '../../store/engine-context.ts';
import type { Task } from '../../store/task.ts';
import type { MadeSubject } from '../evaluation/measuring.ts';
import type { FileKind } from '../fit/candidates.ts';
import { ScratchFiles, sizeOf, type HeaderFacts, type FileOptions } from '../fit/fit-files.ts';
import { namedMatrix, provenanceOf, type ChosenBy } from '../fit/header-facts.ts';
import { hashOfFile } from '../../models/identity.ts';
import type { InspectedModel } from '../../models/inspect.ts';
import { checkImatrix } from '../../write/pruning/imatrix-file.ts';
import type { PlannedFile } from '../../write/pruning/planned-file.ts';
import { sourceOfRun } from '../../experts/runs/run-source.ts';
import { requireRun } from '../../experts/runs/stored-run.ts';
import { matrixName, writeImportanceMatrix } from '../../write/pruning/write-importance.ts';
import { quantisedHash } from '../../experts/selection/selection.ts';
import { hashJson } from '../../store/json.ts';
import type { StudyChoice } from './methods.ts';
import type { StudiedDomain } from './score-domains.ts';
import type { StudyVariant } from './variants.ts';

type MakingRequest = Pick<CompareRequest, 'requantise' | 'grouping'>;
type Request = MakingRequest & Pick<CompareRequest, 'types' | 'imatrix' | 'criteria' | 'tokens'>;

type OfDomain = Pick<StudiedDomain, 'domain' | 'runId'>;

/** What a domain's files are made with. */
type Source = {
  readonly files: ScratchFiles;
  /** Hash of the importance matrix that they are quantised by. */
  readonly imatrix: string;
  /** The importance matrix as it affects the headers of files. */
  readonly matrix: PlannedFile;
};

export class VariantFiles {
  readonly #making: FileOptions;
  readonly #criteria: Request['criteria'];
  /** The leading choice of tokens. */
  readonly #tokens: TokenChoice;
  /** The demos that each domain's choices are made by. */
  readonly #demos: ReadonlyMap<string, ChosenBy['source']>;
  readonly #sources = new Map<string, Source>();
  readonly #sizes = new Map<string, number>();
  readonly #context: EngineContext;
  readonly #task: Task;

  private constructor(
    domains: readonly OfDomain[],
    { making, criteria, tokens }: { readonly making: FileOptions } & Pick<Request, 'criteria' | 'tokens'>,
    context: EngineContext,
    task: Task,
  ) {
    this.#making = making;
    this.#criteria = criteria;
    this.#tokens = tokens?.[0] ?? defaultTokens(making.model.info.moeLayers);
    this.#demos = new Map(
      domains.map(({ domain, runId }) => [domain, sourceOfRun(context.store, requireRun(context.store, runId).run)]),
    );
    this.#context = context;
    this.#task = task;
  }

  /**
   * Opens the files, and writes the domains' importance matrices if files are requested and no other matrix is named.
   * @param folder folder for matrices and files
   * @throws WinnowError from reading the named matrix, and from writing
   */
  static async open(
    domains: readonly OfDomain[],
    { model, folder, request }: { readonly model: InspectedModel; readonly folder: string; readonly request: Request },
    context: EngineContext,
    task: Task,
  ): Promise<VariantFiles> {
    const making = makingOf(model, request);
    const opened = new VariantFiles(
      domains,
      { making, criteria: request.criteria, tokens: request.tokens },
      context,
      task,
    );
    using backend = new Backend('off', context.host);
    if (!request.types?.length) return opened;
    if (request.imatrix !== undefined) await checkImatrix(request.imatrix, model, backend, task);
    for (const [index, { domain, runId }] of domains.entries()) {
      const path = request.imatrix ?? (await ownMatrix(runId, join(folder, String(index)), context, task));
      const files = new ScratchFiles(folder, { ...making, imatrix: path }, context);
      opened.#sources.set(domain, {
        files,
        imatrix: await hashOfFile(path),
        matrix: await namedMatrix(path, model, backend),
      });
    }
    return opened;
  }

  /**
   * The hash under which figures of a file are stored.
   * @param masked hash of the choice, as a mask on the model
   */
  hashOf({ choice, type }: StudyVariant & { readonly type: QuantType }, masked: string): string {
    const { imatrix } = this.#source(choice.domain);
    return quantisedHash(masked, { type, imatrix });
  }

  /** The file of a variant. It is made, with the importance matrix of its domain, when it is measured. */
  file({ choice, type }: StudyVariant & { readonly type: QuantType }): MadeSubject['file'] {
    const { files, imatrix } = this.#source(choice.domain);
    const name = hashJson({ kept: choice.kept, type, imatrix });
    return {
      name,
      make: () => files.make(name, { kept: choice.kept, width: null, to: { type, mix: null } }, this.#task),
      drop: () => files.drop(name),
    };
  }

  /** Bytes of a variant's file, written from the choice or, if that is not possible, from its mask. @throws WinnowError from planning */
  async bytesOf({ choice, type, activeExperts }: StudyVariant): Promise<number> {
    const by = this.#chosenBy(choice);
    // fewer active experts do not change the size of a choice's file: one number replaces another
    const active = choice.method === 'whole' ? activeExperts : null;
    const file = { keep: choice.keep, type, mix: null, activeExperts: active, width: null };
    const key = JSON.stringify([choice.domain, by?.criterion, file]);
    const known = this.#sizes.get(key);
    if (known !== undefined) return known;
    const header: HeaderFacts = {
      imatrix: type === null ? null : this.#source(choice.domain).matrix,
      provenance: (kind) => provenanceOf(this.#making.model, kind, by),
    };
    const bytes = await variantBytes(file, this.#making, this.#context, header);
    this.#sizes.set(key, bytes);
    return bytes;
  }

  /** How a choice was made; null: it keeps all experts, or it can only be passed on as a mask. */
  #chosenBy({ method, domain }: StudyChoice): ChosenBy | null {
    const source = this.#demos.get(domain ?? '');
    const other = TOKEN_CHOICES.find((choice) => method === `tokens-${choice}`);
    const criterion = CRITERIA.find((one) => one === (other !== undefined ? this.#criteria[0] : method));
    const tokens = other ?? this.#tokens;
    return source && criterion ? { criterion, tokens, grouping: this.#making.grouping, source } : null;
  }

  #source(domain: string | null): Source {
    const source = this.#sources.get(domain ?? '');
    if (!source) throw new RangeError(`no files are made of ${domain}`);
    return source;
  }
}

/** Options of the files. @param model the model that all of them are made from */
export function makingOf(model: InspectedModel, { grouping, requantise = false }: MakingRequest): FileOptions {
  // memory does not matter here
  return { model, grouping, imatrix: null, requantise, nextn: 'drop', ctx: 1, buffers: 0 };
}

/** Writes a run's matrix into a folder of its own. @returns its path */
async function ownMatrix(runId: number, folder: string, context: EngineContext, { signal }: Task): Promise<string> {
  const { run } = requireRun(context.store, runId);
  const path = join(folder, matrixName(run.domain));
  await mkdir(folder);
  await writeImportanceMatrix({ runId, path, overwrite: false }, context, signal);
  return path;
}

/**
 * Bytes of a file with a number of experts, whichever these are.
 * @param header null: leaves out the keys about origin and importance matrix, since they are not known
 */
export async function variantBytes(
  file: FileKind<QuantType>,
  making: FileOptions,
  { host, scratchDir }: EngineContext,
  header: HeaderFacts | null = null,
): Promise<number> {
  using backend = new Backend('off', host);
  return (await sizeOf(file, making, header, { backend, scratchDir })).bytes;
}
