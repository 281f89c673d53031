// Entry of the page that `winnow serve` delivers: it has its own bridge, since no host provides one.
import './zod-without-eval.ts';
import { servedBridge } from './served-bridge.ts';
import { keepSessionKey } from './served-key.ts';
import { openPage } from './open.ts';

keepSessionKey();
window.winnow = servedBridge();
void openPage();
