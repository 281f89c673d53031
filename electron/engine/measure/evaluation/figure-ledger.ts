// What was measured of models on texts, as the database keeps it: known by all that figures depend on, so that nothing is measured
// twice. Each kind of work has rows of its own, and takes the figures of all.
import { z } from 'zod';
import { evaluationFiguresSchema, variantSchema, type EvaluationFigures } from '../../../contract/api/evaluations.ts';
import type { ModelInfo } from '../../../contract/model-info.ts';
import { placementSchema, type Placement } from '../../../contract/requests.ts';
import { sentenceSchema } from '../../../contract/sentences.ts';
import { llamaSource } from '../../../../native/index.ts';
import type { NamedText } from '../../base/content/documents.ts';
import type { Store } from '../../store/database.ts';
import { hashJson } from '../../store/json.ts';
import { Ledger, type LedgerEntry } from '../../store/measurements.ts';
import type { ComparedSums } from './measure-text.ts';
import { storedFiguresSchema } from './stored-figures.ts';

/** Raise it when a change of the code changes figures: measurements of another version are not reused. */
const MEASURING_VERSION = 2;

/** A variant, or the full model, on a text. */
const comparisonSchema = z.object({
  variant: variantSchema,
  label: z.string(),
  /** The full model that belongs to it. */
  full: z.object({ name: z.string(), fingerprint: z.string() }),
  /** The measured file's. */
  fingerprint: z.string(),
  /** The hash of the choice that was measured; null: the full model, or not known. Older rows do not say. */
  selectionHash: z.string().nullable().exactOptional(),
  selectionId: z.int().nullable(),
  /** Experts a layer, of so many in the full model; older rows do not say. */
  keep: z.int().exactOptional(),
  nExpert: z.int().exactOptional(),
  /** `id` null: it came from a file; `domain` null: nobody said which. */
  text: z.object({
    id: z.int().nullable(),
    name: z.string(),
    domain: z.string().nullable(),
    hash: z.string(),
    /** Hash of the text that this is half of. */
    whole: z.string().exactOptional(),
  }),
  /** At most so many chunks were asked for, 0: all of the text; older rows do not say. */
  chunkLimit: z.int().exactOptional(),
  /** Whether the selection was made for the text's domain; null: there is no selection. */
  inDomain: z.boolean().nullable(),
  /** What the figures do not prove, as people were told. */
  said: sentenceSchema.exactOptional(),
});
export type ComparisonSettings = Readonly<z.infer<typeof comparisonSchema>>;

/** `keep` null: all experts. */
const studySchema = z.object({ text: z.string(), keep: z.int().nullable() });

const fitSchema = z.object({
  /** As `fileIdentity` gives it; null: the source model itself. Rows of older versions do not say, and are in no list. */
  file: z.string().nullable(),
  /** Fingerprint of the source model. */
  source: z.string(),
  /** `id` null: it is none that the user held out. */
  text: z.object({
    id: z.int().nullable(),
    name: z.string(),
    domain: z.string(),
    hash: z.string(),
    /** Hash of the text that this is half of, and which half. Rows of older versions were read as a whole. */
    whole: z.string().exactOptional(),
    half: z.enum(['search', 'confirm']).exactOptional(),
  }),
  /** So many of the text at most. */
  chunks: z.int(),
  placement: placementSchema,
});

/** Sums of each unit, for those who compare in pairs. Older versions kept no KL divergences. */
const sumsSchema = z.object({
  tokens: z.array(z.int()),
  nll: z.array(z.number()),
  kl: z.array(z.number()).nullable().default(null),
});

/** Figures that nobody compares in pairs have no sums. */
type StoredFigures = EvaluationFigures & { readonly sums?: z.infer<typeof sumsSchema> };

const resultSchema: z.ZodType<StoredFigures> = z.union([
  evaluationFiguresSchema.extend({ sums: sumsSchema }),
  storedFiguresSchema,
]);

type FigureLedger<Settings> = Ledger<Settings, StoredFigures>;
export type StoredComparison = LedgerEntry<ComparisonSettings, StoredFigures>;

/** What variants and full models measured on texts. */
export function comparisonLedger(store: Store): FigureLedger<ComparisonSettings> {
  return ledgerOf(store, 'comparison', comparisonSchema, ({ variant, text }) => [variant, text.id]);
}

/** What the choices of studies measured. */
export function studyLedger(store: Store): FigureLedger<z.infer<typeof studySchema>> {
  return ledgerOf(store, 'study', studySchema);
}

/** What the files of searches measured, stage by stage. */
export function fitLedger(store: Store): FigureLedger<Readonly<z.infer<typeof fitSchema>>> {
  return ledgerOf(store, 'fit', fitSchema);
}

function ledgerOf<Settings>(
  store: Store,
  kind: 'comparison' | 'study' | 'fit',
  settings: z.ZodType<Settings>,
  identityOf: (settings: Settings) => unknown = (whole) => whole,
): FigureLedger<Settings> {
  return new Ledger(store, { table: 'evaluations', kind, settings, result: resultSchema, identityOf });
}

/** Whether it is the full model's own: what the others are compared with. */
export function isOfFullModel({ settings: { variant, fingerprint, full } }: StoredComparison): boolean {
  return variant.kind === 'model' && fingerprint === full.fingerprint;
}

/** Everything that the numbers depend on. */
type Measurement = {
  /** What is measured, as `Subject` knows it. */
  readonly subject: string;
  /** Fingerprint of the reference; null: the subject is the reference. */
  readonly against: string | null;
  readonly textHash: string;
  /** Its documents are read one by one: older versions joined them. */
  readonly isSeparate: boolean;
  readonly ctx: number;
  readonly chunks: number | null;
  readonly placement: Placement;
};

/** Equal for equal measurements. SHA-256, hex. */
export function measurementHash({ placement, isSeparate, ...measurement }: Measurement): string {
  const { gpu, gpuLayers, cpuExpertLayers } = placement;
  return hashJson({
    version: MEASURING_VERSION,
    llama: llamaSource().tag,
    placement: { gpu, gpuLayers, cpuExpertLayers },
    ...(isSeparate && { separate: true }),
    ...measurement,
  });
}

/** Sums over units that are needed beside the figures, to compare with others in pairs. */
type Pairs = 'nll' | 'kl' | null;

/** What was measured of one subject on one text. */
export type Figures = {
  readonly figures: EvaluationFigures;
  /** null: they were stored without. */
  readonly sums: ComparedSums | null;
};

export type HashedText = NamedText & { readonly hash: string };

/** For whom figures are found and written down. */
type Asker<Subject, Text, Settings> = {
  readonly ledger: FigureLedger<Settings>;
  /** null: nobody would find it there. */
  readonly rowOf: (
    subject: Subject,
    text: Text,
    chunks: number | null,
  ) => { readonly modelPath: string; readonly settings: Settings } | null;
  /** Without it nothing is compared in pairs, and no sums are kept. */
  readonly pairsOf?: (subject: Subject) => Pairs;
  /** What others have measured gets a row of its own here, too. */
  readonly isListed?: boolean;
  /** Everything is measured again. */
  readonly isAnew?: boolean;
  readonly onKept?: (id: number) => void;
};

/** Where figures are found, and written down as soon as they are there. */
export type KeptFigures<Subject, Text> = {
  readonly find: (subject: Subject, text: Text, chunks: number | null) => Figures | null;
  readonly keep: (subject: Subject, text: Text, chunks: number | null, measured: Figures) => void;
};

/** @param full the reference of all; null: there is none */
export function keptFigures<Subject extends { readonly hash: string }, Text extends HashedText, Settings>(
  { ledger, rowOf, pairsOf, isListed = false, isAnew = false, onKept }: Asker<Subject, Text, Settings>,
  full: (Subject & { readonly of: { readonly info: Pick<ModelInfo, 'fingerprint'> } }) | null,
  { ctx, placement }: Pick<Measurement, 'ctx' | 'placement'>,
): KeptFigures<Subject, Text> {
  const hashOf = (subject: Subject, text: Text, chunks: number | null): string => {
    const against = full === null || subject === full ? null : full.of.info.fingerprint;
    const isSeparate = typeof text.text !== 'string';
    return measurementHash({ subject: subject.hash, against, textHash: text.hash, isSeparate, ctx, chunks, placement });
  };
  const keep: KeptFigures<Subject, Text>['keep'] = (subject, text, chunks, { figures, sums }) => {
    const row = rowOf(subject, text, chunks);
    if (row === null) return;
    const result = pairsOf && sums ? { ...figures, sums: plainSums(sums) } : figures;
    const id = ledger.keep({ ...row, measured: hashOf(subject, text, chunks), result });
    onKept?.(id);
  };
  const find: KeptFigures<Subject, Text>['find'] = (subject, text, chunks) => {
    if (isAnew) return null;
    const pairs = pairsOf?.(subject) ?? null;
    const stored = ledger.find(hashOf(subject, text, chunks), (result) => hasPairs(result, pairs));
    if (stored === null) return null;
    const { sums, ...figures } = stored.result;
    const measured = { figures, sums: sums ? unitSums(sums) : null };
    if (isListed) keep(subject, text, chunks, measured);
    return measured;
  };
  return { find, keep };
}

function hasPairs({ sums }: StoredFigures, pairs: Pairs): boolean {
  return pairs === null || (sums !== undefined && (pairs === 'nll' || sums.kl !== null));
}

function plainSums({ tokens, nll, kl }: ComparedSums): z.infer<typeof sumsSchema> {
  return { tokens: [...tokens], nll: [...nll], kl: kl && [...kl] };
}

function unitSums({ tokens, nll, kl }: z.infer<typeof sumsSchema>): ComparedSums {
  return { tokens: Uint32Array.from(tokens), nll: Float64Array.from(nll), kl: kl && Float64Array.from(kl) };
}
