// Entry of the desktop window: the preload script has put the bridge in place.
import './zod-without-eval.ts';
import { start } from './start.tsx';

void start();
