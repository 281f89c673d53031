// Tells the compiler which values each text is about, as the English texts name them.
import { writeFileSync } from 'node:fs';
import { VALUES_FILE, valuesFile } from '../texts.ts';

writeFileSync(VALUES_FILE, valuesFile());
