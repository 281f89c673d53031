// Where a soak's steps take place.
import type { App } from '../kills/app.ts';
import type { World } from '../kills/work.ts';

export type SoakPlace = {
  readonly app: App;
  readonly world: World;
  /** Folder of the database. */
  readonly home: string;
  readonly folder: string;
  /** Counts the rounds. */
  readonly round: number;
};
