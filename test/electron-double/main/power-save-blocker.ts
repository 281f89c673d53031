// `powerSaveBlocker`: which requests to stay awake are in force.
import type { PowerSaveBlocker } from 'electron';

const started = new Set<number>();
let lastId = 0;

export const powerSaveBlocker = {
  start(_type: 'prevent-app-suspension' | 'prevent-display-sleep'): number {
    lastId += 1;
    started.add(lastId);
    return lastId;
  },

  stop(id: number): boolean {
    return started.delete(id);
  },
};

powerSaveBlocker satisfies Pick<PowerSaveBlocker, 'start' | 'stop'>;

export function isPowerBlocked(): boolean {
  return started.size > 0;
}
