// Entry of the desktop window: the preload script has put the bridge in place.
import './zod-without-eval.ts';
import { openPage } from './open.ts';

void openPage();
