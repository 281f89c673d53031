// Handles files that were dropped or chosen: models go to the library, choices to the choice, and examples where the
// user says.
import type { Grant } from '../../electron/contract/bridge.ts';
import { errorToData } from '../../electron/contract/errors.ts';
import { bridge } from '../state/bridge.ts';
import { callEngine } from '../state/calls.ts';
import { go, useNavigation } from '../state/navigation.ts';
import { reportFailure } from '../state/report-failure.ts';
import { choose } from '../state/trail.ts';
import { leaveWelcome } from '../state/first-run.ts';
import { addExamples, type Into } from './add-examples.ts';
import { kindOfName, type FileKind } from './file-kinds.ts';
import { applyChoiceFile, choicesAmong } from './apply-choice.ts';
import { clearResults, report, reporting, reportOutcome, useResults } from './file-results.ts';

async function addModels(grants: readonly Grant[]): Promise<void> {
  await reporting('model', grants, async () => {
    const outcomes = await callEngine('library.add', { grants: grants.map(({ id }) => id) });
    for (const outcome of outcomes) reportOutcome('model', outcome);
    const [modelId] = outcomes.flatMap((outcome) => outcome.modelId ?? []);
    if (modelId === undefined) return;
    const { state } = await callEngine('library.get', { modelId });
    if (state !== 'unusable') choose({ modelId });
  });
}

async function addFolder(grant: Grant): Promise<void> {
  await reporting('folder', [grant], async () => {
    await callEngine('library.addFolder', { grant: grant.id });
    reportOutcome('folder', { name: grant.name, error: null });
  });
}

/** Shows where the files went, unless the user is busy with something else. */
function follow(kinds: ReadonlySet<FileKind>): void {
  const { screen } = useNavigation.getState();
  if (screen === 'demos' && (kinds.has('model') || kinds.has('folder'))) go('new');
}

/**
 * Takes files in, each by its kind, and reports what became of each.
 * @param asTexts texts and demo files are used as held-out texts, not demos
 * @param into where demos and held-out texts go
 */
export async function handOver(grants: readonly Grant[], asTexts = false, into: Into = 'chosen'): Promise<void> {
  const toKind = ({ name, bytes }: Grant): FileKind => (bytes === null ? 'folder' : kindOfName(name, asTexts));
  const { choices, others } = await choicesAmong(grants);
  const ofKind = (kind: FileKind): Grant[] => others.filter((grant) => toKind(grant) === kind);
  for (const { name } of ofKind('declined')) report(name, 'declined', { state: 'declined' });
  follow(new Set(others.map(toKind)));
  // Models first: they may be needed to count demos.
  await addModels(ofKind('model'));
  for (const grant of ofKind('folder')) await addFolder(grant);
  await addExamples(ofKind('demos'), into === 'chosen' ? null : 'demos', into);
  await addExamples(ofKind('texts'), 'texts', into);
  for (const choice of choices) await applyChoiceFile(choice);
  leaveWelcome();
}

/**
 * Takes dropped files in: asks the host for them, and reports why some are not available.
 * @param folders names of those that are folders, as far as the browser says so
 */
export async function handOverFiles(
  dropped: readonly File[],
  asTexts: boolean,
  folders: ReadonlySet<string>,
): Promise<void> {
  clearResults();
  const isForeign = ({ name }: File): boolean => bridge().host === 'served' && folders.has(name);
  for (const { name } of dropped.filter(isForeign)) report(name, 'folder', { state: 'folder' });
  const files = dropped.filter((file) => !isForeign(file));
  const wanted = files.filter(({ name }) => kindOfName(name, asTexts) !== 'declined');
  for (const { name } of files) {
    if (kindOfName(name, asTexts) === 'declined') report(name, 'declined', { state: 'declined' });
  }
  if (wanted.length === 0) return;
  const toKind = ({ name }: File): FileKind => kindOfName(name, asTexts);
  for (const file of wanted) report(file.name, toKind(file), { state: 'busy' });
  let grants: readonly Grant[];
  try {
    grants = await bridge().grantFiles(wanted);
  } catch (error) {
    for (const file of wanted) reportOutcome(toKind(file), { name: file.name, error: errorToData(error) });
    return;
  }
  // Only now is it known which are folders, and which the host could not find.
  useResults.setState(({ files: shown }) => ({ files: shown.filter(({ state }) => state !== 'busy') }));
  const granted = new Set(grants.map(({ name }) => name));
  for (const { name } of wanted) if (!granted.has(name)) report(name, 'undecided', { state: 'missing' });
  await handOver(grants, asTexts);
}

/**
 * Opens the dialog for models, demos or texts, and continues as after a drop.
 * @param into where demos and held-out texts go
 */
export async function chooseFiles(
  purpose: 'model' | 'demos' | 'texts' | 'folder',
  into: Into = 'chosen',
): Promise<void> {
  const grants = await bridge()
    .pickFiles(purpose)
    .catch((error: unknown) => {
      reportFailure(error);
      return [];
    });
  if (grants.length === 0) return;
  clearResults();
  await handOver(grants, purpose === 'texts', into);
}
