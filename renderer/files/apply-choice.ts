// Choices among files of examples: from then on, they are the current choice for the model that the user names.
import type { RecognisedChoice } from '../../electron/contract/api/selections.ts';
import type { Grant } from '../../electron/contract/bridge.ts';
import { callEngine } from '../state/calls.ts';
import { go } from '../state/navigation.ts';
import { choose, useTrail } from '../state/trail.ts';
import { askChoice } from './choice-question.ts';
import { mayHoldChoice } from './file-kinds.ts';
import { forgetBusy, reporting, reportOutcome } from './file-results.ts';

export type FoundChoice = { readonly grant: Grant; readonly choice: RecognisedChoice };

/** Returns the files that are choices of experts. For a file that is meant as one but cannot be used, the panel says why. */
export async function choicesAmong(
  grants: readonly Grant[],
): Promise<{ readonly choices: readonly FoundChoice[]; readonly others: readonly Grant[] }> {
  const candidates = grants.filter(({ name, bytes }) => bytes !== null && mayHoldChoice(name));
  if (candidates.length === 0) return { choices: [], others: grants };
  const recognised = await callEngine('selections.recognise', { grants: candidates.map(({ id }) => id) });
  const choices: FoundChoice[] = [];
  const ids = new Set<string>();
  for (const { grant: id, choice, error } of recognised) {
    const grant = candidates.find((candidate) => candidate.id === id);
    if (grant === undefined || (choice === null && error === null)) continue;
    ids.add(id);
    if (choice !== null) choices.push({ grant, choice });
    else reportOutcome('choice', { name: grant.name, error });
  }
  return { choices, others: grants.filter(({ id }) => !ids.has(id)) };
}

/** Asks for the model, and makes the file's experts the current choice. */
export async function applyChoiceFile({ grant, choice }: FoundChoice): Promise<void> {
  await reporting('choice', [grant], async () => {
    const list = await callEngine('library.list', {});
    const { modelId: current } = useTrail.getState();
    const models = choice.modelIds
      .flatMap((id) => list.find((model) => model.id === id) ?? [])
      .toSorted((a, b) => Number(b.id === current) - Number(a.id === current));
    forgetBusy();
    const modelId = await askChoice({ name: grant.name, choice, models });
    if (modelId === null) return;
    const { id: selectionId, said } = await callEngine('selections.importChoice', { modelId, grant: grant.id });
    choose({ modelId, selectionId });
    reportOutcome('choice', { name: grant.name, error: null, said });
    go('export');
  });
}
