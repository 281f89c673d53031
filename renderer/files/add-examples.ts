// Adds files of examples as demos or held-out texts: asks once where they should go.
import type { Domain } from '../../electron/contract/api/demos.ts';
import type { Grant } from '../../electron/contract/bridge.ts';
import { callEngine } from '../state/calls.ts';
import { choose, useTrail } from '../state/trail.ts';
import { forgetBusy, reporting, reportOutcome, useResults } from './file-results.ts';
import { askImport, type ImportAnswer, type ImportQuestion, type ImportTarget } from './import-question.ts';
import { freeSetName, suggestName } from './set-names.ts';

/** The demo set to add files to: the chosen one, a new one named after them, or the one with this id. */
export type Into = 'chosen' | 'new' | number;

/**
 * Adds the files. Nothing is asked if there is only one possible place and the files say what they hold.
 * @param kind what they become; null: the user is asked, if there already is a set
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
  const examined = await callEngine('demos.examine', { grants: grants.map(({ id }) => id) });
  const files = examined.map((file, i) => ({ ...file, name: grants[i]?.name ?? '' }));
  const isUnclear = files.some(({ columns }) => columns.length > 0);
  if (targets.length === 1 && !isUnclear) return { target: targets[0], columns: {} };
  forgetBusy();
  return askImport({ files, targets, domains });
}

/** The places that files can go to. A new set comes first if the chosen one has files of another kind, where they would be lost. */
function targetsFor(
  grants: readonly Grant[],
  kind: ImportTarget['kind'] | null,
  into: Into,
  domains: readonly Domain[],
): ImportQuestion['targets'] {
  const wanted = into === 'chosen' ? useTrail.getState().domainId : into;
  const present = domains.find(({ id }) => id === wanted);
  const name = freeSetName(suggestName(grants.map((grant) => grant.name)), domains);
  const fresh: ImportTarget = { kind: kind ?? 'demos', domainId: null, domain: name };
  if (present === undefined) return [fresh];
  const demos: ImportTarget = { kind: 'demos', domainId: present.id, domain: present.name };
  const texts: ImportTarget = { ...demos, kind: 'texts' };
  if (into !== 'chosen' || kind !== null) return [kind === 'texts' ? texts : demos];
  return present.demos > 0 ? [fresh, demos, texts] : [demos, fresh, texts];
}

async function add(grants: readonly Grant[], { target, columns }: ImportAnswer, into: Into): Promise<void> {
  const before = useTrail.getState();
  const domainId = target.domainId ?? (await callEngine('domains.create', { name: target.domain })).id;
  // a set that the user named, or one that only measures, is filled but not chosen: work on the chosen set stays
  const isChosen = target.kind === 'demos' && into === 'chosen' && domainId !== before.domainId;
  if (isChosen) choose({ domainId });
  const isAnyAdded = await importFiles(grants, target, domainId, columns);
  if (isAnyAdded) useResults.setState({ placed: target });
  if (isAnyAdded || target.domainId !== null) return;
  await callEngine('domains.delete', { domainId });
  if (isChosen && useTrail.getState().domainId === domainId) choose(before);
}

/** @returns whether the set now holds something of a file */
async function importFiles(
  grants: readonly Grant[],
  { kind }: ImportTarget,
  domainId: number,
  columns: ImportAnswer['columns'],
): Promise<boolean> {
  const params = { domainId, grants: grants.map(({ id }) => id), columns };
  if (kind === 'demos') {
    const files = await callEngine('demos.import', params);
    for (const { left, ...file } of files) reportOutcome('demos', { ...file, said: left }, { kind: 'demos', ...file });
    return files.some(({ added, known }) => added + known > 0);
  }
  const files = await callEngine('texts.import', params);
  for (const { documents, ...file } of files) {
    reportOutcome('texts', file, documents === null ? null : { kind: 'documents', documents, ...file });
  }
  return files.some(({ textId }) => textId !== null);
}
