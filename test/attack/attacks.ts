// The table of attacks. A new idea is one more line in the file of its theme under rows/.
import type { Attack } from './attack.ts';
import { CHANGED_FILES } from './rows/changed-files.ts';
import { DATABASES } from './rows/databases.ts';
import { ENVIRONMENT } from './rows/environment.ts';
import { LENDING } from './rows/lending.ts';
import { RESULTS } from './rows/results.ts';
import { SERVED } from './rows/served.ts';

export const ATTACKS: readonly Attack[] = [
  ...CHANGED_FILES,
  ...DATABASES,
  ...ENVIRONMENT,
  ...LENDING,
  ...RESULTS,
  ...SERVED,
];
