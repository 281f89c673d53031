// `screen`: the one that the double's windows stand on.
import type { Display } from 'electron';
import type { Bounds } from '../protocol.ts';
import { requireReady } from './readiness.ts';

export const SCREEN: Bounds = { x: 0, y: 0, width: 1920, height: 1080 };

export const screen = {
  getAllDisplays(): Pick<Display, 'workArea'>[] {
    requireReady('screen cannot be used');
    return [{ workArea: { ...SCREEN } }];
  },
};
