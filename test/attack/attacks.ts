// The table of attacks. A new idea is one more line in the file of its theme under rows/.
import type { Attack } from './attack.ts';
import { BUNDLES } from './rows/bundles.ts';
import { CHANGED_FILES } from './rows/changed-files.ts';
import { DATABASES } from './rows/databases.ts';
import { ENVIRONMENT } from './rows/environment.ts';
import { IDENTITY } from './rows/identity.ts';
import { LENDING } from './rows/lending.ts';
import { NAMES } from './rows/names.ts';
import { PROCESSES } from './rows/processes.ts';
import { PERMISSIONS } from './rows/permissions.ts';
import { RESULTS } from './rows/results.ts';
import { SERVED } from './rows/served.ts';
import { SIZES } from './rows/sizes.ts';
import { STREAMS } from './rows/streams.ts';
import { SYSTEM_LIMITS } from './rows/system-limits.ts';

export const ATTACKS: readonly Attack[] = [
  ...BUNDLES,
  ...CHANGED_FILES,
  ...DATABASES,
  ...ENVIRONMENT,
  ...IDENTITY,
  ...LENDING,
  ...NAMES,
  ...PROCESSES,
  ...PERMISSIONS,
  ...RESULTS,
  ...SERVED,
  ...SIZES,
  ...STREAMS,
  ...SYSTEM_LIMITS,
];
