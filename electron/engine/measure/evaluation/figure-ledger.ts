// Stores measurements of models on texts under a hash of everything that the figures depend on, so that nothing is measured twice.
// Each kind of work has rows of its own, but reuses the figures of all.
import { z } from 'zod';
import { evaluationFiguresSchema, variantSchema, type EvaluationFigures } from '../../../contract/api/evaluations.ts';
import type { ModelInfo } from '../../../contract/model-info.ts';
import { placementSchema, type Placement } from '../../../contract/requests.ts';
import { llamaSource } from '../../../../native/index.ts';
import type { NamedText } from '../../base/content/documents.ts';
import type { Store } from '../../store/database.ts';
import { hashJson } from '../../base/files/canonical-json.ts';
import { Ledger, type LedgerEntry } from '../../store/measurements.ts';
import type { ComparedSums } from './measure-text.ts';

/** To be raised when a code change alters figures: measurements of other versions are not reused. */
const MEASURING_VERSION = 2;

/** What rows of figures, and of checked answers, say of what was measured. */
export const measuredSchema = z.object({
  /** null: the command line named it. */
  variant: variantSchema.nullable(),
  /** The full model of the variant. */
  full: z.object({ fingerprint: z.string() }),
  /** Fingerprint of the measured file. */
  fingerprint: z.string(),
  /** Hash of the measured choice; null: the full model, or not known. */
  selectionHash: z.string().nullable(),
  selectionId: z.int().nullable(),
});
export type MeasuredVariant = Readonly<z.infer<typeof measuredSchema>>;

/** The row of a variant, or of the full model, on a text. */
const comparisonSchema = measuredSchema.extend({
  variant: variantSchema,
  /** `id` null: it came from a file; `domain` null: none was given. */
  text: z.object({
    id: z.int().nullable(),
    name: z.string(),
    domain: z.string().nullable(),
    hash: z.string(),
    /** Hash of the whole text, if this is half of one. */
    whole: z.string().exactOptional(),
  }),
});
export type ComparisonSettings = Readonly<z.infer<typeof comparisonSchema>>;

const fitSchema = z.object({
  /** The file's `fileIdentity`; null: the source model itself. */
  file: z.string().nullable(),
  /** Fingerprint of the source model. */
  source: z.string(),
  /** `id` null: the text was not held out by the user. */
  text: z.object({
    id: z.int().nullable(),
    name: z.string(),
    domain: z.string(),
    hash: z.string(),
    /** Hash of the whole text and which half this is; absent: it is read whole. */
    whole: z.string().exactOptional(),
    half: z.enum(['search', 'confirm']).exactOptional(),
  }),
  /** Maximum chunks of the text. */
  chunks: z.int(),
  placement: placementSchema,
});

const comparedSumsSchema = z.array(z.number()).nullable().default(null);
/** Sums per unit, for paired comparisons. */
const sumsSchema = z.object({
  tokens: z.array(z.int()),
  nll: z.array(z.number()),
  kl: comparedSumsSchema,
  top1: comparedSumsSchema,
  sourceNll: comparedSumsSchema,
});

/** Figures as stored; those that are not compared in pairs have no sums. */
type StoredFigures = EvaluationFigures & { readonly sums?: z.infer<typeof sumsSchema> };

const resultSchema: z.ZodType<StoredFigures> = z.union([
  evaluationFiguresSchema.extend({ sums: sumsSchema }),
  evaluationFiguresSchema,
]);

type FigureLedger<Settings> = Ledger<Settings, StoredFigures>;
export type StoredComparison = LedgerEntry<ComparisonSettings, StoredFigures>;

/** Measurements of variants and full models on texts. */
export function comparisonLedger(store: Store): FigureLedger<ComparisonSettings> {
  return ledgerOf(store, 'comparison', comparisonSchema, ({ variant, text }) => [variant, text.id]);
}

/** Measurements of searches' files, stage by stage. */
export function fitLedger(store: Store): FigureLedger<Readonly<z.infer<typeof fitSchema>>> {
  return ledgerOf(store, 'fit', fitSchema);
}

function ledgerOf<Settings>(
  store: Store,
  kind: 'comparison' | 'fit',
  settings: z.ZodType<Settings>,
  identityOf: (settings: Settings) => unknown = (whole) => whole,
): FigureLedger<Settings> {
  return new Ledger(store, { table: 'evaluations', kind, settings, result: resultSchema, identityOf });
}

/** Whether the row belongs to the full model, with which the others are compared. */
export function isOfFullModel({ settings: { variant, fingerprint, full } }: StoredComparison): boolean {
  return variant.kind === 'model' && fingerprint === full.fingerprint;
}

/** Everything that the figures depend on. */
type Measurement = {
  /** The hash of the measured `Subject`. */
  readonly subject: string;
  /** Fingerprint of the reference; null: the subject is the reference. */
  readonly against: string | null;
  readonly textHash: string;
  /** Whether documents are read one by one. */
  readonly isSeparate: boolean;
  readonly ctx: number;
  readonly chunks: number | null;
  readonly placement: Placement;
};

/** A hash that is equal for equal measurements. SHA-256, hex. */
export function measurementHash(measurement: Measurement): string {
  return workHash(MEASURING_VERSION, measurement);
}

/** A hash that is equal for equal work of llama.cpp on a model. @param version of the code that does it */
export function workHash(version: number, { placement, ...work }: { readonly placement: Placement }): string {
  const { gpu, gpuLayers, cpuExpertLayers } = placement;
  return hashJson({ version, llama: llamaSource().tag, placement: { gpu, gpuLayers, cpuExpertLayers }, ...work });
}

/** The sums over units that a paired comparison needs in addition to the figures. */
type Pairs = 'nll' | 'kl' | null;

/** The measurement of one subject on one text. */
export type Figures = {
  readonly figures: EvaluationFigures;
  /** null: the figures were stored without sums. */
  readonly sums: ComparedSums | null;
};

export type HashedText = NamedText & { readonly hash: string };

/** The kind of work that figures are found and stored for. */
type Asker<Subject, Text, Settings> = {
  readonly ledger: FigureLedger<Settings>;
  /** The row that figures are stored in; null: they are not stored. */
  readonly rowOf: (subject: Subject, text: Text, chunks: number | null) => Settings | null;
  /** The sums that a subject needs; undefined: nothing is compared in pairs, and no sums are kept. */
  readonly pairsOf?: (subject: Subject) => Pairs;
  /** Whether everything is measured again. */
  readonly isAnew?: boolean;
  readonly onKept?: (id: number) => void;
};

/** Finds stored figures, and stores new ones at once. */
export type KeptFigures<Subject, Text> = {
  readonly find: (subject: Subject, text: Text, chunks: number | null) => Figures | null;
  readonly keep: (subject: Subject, text: Text, chunks: number | null, measured: Figures) => void;
};

/** The figures that one kind of work finds and keeps. @param full the reference for all subjects; null: there is none */
export function keptFigures<Subject extends { readonly hash: string }, Text extends HashedText, Settings>(
  { ledger, rowOf, pairsOf, isAnew = false, onKept }: Asker<Subject, Text, Settings>,
  full: (Subject & { readonly of: { readonly info: ModelInfo } }) | null,
  { ctx, placement }: { readonly ctx: number; readonly placement: Placement },
): KeptFigures<Subject, Text> {
  const hashOf = (subject: Subject, text: Text, chunks: number | null): string => {
    const against = full === null || subject === full ? null : full.of.info.fingerprint;
    const isSeparate = typeof text.text !== 'string';
    return measurementHash({ subject: subject.hash, against, textHash: text.hash, isSeparate, ctx, chunks, placement });
  };
  const keep: KeptFigures<Subject, Text>['keep'] = (subject, text, chunks, { figures, sums }) => {
    const settings = rowOf(subject, text, chunks);
    if (settings === null) return;
    const result = pairsOf && sums ? { ...figures, sums: plainSums(sums) } : figures;
    const id = ledger.keep({ settings, measured: hashOf(subject, text, chunks), result });
    onKept?.(id);
  };
  const find: KeptFigures<Subject, Text>['find'] = (subject, text, chunks) => {
    if (isAnew) return null;
    const pairs = pairsOf?.(subject) ?? null;
    const stored = ledger.find(hashOf(subject, text, chunks), (result) => hasPairs(result, pairs));
    if (stored === null) return null;
    const { sums, ...figures } = stored.result;
    const measured = { figures, sums: sums ? unitSums(sums) : null };
    // figures that other work has measured get a row here too
    keep(subject, text, chunks, measured);
    return measured;
  };
  return { find, keep };
}

function hasPairs({ sums }: StoredFigures, pairs: Pairs): boolean {
  return pairs === null || (sums !== undefined && (pairs === 'nll' || sums.sourceNll !== null));
}

function plainSums({ tokens, nll, kl, top1, sourceNll }: ComparedSums): z.infer<typeof sumsSchema> {
  return {
    tokens: [...tokens],
    nll: [...nll],
    kl: kl && [...kl],
    top1: top1 && [...top1],
    sourceNll: sourceNll && [...sourceNll],
  };
}

function unitSums({ tokens, nll, kl, top1, sourceNll }: z.infer<typeof sumsSchema>): ComparedSums {
  return {
    tokens: Uint32Array.from(tokens),
    nll: Float64Array.from(nll),
    kl: kl && Float64Array.from(kl),
    top1: top1 && Float64Array.from(top1),
    sourceNll: sourceNll && Float64Array.from(sourceNll),
  };
}
