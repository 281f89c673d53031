// The table of attacks. A new idea is one more line in the file of its theme under rows/.
import type { Attack } from './ground.ts';
import { CHANGED_FILES } from './rows/changed-files.ts';
import { COMPARED } from './rows/compared.ts';
import { ENVIRONMENT } from './rows/environment.ts';
import { LENDING } from './rows/lending.ts';
import { NOTHING } from './rows/nothing.ts';
import { PROCESSES } from './rows/processes.ts';
import { RESULTS } from './rows/results.ts';
import { SERVED } from './rows/served.ts';
import { SHOWN } from './rows/shown.ts';
import { SIZES } from './rows/sizes.ts';
import { STREAMS } from './rows/streams.ts';
import { SYSTEM_LIMITS } from './rows/system-limits.ts';

export const ATTACKS: readonly Attack[] = [
  ...CHANGED_FILES,
  ...COMPARED,
  ...ENVIRONMENT,
  ...LENDING,
  ...NOTHING,
  ...PROCESSES,
  ...RESULTS,
  ...SERVED,
  ...SHOWN,
  ...SIZES,
  ...STREAMS,
  ...SYSTEM_LIMITS,
];
