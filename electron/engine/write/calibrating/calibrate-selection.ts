// Fitting the routers of a stored choice: to which demos, where the result goes, and what is known of it.
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { CALIBRATION_DEMOS, CALIBRATION_TOKENS, type CalibrationFacts } from '../../../contract/calibration.ts';
import { WinnowError } from '../../../contract/errors.ts';
import type { CalibrateRequest, Placement } from '../../../contract/requests.ts';
import { say } from '../../../contract/sentences.ts';
import { choosingDemosOfSelection } from '../pruning/choosing-demos.ts';
import {
  domainsOf,
  hashFinder,
  hashOf,
  selectionState,
  settingsOf,
  type SelectionOfModel,
} from '../../experts/selections/selection-view.ts';
import { forgetCalibration, keepCalibration, listCalibrations } from '../../store/calibrations.ts';
import type { Store } from '../../store/database.ts';
import { findDemoContent } from '../../store/demos.ts';
import { listSelections } from '../../store/selections.ts';
import { FEWEST_DEMOS } from './split-demos.ts';

/** Where calibrated routers lie that stored choices are written with. */
function routersFolder(home: string): string {
  return join(home, 'routers');
}

/**
 * With the demos that the experts were chosen by, and no others: what was held back from choosing is to judge the file.
 * @param model path of the full model
 * @throws WinnowError DEMOS_EMPTY: too few of them are still here
 */
export function calibrationRequest(
  { store, home }: { readonly store: Store; readonly home: string },
  planned: SelectionOfModel,
  { model, placement }: { readonly model: string; readonly placement: Placement },
): CalibrateRequest {
  const { selection } = planned;
  const { grouping, activeExperts } = settingsOf(selection);
  const known = knownDemos(store, selection);
  const [domain = selectionState(planned).name] = [domainsOf(selection).join(' + ')].filter((name) => name !== '');
  if (known.length < FEWEST_DEMOS) {
    throw new WinnowError(
      'DEMOS_EMPTY',
      say('calibrationFewChosen', { fewest: FEWEST_DEMOS, domain, demos: known.length }),
      { demos: known.length },
    );
  }
  return {
    ...{
      model,
      placement,
      grouping,
      selectionId: selection.id,
      limit: CALIBRATION_DEMOS,
      maxTokens: CALIBRATION_TOKENS,
    },
    kept: selection.kept,
    ...(activeExperts !== null && { activeExperts }),
    demos: { kind: 'stored', domain, demos: evenly(known, CALIBRATION_DEMOS) },
    output: join(routersFolder(home), `${hashOf(planned)}.gguf`),
    ...{ overwrite: true, dryRun: false },
  };
}

/** The demos that its experts were chosen by, as far as they are still here. */
export function knownDemos(
  store: Store,
  selection: Parameters<typeof choosingDemosOfSelection>[1],
): { id: string; hash: string }[] {
  return choosingDemosOfSelection(store, selection).flatMap(({ id, hash }) =>
    hash !== null && findDemoContent(store, hash) ? [{ id, hash }] : [],
  );
}

/** So many of a list, at equal distances: of several domains each has its share. */
export function evenly<T>(list: readonly T[], most: number): T[] {
  if (list.length <= most) return [...list];
  return Array.from({ length: most }, (_, i) => list[Math.floor((i * list.length) / most)]!);
}

/** The folder that the result goes to. */
export async function makeRoutersFolder(home: string): Promise<void> {
  await mkdir(routersFolder(home), { recursive: true });
}

/**
 * Notes what was found of a choice. Routers that stood there before go where these are not worth it, and so do those of
 * choices that no selection keeps any more.
 * @param path of the calibrated routers; null: they are not worth it
 */
export async function keepFound(
  { store, home }: { readonly store: Store; readonly home: string },
  found: {
    readonly modelId: number;
    readonly choice: string;
    readonly facts: CalibrationFacts;
    readonly path: string | null;
  },
): Promise<void> {
  keepCalibration(store, found);
  const hashOfId = hashFinder(store);
  const choices = new Set(listSelections(store).map(({ id }) => hashOfId(id)));
  for (const { id, choice } of listCalibrations(store)) {
    if (!choices.has(choice)) forgetCalibration(store, id);
  }
  const used = new Set(listCalibrations(store).map(({ path }) => path));
  const folder = routersFolder(home);
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    if (!used.has(path)) await rm(path, { force: true });
  }
}
