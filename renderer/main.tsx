// Entry of the desktop window: the preload script has already provided the bridge.
import './zod-without-eval.ts';
import { openPage } from './open.ts';

void openPage();
