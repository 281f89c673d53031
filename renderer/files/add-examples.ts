// Files of examples: asks once where they go, adds them as demos or held-out texts, and keeps the way back.
import type { Domain } from '../../electron/contract/api/demos.ts';
import type { Grant } from '../../electron/contract/bridge.ts';
import { callEngine } from '../state/calls.ts';
import { reportFailure } from '../state/report-failure.ts';
import { choose, useTrail } from '../state/trail.ts';
import { clearResults, forgetBusy, reporting, reportOutcome, useResults, type Placed } from './file-results.ts';
import { askImport, type ImportAnswer, type ImportQuestion, type ImportTarget } from './import-question.ts';
import { freeSetName, setNameOf } from './set-names.ts';

/** The demo set that files are added to: the chosen one, a new one named after them, or that one. */
export type Into = 'chosen' | 'new' | number;

/**
 * Nothing is asked where there is only one place, and the files say what they hold.
 * @param kind what they become; null: the user is asked, where there is a set already
 */
export async function addExamples(
  grants: readonly Grant[],
  kind: ImportTarget['kind'] | null,
  into: Into,
): Promise<void> {
  await reporting(kind ?? 'demos', grants, async () => {
    const answer = await decide(grants, kind, into);
    if (answer !== null) await reporting(answer.target.kind, grants, () => add(grants, answer, into));
  });
}

async function decide(
  grants: readonly Grant[],
  kind: ImportTarget['kind'] | null,
  into: Into,
): Promise<ImportAnswer | null> {
  const domains = await callEngine('domains.list', {});
  const targets = targetsFor(grants, kind, into, domains);
  const { modelId } = useTrail.getState();
  const { maxTokens } = await callEngine('settings.get', {});
  const examined = await callEngine('demos.examine', { grants: grants.map(({ id }) => id), modelId, maxTokens });
  const files = examined.map((file, i) => ({ ...file, name: grants[i]?.name ?? '' }));
  const isUnclear = files.some(
    ({ columns, document, longest }) =>
      columns.length > 0 || document !== null || (kind !== 'texts' && longest !== null),
  );
  if (targets.length === 1 && !isUnclear) return { target: targets[0], as: {} };
  forgetBusy();
  return askImport({ files, targets, domains });
}

/** Beside other files, examples of another kind would be lost in the set: a new one comes first then. */
function targetsFor(
  grants: readonly Grant[],
  kind: ImportTarget['kind'] | null,
  into: Into,
  domains: readonly Domain[],
): ImportQuestion['targets'] {
  const wanted = into === 'chosen' ? useTrail.getState().domainId : into;
  const present = domains.find(({ id }) => id === wanted);
  const name = freeSetName(setNameOf(grants.map((grant) => grant.name)), domains);
  const fresh: ImportTarget = { kind: kind ?? 'demos', domainId: null, domain: name };
  if (present === undefined) return [fresh];
  const demos: ImportTarget = { kind: 'demos', domainId: present.id, domain: present.name };
  const texts: ImportTarget = { ...demos, kind: 'texts' };
  if (into !== 'chosen' || kind !== null) return [kind === 'texts' ? texts : demos];
  return present.demos > 0 ? [fresh, demos, texts] : [demos, fresh, texts];
}

async function add(grants: readonly Grant[], { target, as }: ImportAnswer, into: Into): Promise<void> {
  const before = useTrail.getState();
  const domainId = target.domainId ?? (await callEngine('domains.create', { name: target.domain })).id;
  // a set that was named, or measures only, is filled and not chosen: what was made of the chosen one stays
  const isChosen = target.kind === 'demos' && into === 'chosen' && domainId !== before.domainId;
  if (isChosen) choose({ domainId });
  const undo = async (undoId: number | null): Promise<void> => {
    if (undoId !== null) await callEngine('undo', { undoId });
    if (target.domainId !== null) return;
    await deleteIfEmpty(domainId);
    if (isChosen && useTrail.getState().domainId === domainId) choose(before);
  };
  const undoId = await importFiles(grants, target, domainId, as);
  if (undoId === null) return undo(null);
  const placed: Placed = { target, undo: () => void undo(undoId).then(clearResults).catch(reportFailure) };
  useResults.setState({ placed });
}

/** @returns what takes it back; null: nothing was added */
async function importFiles(
  grants: readonly Grant[],
  { kind }: ImportTarget,
  domainId: number,
  as: ImportAnswer['as'],
): Promise<number | null> {
  const params = { domainId, grants: grants.map(({ id }) => id), as };
  if (kind === 'demos') {
    const { files, undoId } = await callEngine('demos.import', params);
    for (const { left, ...file } of files) reportOutcome('demos', { ...file, said: left }, { kind: 'demos', ...file });
    return undoId;
  }
  const { files, undoId } = await callEngine('texts.import', params);
  for (const { documents, ...file } of files) {
    reportOutcome('texts', file, documents === null ? null : { kind: 'documents', documents, ...file });
  }
  return undoId;
}

/** A set that was made for files that gave it nothing, or were taken back. */
async function deleteIfEmpty(domainId: number): Promise<void> {
  const domain = (await callEngine('domains.list', {})).find(({ id }) => id === domainId);
  if (domain?.demos === 0 && domain.texts === 0) await callEngine('domains.delete', { domainId });
}
