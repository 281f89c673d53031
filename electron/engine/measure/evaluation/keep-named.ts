// Keeps what the command line measured beside what the interface measures: by selection, text and domain.
import type { EvaluationFigures } from '../../../contract/api/evaluations.ts';
import { basename } from 'node:path';
import type { ModelInfo } from '../../../contract/model-info.ts';
import type { EvaluateRequest } from '../../../contract/requests.ts';
import type { Sentence } from '../../../contract/sentences.ts';
import type { NamedText } from '../../base/content/documents.ts';
import type { GgufKeys } from '../../models/gguf-keys.ts';
import type { Store } from '../../store/database.ts';
import { maskedHash } from '../../experts/selection/selection-hash.ts';
import { hashText, listHeldOutTexts } from '../../store/held-out-texts.ts';
import { REFERENCE } from './evaluate.ts';
import { fullModel, fullModelOf, type FullModel } from './full-model.ts';
import type { EvaluationSubject } from './model-slot.ts';
import { domainOfFiles, namedFile, namedPreview, type NamedSubject } from './named-subject.ts';
import { comparisonLedger, measurementHash, type ComparisonSettings } from './stored-comparison.ts';

export type NamedMeasurement = {
  readonly request: EvaluateRequest;
  readonly text: NamedText;
  readonly subject: EvaluationSubject;
  /** The subject's keys, which name the model that a pruned file was made from. */
  readonly kv: GgufKeys;
  readonly against: EvaluationSubject | undefined;
  /** What the subject's figures beside it do not prove; null: nothing is left to prove. */
  readonly said: Sentence | null;
  /** By index: the subject's 0, the reference's. */
  readonly results: ReadonlyMap<number, EvaluationFigures>;
};

/** Stores the figures of those subjects that have a name in the interface, for lists and reports. */
export function keepNamed(
  { request, text, subject, kv, against, said, results }: NamedMeasurement,
  store: Store,
): void {
  const about = textOf(store, text, request);
  const full = against ? fullModel(against.info) : (fullModelOf(store, subject, kv) ?? fullModel(subject.info));
  const ledger = comparisonLedger(store);
  const keep = (index: number, one: EvaluationSubject, named: NamedSubject): void => {
    const result = results.get(index);
    const { variant } = named;
    if (!result || !variant) return;
    const settings = {
      ...comparisonSettings({ ...named, variant }, one, { full, text: about, chunks: request.chunks ?? 0 }),
      ...(said && index !== REFERENCE && { said }),
    };
    const measured = measurementHash({
      subject: maskedHash(one),
      against: against && index !== REFERENCE ? against.info.fingerprint : null,
      textHash: about.hash,
      ctx: request.ctx,
      chunks: request.chunks ?? null,
      placement: request.placement,
    });
    ledger.keep({ modelPath: one.info.path, measured, settings, result });
  };
  if (against) keep(REFERENCE, against, namedFile(store, against.info));
  const isReference = maskedHash(subject) === (against && maskedHash(against));
  if (!isReference) keep(0, subject, nameOf(store, subject, request));
}

/**
 * What a row of figures says of what was measured.
 * @param chunks asked for at most; 0: all of the text
 */
export function comparisonSettings(
  { variant, label, selectionHash, selectionId, domains }: NamedSubject & Pick<ComparisonSettings, 'variant'>,
  { info, kept }: { readonly info: ModelInfo } & Pick<EvaluationSubject, 'kept'>,
  {
    full,
    text,
    chunks,
  }: {
    readonly full: Pick<FullModel, 'name' | 'fingerprint' | 'nExpert'>;
    readonly text: ComparisonSettings['text'];
    readonly chunks: number;
  },
): ComparisonSettings {
  return {
    ...{ variant, label, selectionHash, selectionId, text },
    full: { name: full.name, fingerprint: full.fingerprint },
    fingerprint: info.fingerprint,
    keep: kept?.[0]?.length ?? info.nExpert,
    nExpert: full.nExpert,
    chunkLimit: chunks,
    inDomain: text.domain === null ? null : (domains?.includes(text.domain) ?? null),
  };
}

function nameOf(
  store: Store,
  { info, kept, activeExperts }: EvaluationSubject,
  { mask }: EvaluateRequest,
): NamedSubject {
  const isFile = kept === undefined && activeExperts === undefined;
  if (isFile) return namedFile(store, info);
  const masked = { kept: kept ?? null, activeExperts: activeExperts ?? null };
  return namedPreview(store, info, masked, basename(mask ?? info.path));
}

/** A held-out text of some domain, where it is one. */
function textOf(store: Store, { name, text }: NamedText, request: EvaluateRequest): ComparisonSettings['text'] {
  const hash = hashText(text);
  const stored = listHeldOutTexts(store).find((one) => one.hash === hash);
  const domain = request.domain ?? stored?.domain ?? domainOfFiles(store, [request.text].flat(), undefined);
  return { id: stored?.id ?? null, name: stored?.name ?? name, domain, hash };
}
