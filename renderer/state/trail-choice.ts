// How one choice changes the others.
import type { Trail } from '../../electron/contract/api/app.ts';

export const EMPTY_TRAIL: Trail = { modelId: null, domainId: null, runIds: [], selectionId: null, exportId: null };

/** What each choice is made from: choosing another one forgets what came of the old. */
const FOLLOWING: Readonly<Record<keyof Trail, readonly (keyof Trail)[]>> = {
  modelId: ['runIds', 'selectionId', 'exportId'],
  domainId: ['runIds', 'selectionId', 'exportId'],
  runIds: ['selectionId', 'exportId'],
  selectionId: ['exportId'],
  exportId: [],
};

function isSame(a: Trail[keyof Trail], b: Trail[keyof Trail]): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}

/** The trail after a choice: what is named, what depended on something else is forgotten unless it is named too. */
export function afterChoice(trail: Trail, choice: Partial<Trail>): Trail {
  const forgotten = (Object.keys(choice) as (keyof Trail)[])
    .filter((key) => !isSame(trail[key], choice[key] ?? EMPTY_TRAIL[key]))
    .flatMap((key) => FOLLOWING[key]);
  const cleared = Object.fromEntries(forgotten.map((key) => [key, EMPTY_TRAIL[key]]));
  return { ...trail, ...cleared, ...choice };
}
