// The model that the work is about. Arrow keys in the table choose one model after the other without losing anything:
// what was chosen with a model comes back with it.
import type { Trail } from '../../../electron/contract/api/app.ts';
import { choose, useTrail } from '../../state/trail.ts';

const chosenWith = new Map<string, Trail>();

export function chooseModel(modelId: string): void {
  const trail = useTrail.getState();
  if (trail.modelId === modelId) return;
  if (trail.modelId !== null) chosenWith.set(trail.modelId, trail);
  const earlier = chosenWith.get(modelId);
  // runs and selections belong to a demo set too
  choose(earlier?.domainId === trail.domainId ? earlier : { modelId });
}
