// Entry of the page that `winnow serve` delivers: it brings its own bridge, since no host gives it one.
import './zod-without-eval.ts';
import { servedBridge } from './served-bridge.ts';
import { keepSessionKey } from './served-key.ts';
import { openPage } from './open.ts';

keepSessionKey();
window.winnow = servedBridge();
void openPage();
