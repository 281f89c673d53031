// Opens the store in the given folder, claims the named work, says whether it got it, and lives on.
import { openStore } from '../../../../electron/engine/store/database.ts';
import { claimWork } from '../../../../electron/engine/store/owner.ts';

const claim = claimWork(openStore(process.argv[2]!), process.argv[3]!);
console.log('pid' in claim ? `held by ${claim.pid}` : 'got it');
process.stdin.resume();
