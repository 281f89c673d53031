// What happens to files that were dropped or chosen: models go to the library, demos to the current set, held-out texts
// to its domain. What became of each file is kept for the results panel.
import { create } from 'zustand';
import type { ImportedFile } from '../../electron/contract/api/demos.ts';
import type { Grant } from '../../electron/contract/bridge.ts';
import { errorToData, type ErrorData } from '../../electron/contract/errors.ts';
import { bridge } from '../state/bridge.ts';
import { callEngine } from '../state/calls.ts';
import { go, useNavigation } from '../state/navigation.ts';
import { reportFailure } from '../state/report-failure.ts';
import { choose, useTrail } from '../state/trail.ts';
import { leaveWelcome } from '../state/first-run.ts';
import { kindOfName, setNameOf, type FileKind } from './file-kinds.ts';

/** What became of one file's rows: demos, or documents of a held-out text. */
export type RowCounts = Pick<ImportedFile, 'rejected' | 'rejectedCount'> &
  (
    | ({ readonly kind: 'demos' } & Pick<ImportedFile, 'added' | 'known' | 'duplicateCount'>)
    | { readonly kind: 'documents'; readonly documents: number }
  );

export type FileResult = {
  readonly name: string;
  readonly kind: FileKind;
  /** `missing`: the host could not find it. */
  readonly state: 'busy' | 'added' | 'failed' | 'declined' | 'missing';
  readonly counts: RowCounts | null;
  readonly error: ErrorData | null;
};

type Results = { readonly files: readonly FileResult[] };

export const useResults = create<Results>()(() => ({ files: [] }));

function report(name: string, kind: FileKind, outcome: Partial<FileResult>): void {
  const result: FileResult = { name, kind, state: 'busy', counts: null, error: null, ...outcome };
  useResults.setState(({ files }) => {
    const isKnown = files.some((file) => file.name === name && file.kind === kind);
    if (!isKnown) return { files: [...files, result] };
    return { files: files.map((file) => (file.name === name && file.kind === kind ? result : file)) };
  });
}

type Outcome = { readonly name: string; readonly error: ErrorData | null };

function reportOutcome(kind: FileKind, { name, error }: Outcome, counts: RowCounts | null = null): void {
  report(name, kind, { state: error === null ? 'added' : 'failed', error, counts });
}

/** Adds one kind's files; an error of the whole is every file's. */
async function addAll(kind: FileKind, grants: readonly Grant[], add: () => Promise<void>): Promise<void> {
  if (grants.length === 0) return;
  for (const { name } of grants) report(name, kind, { state: 'busy' });
  try {
    await add();
  } catch (error) {
    for (const { name } of grants) reportOutcome(kind, { name, error: errorToData(error) });
  }
}

async function addModels(grants: readonly Grant[]): Promise<void> {
  await addAll('model', grants, async () => {
    const outcomes = await callEngine('library.add', { grants: grants.map(({ id }) => id) });
    for (const outcome of outcomes) reportOutcome('model', outcome);
    const [modelId] = outcomes.flatMap((outcome) => outcome.modelId ?? []);
    if (modelId === undefined) return;
    const { state } = await callEngine('library.get', { modelId });
    if (state === 'ready' || state === 'reading') choose({ modelId });
  });
}

/** The demo set that files are added to: the chosen one, one named after the first file, or that one. */
type Into = 'chosen' | 'new' | number;

async function domainFor(into: Into, firstName: string): Promise<number> {
  const wanted = into === 'chosen' ? useTrail.getState().domainId : into;
  const domains = await callEngine('domains.list', {});
  const known = domains.find(({ id }) => id === wanted);
  if (known !== undefined) return known.id;
  const name = setNameOf(firstName);
  const domain = domains.find((other) => other.name === name) ?? (await callEngine('domains.create', { name }));
  return domain.id;
}

/** A set that was named is filled, not chosen: what was made of the chosen one stays. */
async function addDemos(grants: readonly Grant[], into: Into): Promise<void> {
  await addAll('demos', grants, async () => {
    const domainId = await domainFor(into, grants[0]?.name ?? '');
    if (into === 'chosen') choose({ domainId });
    const files = await callEngine('demos.import', { domainId, grants: grants.map(({ id }) => id) });
    for (const file of files) reportOutcome('demos', file, { kind: 'demos', ...file });
  });
}

/** Leaves the choice of the demo set as it is: the selection that is to be measured hangs on it. */
async function addTexts(grants: readonly Grant[], into: Into): Promise<void> {
  await addAll('texts', grants, async () => {
    const domainId = await domainFor(into, grants[0]?.name ?? '');
    const outcomes = await callEngine('texts.import', { domainId, grants: grants.map(({ id }) => id) });
    for (const { documents, ...outcome } of outcomes) {
      reportOutcome('texts', outcome, documents === null ? null : { kind: 'documents', documents, ...outcome });
    }
  });
}

async function addFolder(grant: Grant): Promise<void> {
  await addAll('folder', [grant], async () => {
    await callEngine('library.addFolder', { grant: grant.id });
    reportOutcome('folder', { name: grant.name, error: null });
  });
}

async function addBundle(grant: Grant): Promise<void> {
  await addAll('bundle', [grant], async () => {
    const run = await callEngine('runs.importBundle', { grant: grant.id });
    choose({ ...(run.modelId !== null && { modelId: run.modelId }), runIds: [run.id] });
    reportOutcome('bundle', { name: grant.name, error: null });
  });
}

/** Shows where the files went, unless the user is at something else. */
function follow(kinds: ReadonlySet<FileKind>): void {
  const { screen } = useNavigation.getState();
  if (screen !== 'models' && screen !== 'demos') return;
  if (kinds.has('model') || kinds.has('folder')) go('models');
  else if (kinds.has('demos')) go('demos');
  else if (kinds.has('bundle')) go('runs');
}

/**
 * Takes files over, each by its kind, and tells of each what became of it.
 * @param asTexts texts and demo files are held-out texts, not demos
 * @param into where demos and held-out texts go
 */
export async function handOver(grants: readonly Grant[], asTexts = false, into: Into = 'chosen'): Promise<void> {
  const kindOf = ({ name, bytes }: Grant): FileKind => (bytes === null ? 'folder' : kindOfName(name, asTexts));
  const ofKind = (kind: FileKind): Grant[] => grants.filter((grant) => kindOf(grant) === kind);
  for (const { name } of ofKind('declined')) report(name, 'declined', { state: 'declined' });
  follow(new Set(grants.map(kindOf)));
  // Models first: demos may be counted with them.
  await addModels(ofKind('model'));
  for (const grant of ofKind('folder')) await addFolder(grant);
  for (const grant of ofKind('bundle')) await addBundle(grant);
  await addDemos(ofKind('demos'), into);
  await addTexts(ofKind('texts'), into);
  leaveWelcome();
}

/** Dropped files: asks the host for them, and says of those it does not give why. */
export async function handOverFiles(files: readonly File[], asTexts: boolean): Promise<void> {
  useResults.setState({ files: [] });
  const wanted = files.filter(({ name }) => kindOfName(name, asTexts) !== 'declined');
  for (const { name } of files) {
    if (kindOfName(name, asTexts) === 'declined') report(name, 'declined', { state: 'declined' });
  }
  const kindOf = ({ name }: File): FileKind => kindOfName(name, asTexts);
  for (const file of wanted) report(file.name, kindOf(file), { state: 'busy' });
  let grants: readonly Grant[];
  try {
    grants = await bridge().grantFiles(wanted);
  } catch (error) {
    for (const file of wanted) reportOutcome(kindOf(file), { name: file.name, error: errorToData(error) });
    return;
  }
  // Only now is it known what is a folder, and what the host could not find.
  useResults.setState(({ files: shown }) => ({ files: shown.filter(({ state }) => state === 'declined') }));
  const granted = new Set(grants.map(({ name }) => name));
  for (const { name } of wanted) if (!granted.has(name)) report(name, 'undecided', { state: 'missing' });
  await handOver(grants, asTexts);
}

/**
 * The dialog for models, demos or texts, and then the same as after a drop.
 * @param into where demos and held-out texts go
 */
export async function chooseFiles(
  purpose: 'model' | 'demos' | 'texts' | 'folder' | 'bundle',
  into: Into = 'chosen',
): Promise<void> {
  const grants = await bridge()
    .pickFiles(purpose)
    .catch((error: unknown) => {
      reportFailure(error);
      return [];
    });
  if (grants.length === 0) return;
  useResults.setState({ files: [] });
  await handOver(grants, purpose === 'texts', into);
}
