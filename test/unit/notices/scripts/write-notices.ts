// Brings the list of packages in THIRD_PARTY_NOTICES.md up to date.
import { readFileSync, writeFileSync } from 'node:fs';
import { NOTICES_FILE, packagesSection, withSection } from '../bundled-packages.ts';

writeFileSync(NOTICES_FILE, withSection(readFileSync(NOTICES_FILE, 'utf8'), await packagesSection()));
