// The files of variants: how large each is, and each made in scratch space when it is measured. Quantised by the house's own quantiser.
import { join } from 'node:path';
import type { QuantType } from '../../contract/quantise.ts';
import type { CompareRequest } from '../../contract/requests.ts';
import { Backend } from '../backend/backend.ts';
import type { EngineContext } from '../context/engine-context.ts';
import type { Task } from '../context/task.ts';
import type { MadeFile } from '../evaluation/made-file.ts';
import { firstExperts, ScratchFiles, sizeOf, type HeaderFacts, type Making } from '../fit/fit-files.ts';
import { fingerprintOf } from '../models/fingerprint.ts';
import type { InspectedModel } from '../models/inspect.ts';
import { openModelFiles } from '../models/model-files.ts';
import { planImatrix } from '../pruning/imatrix.ts';
import { writeImportanceMatrix } from '../scoring/write-importance.ts';
import { quantisedHash } from '../selection/selection-hash.ts';
import { hashJson } from '../store/json.ts';
import type { StudiedDomain } from './score-domains.ts';
import type { StudyVariant } from './variants.ts';

type Request = Pick<CompareRequest, 'types' | 'imatrix' | 'requantise' | 'grouping'>;

/** Where a domain's files come from. */
type Source = {
  readonly files: ScratchFiles;
  /** Of the matrix that they are quantised by. */
  readonly imatrix: string;
  readonly header: HeaderFacts;
};

export class VariantFiles {
  readonly #making: Making;
  readonly #sources = new Map<string, Source>();
  readonly #sizes = new Map<string, number>();
  readonly #context: EngineContext;
  readonly #task: Task;

  private constructor(making: Making, context: EngineContext, task: Task) {
    this.#making = making;
    this.#context = context;
    this.#task = task;
  }

  /**
   * Writes the domains' importance matrices, where files are asked for and no other matrix is named.
   * @param folder takes matrices and files
   * @throws WinnowError of reading the matrix that is named, and of writing
   */
  static async open(
    domains: readonly Pick<StudiedDomain, 'domain' | 'runId'>[],
    { model, folder, request }: { readonly model: InspectedModel; readonly folder: string; readonly request: Request },
    context: EngineContext,
    task: Task,
  ): Promise<VariantFiles> {
    const making = makingOf(model, request);
    const opened = new VariantFiles(making, context, task);
    if (!request.types?.length) return opened;
    for (const [index, { domain, runId }] of domains.entries()) {
      const path = request.imatrix ?? join(folder, `${index}.imatrix.gguf`);
      if (request.imatrix === undefined)
        await writeImportanceMatrix({ runId, path, overwrite: false }, context, task.signal);
      const files = new ScratchFiles(folder, { ...making, imatrix: path }, context);
      opened.#sources.set(domain, {
        files,
        imatrix: await fingerprintOf(await openModelFiles(path)),
        header: await headerOf(path, model, context),
      });
    }
    return opened;
  }

  /**
   * What figures of it are known by.
   * @param masked hash of the choice, as a mask on the model
   */
  hashOf({ choice, type }: StudyVariant & { readonly type: QuantType }, masked: string): string {
    const { imatrix } = this.#source(choice.domain);
    return quantisedHash(masked, { type, imatrix })!;
  }

  /** It is made, by the importance matrix of its domain, when it is measured. */
  file({ choice, type }: StudyVariant & { readonly type: QuantType }): MadeFile {
    const { files, imatrix } = this.#source(choice.domain);
    const name = hashJson({ kept: choice.kept, type, imatrix });
    return {
      name,
      make: () => files.make(name, choice.kept, type, this.#task),
      drop: () => files.drop(name),
    };
  }

  /** Bytes of such a file, but for keys that say where a written one comes from. @throws WinnowError of planning */
  async bytesOf({ choice, type }: Pick<StudyVariant, 'choice' | 'type'>): Promise<number> {
    const key = JSON.stringify([choice.domain, choice.keep, type]);
    const known = this.#sizes.get(key);
    if (known !== undefined) return known;
    const header = type === null ? null : this.#source(choice.domain).header;
    const bytes = await variantBytes(choice.keep, type, this.#making, this.#context, header);
    this.#sizes.set(key, bytes);
    return bytes;
  }

  #source(domain: string | null): Source {
    const source = this.#sources.get(domain ?? '');
    if (!source) throw new RangeError(`no files are made of ${domain}`);
    return source;
  }
}

/** @param model that all of them are made from */
export function makingOf(model: InspectedModel, { grouping, requantise = false }: Request): Making {
  // memory is nobody's question here
  return { model, grouping, imatrix: null, requantise, nextn: 'drop', ctx: 1, buffers: 0 };
}

/** What a matrix adds to the headers of files that are quantised by it. */
async function headerOf(path: string, model: InspectedModel, { host }: EngineContext): Promise<HeaderFacts> {
  using backend = new Backend('off', host);
  const kept = firstExperts(model.info, model.info.nExpert);
  return { imatrix: await planImatrix(path, 'sized.imatrix.gguf', model, { kept }, backend), provenance: () => [] };
}

/**
 * Bytes of a file with so many experts, whichever they are.
 * @param header null: nothing is known of an importance matrix, which adds some keys
 */
export async function variantBytes(
  keep: number,
  type: QuantType | null,
  making: Making,
  { host, scratchDir }: EngineContext,
  header: HeaderFacts | null = null,
): Promise<number> {
  using backend = new Backend('off', host);
  return (await sizeOf({ keep, type, activeExperts: null }, making, header, { backend, scratchDir })).bytes;
}
